"""Speed at size, beside other engines: ``make bench`` (10 M events) and ``make bench-100m``.

Writes the events, builds the warehouse, asks every question of us and of the peers in one sitting, compares the answers, and
writes ``results.json`` (added to what other sizes gave) and ``RESULTS.md``. Only ratios mean anything: machines differ, and
are busy.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from benchmarks import generate, pages, results
from benchmarks.peers.asking import Span
from benchmarks.running import Run, run

HERE = Path(__file__).resolve().parent
PEERS = ("clickhouse", "analyst", "polars_lazy", "metricflow")
REFRESH = "from prodops_metrics.cli import main; main()"
TEXTS: Mapping[generate.Kind, str] = {"csv": "CSV", "jsonl": "JSON lines"}
CLOSE = 1e-9
NEXT_DAY = "zz-next-day.parquet"

Row = dict[str, Any]


@dataclass
class Sitting:
    """One run at one size: where it works, and the rows it has so far."""

    size: generate.Size
    folder: Path
    peers_python: Path
    runs: int
    questions: str
    console: Console = field(default_factory=lambda: Console(width=160))
    rows: list[Row] = field(default_factory=list)

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

    def add(self, question: str, form: str, seconds: float | None, **more: object) -> None:
        """Keeps a row and prints it."""
        row = {"question": question, "events": self.size.events, "peer": "ours", "form": form, "seconds": seconds, **more}
        self.rows.append(row)
        shown = "-" if seconds is None else f"{seconds:10.3f} s"
        self.console.print(f"{question:26} {row['peer']:12} {form:16} {shown:>14}  {_remark(row)}", markup=False)


def _remark(row: Row) -> str:
    parts = [
        "" if row.get("equal") in {True, None} else "NOT EQUAL",
        str(row.get("fault") or ""),
        f"{row['rate']:,.0f} events/s" if "rate" in row else "",
        f"{row['megabytes']:,} MB" if "megabytes" in row else "",
    ]
    return "  ".join(part for part in parts if part)


def sit(sitting: Sitting, peers: Sequence[str], *, texts: bool, views: int) -> None:
    """Everything at one size."""
    _write(sitting)
    _build(sitting, texts=texts)
    ours = _ours(sitting)
    for peer in peers:
        _peer(sitting, peer, ours)
    _one_more_day(sitting)
    if views and shutil.which("chromium"):
        _in_a_browser(sitting, views)


def _in_a_browser(sitting: Sitting, views: int) -> None:
    found = pages.measured(sitting.project, views)
    for what, seconds in found.seconds.items():
        for form, taken in seconds.items():
            sitting.add(f"page: {what}", form, taken)
    sitting.add("pages", "text", None, lines=list(found.table()))


def _write(sitting: Sitting) -> None:
    """The project, and the events if a former run did not keep them."""
    written, size = sitting.folder / "written.json", json.dumps(asdict(sitting.size))
    for name in ("metric_defs", "warehouse"):
        shutil.rmtree(sitting.project / name, ignore_errors=True)
    shutil.copytree(HERE / "project", sitting.project, dirs_exist_ok=True)
    (sitting.exports / NEXT_DAY).unlink(missing_ok=True)
    if written.is_file() and written.read_text() == size:
        return
    shutil.rmtree(sitting.exports, ignore_errors=True)
    with generate.generating(sitting.size) as told:
        generate.generate(sitting.exports, sitting.size, "parquet", told)
    written.write_text(size)


def _build(sitting: Sitting, *, texts: bool) -> None:
    bare = _bare(sitting, f"read_parquet('{sitting.exports}/*.parquet')")
    sitting.add("build", "bare CREATE TABLE", bare, peer="duckdb")
    _built(sitting, sitting.project, "Parquet", bare)
    for kind, name in TEXTS.items() if texts else ():
        project = sitting.folder / kind
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(HERE / "project", project)
        generate.generate(project / "exports", sitting.size, kind)
        reader = "read_csv" if kind == "csv" else "read_json"
        bare = _bare(sitting, f"{reader}('{project}/exports/*.{kind}')")
        sitting.add("build", f"bare CREATE TABLE, {name}", bare, peer="duckdb")
        _built(sitting, project, name, bare)
        shutil.rmtree(project)


def _bare(sitting: Sitting, source: str) -> float:
    """What DuckDB takes to copy the export into a table as it is, without looking at it."""
    path = sitting.folder / "bare.duckdb"
    path.unlink(missing_ok=True)
    code = f'import duckdb; duckdb.connect("{path}").execute("""CREATE TABLE bare AS SELECT * FROM {source}""")'
    found = run([sys.executable, "-c", code], os.environ, sitting.folder)
    path.unlink(missing_ok=True)
    return found.seconds


def _built(sitting: Sitting, project: Path, name: str, bare: float) -> None:
    try:
        found = _refresh(project)
    except RuntimeError as fault:
        sitting.add("build", name, None, fault=str(fault))
        return
    size = max((path.stat().st_size for path in (project / "warehouse").glob("*.duckdb")), default=0)
    sitting.add(
        "build",
        name,
        found.seconds,
        rate=sitting.size.events / found.seconds,
        megabytes=found.megabytes,
        bare=bare,
        file_megabytes=size >> 20,
    )


def _refresh(project: Path) -> Run:
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
    return run([sys.executable, "-c", REFRESH, "refresh", "--json"], environment, project)


def _one_more_day(sitting: Sitting) -> None:
    rows = generate.generate_day(sitting.exports / NEXT_DAY, sitting.size)
    found = _refresh(sitting.project)
    full = next(row["seconds"] for row in sitting.rows if (row["question"], row["form"]) == ("build", "Parquet"))
    sitting.add("one more day", f"{rows:,} events", found.seconds, megabytes=found.megabytes, full=full)


def _asked(sitting: Sitting, python: Path, module: Sequence[str]) -> Iterator[Row]:
    span = sitting.span
    words = ["--first", str(span.first), "--last", str(span.last), "--runs", str(sitting.runs)]
    words += ["--questions", sitting.questions] if sitting.questions else []
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
    found = run([str(python), "-m", *module, *words], environment, sitting.folder)
    yield {"megabytes": found.megabytes}
    for line in found.lines:
        if line.startswith("{"):
            yield json.loads(line)


def _ours(sitting: Sitting) -> Mapping[str, Sequence[Sequence[object]]]:
    memory, *answers = _asked(sitting, Path(sys.executable), ["benchmarks.ours", str(sitting.project)])
    for row in answers:
        sitting.add(row["question"], row["form"], row["seconds"])
    sitting.add("memory", "all questions", None, **memory)
    return {row["question"]: row["rows"] for row in answers if row["form"] == "cold"}


def _peer(sitting: Sitting, name: str, ours: Mapping[str, Sequence[Sequence[object]]]) -> None:
    scratch = sitting.folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        memory, about, *answers = _asked(
            sitting, sitting.peers_python, ["benchmarks.peers", name, str(sitting.exports), str(scratch)]
        )
    except RuntimeError as fault:
        sitting.add("prepare", "", None, peer=name, fault=str(fault))
        return
    sitting.add("prepare", about["version"], about["prepared"], peer=name, **memory)
    for row in answers:
        equal = same(ours[row["question"]], row["rows"]) if row["question"] in ours and row["seconds"] else None
        failed = {"fault": row["fault"]} if "fault" in row else {}
        sitting.add(row["question"], row["form"], row["seconds"], peer=name, equal=equal, **failed)
    shutil.rmtree(scratch)


def same(ours: Sequence[Sequence[object]], theirs: Sequence[Sequence[object]]) -> bool:
    """Whether every complete row of ours is theirs; a row that they leave out is a zero.

    They may have more: what is not complete yet, which we do not count.
    """
    columns = len(ours[0]) if ours else 0
    values = 2 if columns == 3 and isinstance(ours[0][1], (int, float)) and _ratios(ours) else 1
    keyed = {tuple(row[:-values]): row[-values:] for row in theirs}
    return bool(ours) and all(_close(row[-values:], keyed.get(tuple(row[:-values]))) for row in ours)


def _ratios(rows: Sequence[Sequence[object]]) -> bool:
    """Whether the second column is a value, not an age or a step: then no two rows have the first column alike."""
    return len({row[0] for row in rows}) == len(rows)


def _close(ours: Sequence[object], theirs: Sequence[object] | None) -> bool:
    if theirs is None:
        return not any(ours)
    return all(
        a == b or (isinstance(a, (int, float)) and isinstance(b, (int, float)) and abs(a - b) <= CLOSE * max(1.0, abs(b)))
        for a, b in zip(ours, theirs, strict=True)
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=HERE / "scratch", help="where events and databases are put")
    parser.add_argument("--peers-python", type=Path, default=HERE / ".venv/bin/python")
    parser.add_argument("--peers", default=",".join(PEERS), help="which peers, with commas; nothing: none")
    parser.add_argument("--questions", default="", help="which questions, with commas; all if not given")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-texts", action="store_true", help="build from Parquet only, not from CSV and JSON lines")
    parser.add_argument("--views", type=int, default=100, help="page views over which memory is watched; 0: no browser")
    parser.add_argument("--keep", action="store_true", help="keep the events and the databases")
    asked = parser.parse_args()
    folder = asked.folder.resolve() / str(asked.events)
    folder.mkdir(parents=True, exist_ok=True)
    sitting = Sitting(generate.Size(asked.events), folder, asked.peers_python, asked.runs, asked.questions)
    sit(sitting, [peer for peer in asked.peers.split(",") if peer], texts=not asked.no_texts, views=asked.views)
    results.publish(sitting.rows, {"duckdb": f"DuckDB {duckdb.__version__}"})
    if not asked.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
