"""One run at one size: where it works, what it has found so far, and what it asks of whom."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from benchmarks import generate, results
from benchmarks.peers.asking import LONGEST, Form, Span
from benchmarks.running import Limit, Run, run

HERE = Path(__file__).resolve().parent
PREPARING = 3600.0
"""Seconds in which a peer must have loaded the export."""

Row = dict[str, Any]
Answers = dict[str, Sequence[Sequence[object]]]


@dataclass
class Sitting:
    """Rows are published as they come, so that a run that is stopped leaves what it has."""

    size: generate.Size
    folder: Path
    peers_python: Path
    runs: int
    questions: str
    shown_in: Path = HERE
    console: Console = field(default_factory=lambda: Console(width=160))
    rows: list[Row] = field(default_factory=list)
    about: Row = field(default_factory=lambda: results.about({"duckdb": f"DuckDB {duckdb.__version__}"}))

    @property
    def span(self) -> Span:
        """The days of the data."""
        return Span(generate.FIRST_DAY, generate.FIRST_DAY + timedelta(days=self.size.days - 1))

    @property
    def project(self) -> Path:
        """The project that is refreshed and asked."""
        return self.folder / "project"

    @property
    def exports(self) -> Path:
        """The events as Parquet, which the peers read too."""
        return self.project / "exports"

    @property
    def scratch(self) -> Path:
        """What the peer that is asked now has loaded."""
        return self.folder / "scratch"

    def add(self, question: str, form: str, seconds: float | None, **more: object) -> None:
        """Prints a row, and keeps it in ``results.json``."""
        row = {"question": question, "events": self.size.events, "peer": "ours", "form": form, "seconds": seconds, **more}
        self.rows.append(row)
        self.console.print(line_of(row), markup=False)
        results.record(self.shown_in, self.rows, self.about)

    def show(self) -> None:
        """Writes the page and its plots from what there is."""
        self.about["load"] = [*self.about["load"][:1], results.load()]
        results.record(self.shown_in, self.rows, self.about)
        results.show(self.shown_in)

    def ask(self, name: str, python: Path, words: Sequence[str], heard: Callable[[Row], None]) -> Run:
        """Runs what prints a JSON line for every answer; a form that takes too long ends it, and the run says so."""
        span, limit = self.span, Limit(PREPARING)
        words = [*words, "--first", str(span.first), "--last", str(span.last), "--runs", str(self.runs)]
        words += ["--questions", self.questions] if self.questions else []
        with self.console.status(f"Preparing {name}") as status:

            def understood(line: str) -> None:
                if not line.startswith("{"):
                    return
                said = json.loads(line)
                if "asking" in said:
                    status.update(f"Asking {name}: {', '.join(said['asking'])}")
                    limit.grant(LONGEST)
                heard(said)

            return run([str(python), "-m", *words], environment(), self.folder, understood, limit)

    def forms(self, name: str, python: Path, words: Sequence[str], heard: Callable[[Row], None]) -> Run:
        """The same for a peer: stopped at one form, it is started again and asked the others.

        ``heard`` gets the form that ended it as an answer without seconds. A fault before any form was asked is that of the
        run which comes back.
        """
        done: list[Form] = []
        taken = Run(0.0, 0)
        while True:
            asking: list[Form] = []

            def listening(said: Row, asking: list[Form] = asking) -> None:
                if "asking" in said:
                    asking[:] = [tuple(said["asking"])]
                    return
                done.extend(asking)
                asking.clear()
                heard(said)

            found = self.ask(name, python, [*words, "--done", json.dumps(done)], listening)
            taken = Run(taken.seconds + found.seconds, max(taken.megabytes, found.megabytes), found.fault)
            if not found.fault or not asking:
                return taken
            done.extend(asking)
            heard({"question": asking[0][0], "form": asking[0][1], "seconds": None, "fault": found.fault, "rows": []})


def environment() -> Mapping[str, str]:
    """That of this process, with this package found wherever the command runs."""
    return os.environ | {"PYTHONPATH": str(HERE.parent)}


def refresh(project: Path) -> tuple[Run, float]:
    """``prodops refresh`` in a process of its own, up to the snapshot; and the seconds of the reports that follow."""
    said: list[str] = []
    code = "from prodops_metrics.cli import main; main()"
    found = run([sys.executable, "-c", code, "refresh", "--json"], environment(), project, said.append)
    reports = 0.0 if found.fault else sum(json.loads("\n".join(said))["kept_seconds"].values())
    return replace(found, seconds=found.seconds - reports), reports


def line_of(row: Row) -> str:
    """A row as a line of the terminal."""
    shown = "-" if row["seconds"] is None else f"{row['seconds']:10.3f} s"
    return f"{row['question']:26} {row['peer']:12} {row['form']:22} {shown:>14}  {_remark(row)}"


def _remark(row: Row) -> str:
    parts = [
        "" if row.get("equal") in {True, None} else "another answer",
        str(row.get("fault") or row.get("cannot") or ""),
        f"{row['rate']:,.0f} events/s" if "rate" in row else "",
        f"{row['megabytes']:,} MB" if "megabytes" in row else "",
        f"{row['queries']:.3f} s of that in the warehouse" if row.get("queries") else "",
        f"{row['views']} page views" if "views" in row else "",
        f"{len(row['unlike'])} told otherwise, {len(row['wrong'])} errors" if "unlike" in row else "",
    ]
    return "  ".join(part for part in parts if part)
