"""JSON lines, one by one: the careful reader behind DuckDB's fast one, and what can be saved of broken lines."""

import json
from collections.abc import Iterator
from pathlib import Path

from prodops_metrics.warehouse.staging.records import LONGEST, UNDECODED, Record, numbered, opened

MARK = "\x1f"
"""What stands between columns where lines are read as delimited text; JSON may hold it only as an escape."""


def lines(path: Path) -> Iterator[Record]:
    """Every line that is not blank, good or not; ``ordinal`` is its number in the file.

    A line that is longer than any row may be is cut short while it is read, so that it cannot fill the memory.
    """
    with opened(path) as stream:
        pending: Record | None = None
        for number, piece in numbered(stream):
            if pending and pending.line == number:
                continue  # the rest of a line that is too long
            if pending:
                yield pending
            pending = _line(number, piece)
        if pending:
            yield pending


def _line(number: int, piece: str) -> Record | None:
    if len(piece) >= LONGEST:
        return Record(number, number, piece[:1000] + "…", "line_too_long")
    text = piece.strip()
    if not text:
        return None
    if not text.isascii() and UNDECODED.search(text):
        return Record(number, number, text, "encoding")
    return Record(number, number, text, "json" if MARK in text else None)


def mend_lines(path: Path, clean: Path) -> Iterator[Record]:
    """Writes the lines that can be read to ``clean``, their number first; yields the others."""
    with clean.open("w", encoding="utf-8", newline="") as writing:
        for record in lines(path):
            if record.fault is None:
                writing.write(f"{record.ordinal}{MARK}{record.text}\n")
            else:
                yield record


def glued(text: str) -> list[str] | None:
    """The objects of a line that holds several, as where files without a last line end were put together; else None."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text):
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            return None
        if not isinstance(value, dict):
            return None
        found.append(text[at:end])
        at = end + len(text[end:]) - len(text[end:].lstrip())
    return found
