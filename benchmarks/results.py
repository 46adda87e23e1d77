"""What was measured, kept and shown: ``results.json``, and ``RESULTS.md`` with its plots.

``results.json`` holds the latest sitting of every size: ``machine``, ``versions`` and ``date`` of each, and rows of
``question, events, peer, form, seconds, ours, equal`` (``ours``: our own seconds for the question, nothing kept).
"""

import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import plots

HERE = Path(__file__).resolve().parent
RESULTS, PAGE = HERE / "results.json", HERE / "RESULTS.md"
PEERS = {"clickhouse": "ClickHouse", "analyst": "analyst's SQL", "polars_lazy": "polars", "metricflow": "MetricFlow"}
MILLION = 1_000_000

Row = dict[str, Any]
Book = dict[str, Any]


def publish(rows: Sequence[Row], versions: Mapping[str, str]) -> None:
    """Puts a sitting in place of the former one of its size, and writes the page anew."""
    book = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {"sittings": {}}
    events = rows[0]["events"]
    book["sittings"][str(events)] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": {**versions, **{row["peer"]: row["form"] for row in rows if row["question"] == "prepare"}},
        "rows": beside(rows),
    }
    RESULTS.write_text(json.dumps(book, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(book), encoding="utf-8")
    plots.draw(all_rows(book), HERE)


def beside(rows: Sequence[Row]) -> list[Row]:
    """The rows, each with our own seconds for its question."""
    ours = {row["question"]: row["seconds"] for row in rows if row["peer"] == "ours" and row["form"] in {"cold", "Parquet"}}
    return [{**row, "ours": ours.get(row["question"]), "equal": row.get("equal")} for row in rows]


def all_rows(book: Book) -> list[Row]:
    """The rows of every size, the smallest first."""
    return [row for _, sitting in _by_size(book) for row in sitting["rows"]]


def _by_size(book: Book) -> list[tuple[int, Book]]:
    return sorted((int(events), sitting) for events, sitting in book["sittings"].items())


def machine() -> str:
    """Processor, cores and memory, as the system says."""
    model = platform.processor() or platform.machine()
    for line in _lines(Path("/proc/cpuinfo")):
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return f"{model}, {os.cpu_count()} cores, {gigabytes:.0f} GB, {platform.system()}, Python {platform.python_version()}"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def page(book: Book) -> str:
    """The page, for people."""
    parts = [HEAD]
    for events, sitting in reversed(_by_size(book)):
        parts += [_sitting(events, sitting)]
    return "\n".join([*parts, PLOTS])


def _sitting(events: int, sitting: Book) -> str:
    rows = sitting["rows"]
    versions = ", ".join(sorted(set(sitting["versions"].values())))
    return "\n".join(
        [
            f"## {events // MILLION:,} million events",
            "",
            f"{sitting['date']}; {sitting['machine']}; {versions}.",
            "",
            *_questions(rows),
            "",
            *_summary(rows),
            "",
            *_building(rows),
            "",
            *(line for row in rows for line in row.get("lines", ())),
            "",
        ]
    )


def _questions(rows: Sequence[Row]) -> Iterator[str]:
    yield f"| question | ours, s | kept, ms | {' | '.join(PEERS.values())} | fastest ClickHouse |"
    yield "|---|--:|--:|" + "--:|" * (len(PEERS) + 1)
    kept = {row["question"]: row["seconds"] for row in rows if row["form"] == "kept"}
    for row in rows:
        if row["peer"] == "ours" and row["form"] == "cold" and not row["question"].startswith("page"):
            question, ours = row["question"], row["seconds"]
            cells = [_ratio(_seconds(rows, question, peer, {"natural"}), ours) for peer in PEERS]
            best = _fastest(rows, question, "clickhouse")
            cells.append(f"{_ratio(best['seconds'], ours)} ({best['form']})" if best else "")
            yield f"| {question.replace('_', ' ')} | {ours:.3f} | {1000 * kept[question]:.1f} | " + " | ".join(cells) + " |"


def _seconds(rows: Iterable[Row], question: str, peer: str, forms: set[str] | None = None) -> float | None:
    found = [
        row["seconds"]
        for row in rows
        if (row["question"], row["peer"]) == (question, peer) and row["seconds"] and (forms is None or row["form"] in forms)
    ]
    return min(found, default=None)


def _fastest(rows: Iterable[Row], question: str, peer: str) -> Row | None:
    asked = [row for row in rows if (row["question"], row["peer"]) == (question, peer) and row["seconds"]]
    return min(asked, key=lambda row: float(row["seconds"]), default=None)


def _ratio(theirs: float | None, ours: float) -> str:
    if theirs is None:
        return ""
    times = theirs / ours
    return f"{times:.0f} x" if times >= 10 else f"{times:.1f} x" if times >= 1 else f"{times:.2f} x"


def _summary(rows: Sequence[Row]) -> Iterator[str]:
    ours = {
        row["question"]: row["seconds"]
        for row in rows
        if row["peer"] == "ours" and row["form"] == "cold" and not row["question"].startswith("page")
    }
    for peer, name in PEERS.items():
        ratios = [
            theirs / seconds
            for question, seconds in ours.items()
            if (theirs := _seconds(rows, question, peer, {"natural"})) is not None
        ]
        if ratios:
            yield f"- {name} in its natural form takes {median(ratios):.1f} times as long (median of {len(ratios)})."
    slower = [
        f"{question.replace('_', ' ')} ({best['form']}: {best['seconds']:.3f} s to our {seconds:.3f} s)"
        for question, seconds in ours.items()
        if (best := _fastest(rows, question, "clickhouse")) and best["seconds"] < seconds
    ]
    if any(row["peer"] == "clickhouse" for row in rows):
        yield f"- ClickHouse in its fastest form is faster than we are in: {'; '.join(slower) or 'no question'}."
    wrong = [f"{row['question']} ({row['peer']}, {row['form']})" for row in rows if row["equal"] is False]
    compared = sum(row["equal"] is not None for row in rows)
    yield f"- {compared} answers were compared in full; not equal: {', '.join(wrong) or 'none'}."


def _building(rows: Sequence[Row]) -> Iterator[str]:
    yield "| build | seconds | events/s | peak MB | times bare CREATE TABLE |"
    yield "|---|--:|--:|--:|--:|"
    for row in rows:
        if row["question"] == "build" and row["peer"] == "ours" and row["seconds"]:
            times = f"{row['seconds'] / row['bare']:.1f}"
            yield f"| from {row['form']} | {row['seconds']:.1f} | {row['rate']:,.0f} | {row['megabytes']:,} | {times} |"
        if row["question"] == "one more day":
            share = f"{100 * row['seconds'] / row['full']:.1f} % of a full build"
            yield f"| one more day, {row['form']} | {row['seconds']:.1f} | | {row['megabytes']:,} | {share} |"


HEAD = """\
# Speed beside other engines

Written by `make bench` and `make bench-100m`; do not edit. A number with an x says how many times as long the other engine
took for the same answer in the same sitting, in its natural form. Machines differ and are busy: ratios under 2 are weak.

How to read it, and what is fair to say:

- **Ours** is the time to the whole result frame with its intervals, from a session with nothing kept; *kept* is the same
  question again. The others return bare counts. Their answers are compared with ours in full before they are timed.
- Part of our lead is the layout, not the engine: days on which a unit did something are kept already distinct
  (`event_days`, `days`), at the cost of the build below. ClickHouse is therefore also given the same tables of distinct days
  (form *roll-up*) and the gaps-and-islands form of sliding windows (*gaps*); the last column is the fastest of its forms,
  with keys as small and rows in the same order as ours.
- *Analyst's SQL* and *polars* read the raw Parquet export at every question, which costs no build at all. MetricFlow's SQL
  runs on a DuckDB table that dbt built; it has no triangle, funnel over everybody, lifecycle or time to adopt.
- The data is generated (`benchmarks/generate.py`): a hundredth as many units as events, fifty events, both by a
  power law, over 180 days, in no order.
"""
PLOTS = """\
## Growth

Time against events, time against the length of the window, and memory:

![Seconds against events, one line a question](growth.svg)

![Seconds against the length of the rolling window](window.svg)

![Memory at its peak, by step](memory.svg)
"""
