"""Speed at size, beside other engines: ``make bench`` (10 M events) and ``make bench-100m``.

Writes the events, builds the warehouse, asks every question of us and of the peers in one sitting, compares the answers, and
writes ``results.json`` (beside what other sizes gave) and ``RESULTS.md``. What is measured is written as it comes: a run
that is stopped leaves it, and the events for the next. Only ratios mean anything: machines differ, and are busy.
"""

import argparse
import json
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import generate
from benchmarks.comparing import same
from benchmarks.running import run
from benchmarks.sitting import HERE, Answers, Row, Sitting, refresh

PEERS = ("clickhouse", "analyst", "polars_lazy", "metricflow")
TEXTS: Mapping[generate.Kind, str] = {"csv": "CSV", "jsonl": "JSON lines"}
NEXT_DAY = "zz-next-day.parquet"


def sit(sitting: Sitting, peers: Sequence[str], *, texts: bool, views: int) -> None:
    """Everything at one size; what is ours first, since it is asked for most."""
    _write(sitting)
    full = _build(sitting)
    if full is None:
        return
    ours = _ours(sitting)
    _one_more_day(sitting, full)
    sitting.show()
    for peer in peers:
        _peer(sitting, peer, ours)
        sitting.show()
    if texts:
        _build_from_texts(sitting)
    if views:
        _in_a_browser(sitting, views)


def _write(sitting: Sitting) -> None:
    """The project, and the events if a former run did not leave them."""
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


def _build(sitting: Sitting) -> float | None:
    """Seconds of the build from Parquet, which all questions are asked of; nothing if it failed."""
    bare = _bare(sitting, "Parquet", f"read_parquet('{sitting.exports}/*.parquet')")
    return _built(sitting, sitting.project, "Parquet", bare)


def _build_from_texts(sitting: Sitting) -> None:
    for kind, name in TEXTS.items():
        project = sitting.folder / kind
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(HERE / "project", project)
        with generate.generating(sitting.size) as told:
            generate.generate(project / "exports", sitting.size, kind, told)
        reader = "read_csv" if kind == "csv" else "read_json"
        bare = _bare(sitting, name, f"{reader}('{project}/exports/*.{kind}')")
        _built(sitting, project, name, bare)
        shutil.rmtree(project)


def _bare(sitting: Sitting, name: str, source: str) -> float | None:
    """What DuckDB takes to copy the export into a table as it is, without looking at it."""
    path = sitting.folder / "bare.duckdb"
    path.unlink(missing_ok=True)
    code = f'import duckdb; duckdb.connect("{path}").execute("""CREATE TABLE bare AS SELECT * FROM {source}""")'
    with sitting.console.status(f"DuckDB copies {name} into a table"):
        found = run([sys.executable, "-c", code], os.environ, sitting.folder)
    path.unlink(missing_ok=True)
    seconds = None if found.fault else found.seconds
    sitting.add("build", name, seconds, peer="duckdb", **({"fault": found.fault} if found.fault else {}))
    return seconds


def _built(sitting: Sitting, project: Path, name: str, bare: float | None) -> float | None:
    with sitting.console.status(f"Building the warehouse from {name}"):
        found, reports = refresh(project)
    if found.fault:
        sitting.add("build", name, None, fault=found.fault)
        return None
    size = max((path.stat().st_size for path in (project / "warehouse").glob("*.duckdb")), default=0)
    rate = sitting.size.events / found.seconds
    more = {"rate": rate, "megabytes": found.megabytes, "bare": bare, "file_megabytes": size >> 20, "reports": reports}
    sitting.add("build", name, found.seconds, **more)
    return found.seconds


def _one_more_day(sitting: Sitting, full: float) -> None:
    day = sitting.exports / NEXT_DAY
    rows = generate.generate_day(day, sitting.size)
    with sitting.console.status("One more day"):
        found, reports = refresh(sitting.project)
    day.unlink()
    if found.fault:
        sitting.add("one more day", f"{rows:,} events", None, fault=found.fault)
    else:
        sitting.add("one more day", f"{rows:,} events", found.seconds, megabytes=found.megabytes, full=full, reports=reports)


def _ours(sitting: Sitting) -> Answers:
    answers: Answers = {}

    def heard(said: Row) -> None:
        if said["form"] == "cold":
            answers[said["question"]] = said["rows"]
        sitting.add(**{name: value for name, value in said.items() if name != "rows"})

    found = sitting.forms("prodops-metrics", Path(sys.executable), ["benchmarks.ours", str(sitting.project)], heard)
    sitting.add("memory", "all questions", None, megabytes=found.megabytes, fault=found.fault)
    return answers


def _peer(sitting: Sitting, name: str, ours: Answers) -> None:
    shutil.rmtree(sitting.scratch, ignore_errors=True)
    sitting.scratch.mkdir(parents=True)

    def heard(said: Row) -> None:
        if "prepared" in said:
            sitting.about["versions"][name] = said["version"]
            sitting.add("prepare", "", said["prepared"], peer=name)
            return
        rows = said.pop("rows")
        asked = said["seconds"] and said["question"] in ours
        sitting.add(**said, peer=name, equal=same(ours[said["question"]], rows) if asked else None)

    words = ["benchmarks.peers", name, str(sitting.exports), str(sitting.scratch)]
    found = sitting.forms(name, sitting.peers_python, words, heard)
    sitting.add("memory", "all questions", None, peer=name, megabytes=found.megabytes, fault=found.fault)
    shutil.rmtree(sitting.scratch, ignore_errors=True)


def _in_a_browser(sitting: Sitting, views: int) -> None:
    try:
        from benchmarks import pages  # needs the tools
    except ModuleNotFoundError as missing:
        sitting.add("pages", "", None, fault=f"{missing.name} is not installed")
        return
    if not shutil.which("chromium"):
        sitting.add("pages", "", None, fault="there is no chromium here")
        return
    with sitting.console.status("Looking at the pages in a browser") as status:
        try:
            pages.look(sitting.project, views, sitting.add, lambda far: status.update(f"In a browser: {far}"))
        except Exception as fault:  # noqa: BLE001 - a browser that fails must not take the rest with it
            sitting.add("pages", "", None, fault=f"{type(fault).__name__}: {str(fault)[:300]}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=HERE / "scratch", help="where events and databases are put")
    parser.add_argument("--results", type=Path, help="where results.json and RESULTS.md are put, in place of benchmarks/")
    parser.add_argument("--peers-python", type=Path, default=HERE / ".venv/bin/python")
    parser.add_argument("--peers", default=",".join(PEERS), help="which peers, with commas; nothing: none")
    parser.add_argument("--questions", default="", help="which questions, with commas; all if not given")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-texts", action="store_true", help="build from Parquet only, not from CSV and JSON lines")
    parser.add_argument("--views", type=int, default=500, help="page views over which memory is watched; 0: no browser")
    parser.add_argument("--keep", action="store_true", help="keep the events and the databases")
    asked = parser.parse_args()
    # A part of the questions must not take the place of a whole sitting.
    whole = not asked.questions and asked.peers == parser.get_default("peers")
    shown_in = asked.results or (HERE if whole else asked.folder / "part")
    folder = asked.folder.resolve() / str(asked.events)
    for path in (folder, shown_in):
        path.mkdir(parents=True, exist_ok=True)
    python = asked.peers_python.absolute()
    sitting = Sitting(generate.Size(asked.events), folder, python, asked.runs, asked.questions, shown_in.resolve())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sit(sitting, [peer for peer in asked.peers.split(",") if peer], texts=not asked.no_texts, views=asked.views)
    except KeyboardInterrupt:
        _end(sitting, f"Stopped. The events are kept in {folder} for the next run.")
        raise SystemExit(130) from None
    sitting.about["finished"] = True
    _end(sitting, "Done.")
    if not asked.keep:
        shutil.rmtree(folder)


def _end(sitting: Sitting, says: str) -> None:
    where = "Nothing was measured."
    if sitting.rows:
        sitting.show()
        where = f"The table is in {sitting.shown_in / 'RESULTS.md'}, every number in results.json beside it."
    sitting.console.print(f"{says} {where}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()
