"""MetricFlow on DuckDB: the SQL that it writes for its own metrics, run on the table that dbt built from the export.

It has no triangle, no funnel over everybody, no lifecycle and no time to adopt; those are left out. Writing the SQL is not
timed, only running it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path

import duckdb

from benchmarks.peers.asking import Ask, Rows, Span

PROJECT = Path(__file__).with_name("metricflow_project")
ASKED = {
    "daily_users": ("searching", "metric_time__day"),
    "rolling_users": ("searching_28", "metric_time__day"),
    "rolling_active_users": ("active_28", "metric_time__day"),
    "slowest_tenth": ("slowest", "metric_time__day"),
    "weekly_adoption": ("searching,active", "metric_time__week"),
    "users_by_country": ("searching", "metric_time__week,event_row__country"),
}


class Engine:
    """A dbt project in a folder of its own, and the DuckDB file that it builds."""

    def prepare(self, exports: Path, scratch: Path, span: Span) -> None:
        """Builds the table and has the SQL of every question written."""
        self.folder = scratch / "metricflow"
        shutil.copytree(PROJECT, self.folder)
        database = self.folder / "large.duckdb"
        self.environment = os.environ | {
            "BENCH_DATABASE": str(database),
            "BENCH_EXPORTS": str(exports),
            "BENCH_FIRST": span.first.isoformat(),
            "BENCH_LAST": span.last.isoformat(),
            "DBT_PROFILES_DIR": str(self.folder),
            "DO_NOT_TRACK": "1",
        }
        self._called("dbt", "--quiet", "--no-send-anonymous-usage-stats", "build")
        self.sql = {question: self._written(*asked) for question, asked in ASKED.items()}
        self.connection = duckdb.connect(str(database), read_only=True)

    def version(self) -> str:
        """The engine."""
        return f"MetricFlow {version('metricflow')} on DuckDB {duckdb.__version__}"

    def forms(self) -> Mapping[str, Mapping[str, Ask]]:
        """The one form that it writes."""
        return {question: {"natural": partial(self._rows, sql)} for question, sql in self.sql.items()}

    def _written(self, metrics: str, by: str) -> str:
        said = self._called("mf", "query", "--metrics", metrics, "--group-by", by, "--explain", "--quiet")
        return re.split(r"(?m)^(?=SELECT\b|WITH )", said, maxsplit=1)[1]

    def _called(self, command: str, *words: str) -> str:
        program = Path(sys.executable).with_name(command)
        done = subprocess.run(
            [program, *words], cwd=self.folder, env=self.environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    def _rows(self, sql: str) -> Rows:
        return [row for row in self.connection.execute(sql).fetchall() if row[-1]]
