"""What was measured, kept in ``results.json`` and shown in ``RESULTS.md`` with its plots.

``rows``: those of the latest sitting of every size, each with ``question, events, peer, form, seconds, ours, equal``
(``ours``: our own seconds for the question, nothing kept; ``cpu``: seconds of all processors). ``sittings``: by events, the
``date``, ``machine``, ``versions``, and ``load`` of the machine when it began and ended; ``finished`` is false where it
was stopped.
"""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import plots
from benchmarks.page import page

RESULTS, PAGE, REASONS = "results.json", "RESULTS.md", "reasons.md"

BY_FORM = ("build", "page")
"""Questions of which every form is another one."""

Row = dict[str, Any]
Book = dict[str, Any]


def about(versions: Mapping[str, str]) -> Row:
    """What is known of a sitting when it begins."""
    day = datetime.now(UTC).date().isoformat()
    return {"date": day, "machine": machine(), "versions": dict(versions), "load": [load()], "finished": False}


def record(folder: Path, rows: Sequence[Row], about: Row) -> None:
    """Puts a sitting in place of the former one of its size."""
    book, events = _read(folder), rows[0]["events"]
    book["sittings"][str(events)] = about
    book["rows"] = [row for row in book["rows"] if row["events"] != events] + beside(rows)
    book["rows"].sort(key=lambda row: int(row["events"]))
    written = folder / f".{RESULTS}"
    written.write_text(json.dumps(book, indent=1) + "\n", encoding="utf-8")
    written.replace(folder / RESULTS)


def amend(folder: Path, events: int, begins: str, rows: Sequence[Row]) -> None:
    """Puts rows in place of those of a recorded sitting whose question begins so, and writes the page anew."""
    book = _read(folder)
    sitting = book["sittings"].get(str(events)) or {**about({}), "finished": True}
    kept = [row for row in book["rows"] if row["events"] == events and not row["question"].startswith(begins)]
    record(folder, [*kept, *rows], sitting)
    show(folder)


def show(folder: Path) -> None:
    """Writes the page and its plots from what is recorded, with what people wrote about missed targets."""
    book, reasons = _read(folder), Path(__file__).with_name(REASONS)
    text = page(book, reasons.read_text(encoding="utf-8") if reasons.is_file() else "")
    (folder / PAGE).write_text(text, encoding="utf-8")
    plots.draw(book["rows"], folder)


def _read(folder: Path) -> Book:
    path = folder / RESULTS
    found: Book = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"sittings": {}, "rows": []}
    return found


def beside(rows: Sequence[Row]) -> list[Row]:
    """The rows, each with our own seconds for its question (of the same form, where it is built from files)."""
    forms = {"kept": 0, "cold": 1, "open": 2}
    own = sorted((row for row in rows if row["peer"] == "ours"), key=lambda row: forms.get(row["form"], 3))
    ours = {_key(row): row["seconds"] for row in own}
    return [{**row, "ours": ours.get(_key(row)), "equal": row.get("equal")} for row in rows]


def _key(row: Row) -> tuple[str, str]:
    return row["question"], row["form"] if row["question"].startswith(BY_FORM) else ""


def load() -> float:
    """How many processes wanted a processor in the last minute; 0 is a quiet machine."""
    return round(os.getloadavg()[0], 1)


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
