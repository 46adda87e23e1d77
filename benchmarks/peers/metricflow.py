"""MetricFlow on DuckDB: the SQL that it writes for its own metrics, run on the table that dbt built from the export.

Writing the SQL and starting the program are not timed, only running the SQL. A funnel of three steps is asked as its
conversion metrics can say it, pair by pair; what it has no words for stands in ``CANNOT``.
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
DATABASE = "large.duckdb"
ASKED = {
    "daily_users": ("searching", "metric_time__day"),
    "rolling_users": ("searching_28", "metric_time__day"),
    "rolling_active_users": ("active_28", "metric_time__day"),
    "rolling_active_users_7": ("active_7", "metric_time__day"),
    "rolling_active_users_90": ("active_90", "metric_time__day"),
    "slowest_tenth": ("slowest", "metric_time__day"),
    "search_to_result": ("opened,opened_to_searched,searched_to_found", ""),
    "weekly_adoption": ("searching,active", "metric_time__week"),
    "users_by_country": ("searching", "metric_time__week,searched_row__country"),
}
CANNOT = {
    "weekly_retention": "no metric by age of a cohort",
    "account_retention": "no metric by age of a cohort",
    "lifecycle": "no metric of what a unit did in the period before",
    "time_to_search": "no metric of the time between two events",
}


class Engine:
    """A dbt project in a folder of its own, and the DuckDB file that it builds."""

    cannot = CANNOT

    def prepare(self, exports: Path, scratch: Path, span: Span) -> None:
        """Builds the table and has the SQL of every question written."""
        folder = scratch / "metricflow"
        shutil.copytree(PROJECT, folder)
        environment = os.environ | {
            "BENCH_DATABASE": str(folder / DATABASE),
            "BENCH_EXPORTS": str(exports),
            "BENCH_FIRST": span.first.isoformat(),
            "BENCH_LAST": span.last.isoformat(),
            "BENCH_THREADS": str(os.cpu_count()),
            "DBT_PROFILES_DIR": str(folder),
            "DO_NOT_TRACK": "1",
        }
        called = partial(_called, folder, environment)
        called("dbt", "--quiet", "--no-send-anonymous-usage-stats", "build")
        for question, (metrics, by) in ASKED.items():
            grouped = ("--group-by", by) if by else ()
            said = called("mf", "query", "--metrics", metrics, *grouped, "--explain", "--quiet")
            (folder / f"{question}.sql").write_text(re.split(r"(?m)^(?=SELECT\b|WITH )", said, maxsplit=1)[1])

    def open(self, exports: Path, scratch: Path, span: Span) -> None:
        """Opens the table that was built, to read only."""
        del exports, span
        self.folder = scratch / "metricflow"
        self.connection = duckdb.connect(str(self.folder / DATABASE), read_only=True)

    def version(self) -> str:
        """The engine."""
        return f"MetricFlow {version('metricflow')} on DuckDB {duckdb.__version__}"

    def forms(self) -> Mapping[str, Mapping[str, Ask]]:
        """The one form that it writes."""
        return {question: {"natural": partial(self._rows, question)} for question in ASKED}

    def _rows(self, question: str) -> Rows:
        rows = self.connection.execute((self.folder / f"{question}.sql").read_text()).fetchall()
        if not ASKED[question][1]:
            return [(step, count) for step, count in enumerate(rows[0], 1)]
        return [row for row in rows if row[-1]]


def _called(folder: Path, environment: Mapping[str, str], command: str, *words: str) -> str:
    program = Path(sys.executable).with_name(command)
    done = subprocess.run([program, *words], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command} {' '.join(words)} ended with {done.returncode}: {(done.stdout + done.stderr)[-600:]}")
    return done.stdout
