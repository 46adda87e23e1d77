"""Delimited text, record by record, with line numbers: the careful reader behind DuckDB's fast one.

A file that DuckDB reads without complaint never comes here. Any other is read once by ``records``, which says what
is wrong with each broken record, and goes on at the next line; ``mend`` writes the good ones to a clean file. The
same reader finds line and text of rows whose values were refused.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from prodops_metrics.warehouse.containers import unpacked

LONGEST = 1_900_000
_SNIFFED = (",", "\t", ";", "|")
_SMALL = 64 << 20
_QUOTED = re.compile(rb'"[^"]*(?:""[^"]*)*"')
UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Record:
    """One record after the header; ``ordinal`` counts from 1, ``fault`` is None for a good one."""

    ordinal: int
    line: int
    text: str
    fault: str | None


@dataclass(frozen=True, slots=True)
class Header:
    """The first record: its names as they stand, the delimiter, and how many blank lines came before it.

    A table that has none has no ``lines`` of it either; where fields are never ``quoted``, quotes are letters.
    """

    names: tuple[str, ...]
    delimiter: str
    skipped: int
    lines: int
    quoted: bool = True


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """A text file, gzipped or not; bytes that are not UTF-8 arrive as surrogates, line ends as they stand."""
    with (
        unpacked(path) as plain,
        io.TextIOWrapper(plain, encoding="utf-8-sig", errors="surrogateescape", newline="") as stream,
    ):
        yield stream


def header(path: Path, delimiter: str | None, names: tuple[str, ...] = ()) -> Header | None:
    """The header of a file, None if the file has no text at all; ``names`` of one that has none, and no quotes."""
    if names:
        return Header(names, delimiter or "\t", 0, 0, quoted=False) if _has_text(path) else None
    with opened(path) as stream:
        lines = _limited(stream)
        skipped, first = 0, next(lines, "")
        while first and not first.strip("\r\n"):
            skipped, first = skipped + 1, next(lines, "")
        if not first:
            return None
        mark = delimiter or ("\t" if ".tsv" in path.name.lower() else _sniffed(first))
        count, text = 1, first
        while _Grammar(mark).open(text) and (more := next(lines, "")):
            count, text = count + 1, text + more
    found = next(csv.reader(io.StringIO(text, newline=""), delimiter=mark), [])
    return Header(tuple(found), mark, skipped, skipped + count)


def _has_text(path: Path) -> bool:
    with opened(path) as stream:
        return any(line.strip("\r\n") for line in _limited(stream))


def _limited(stream: IO[str]) -> Iterator[str]:
    while line := stream.readline(LONGEST):
        yield line


def _sniffed(line: str) -> str:
    bare = re.sub('"[^"]*"', "", line)
    return max(_SNIFFED, key=bare.count)


class _Grammar:
    """What a well-formed record looks like: DuckDB's strict rules, so that both readers agree."""

    def __init__(self, delimiter: str, *, quotes: bool = True) -> None:
        # No possessive quantifiers: Python 3.11 before 3.11.5 matches them wrongly (cpython issue 106052).
        # At every character only one way goes on, so plain ones cannot backtrack far.
        mark = re.escape(delimiter)
        quoted, plain = r'"[^"]*(?:""[^"]*)*"', rf'(?:(?!{mark})[^"\r\n](?:(?!{mark})[^\r\n])*)?'
        field = f"(?:{quoted}|{plain})"
        self._quoted = re.compile(rf"(?:^|(?<={mark})){quoted}")
        self._whole = re.compile(f"{field}(?:{mark}{field})*")
        self._open = re.compile(rf'(?:{field}{mark})*"[^"]*(?:""[^"]*)*')
        self.delimiter, self.quotes = delimiter, quotes

    def whole(self, text: str) -> bool:
        """Whether every quote that opens a field closes it."""
        return not self.quotes or self._whole.fullmatch(text) is not None

    def open(self, text: str) -> bool:
        """Whether the last field is quoted and not closed yet."""
        return self.quotes and '"' in text and self._open.fullmatch(text) is not None

    def width(self, text: str) -> int:
        """How many fields a whole record has."""
        if not self.quotes or '"' not in text:
            return text.count(self.delimiter) + 1
        return self._quoted.sub("", text).count(self.delimiter) + 1


def closes_quotes(path: Path, head: Header) -> bool:
    """Whether every quote that opens a field closes it; told of small files only, False for others.

    Of files that are read with many others the engine does not say when the last quote stays open.
    """
    with unpacked(path) as stream:
        text = stream.read(_SMALL + 1).removeprefix(b"\xef\xbb\xbf")
    before, at = {head.delimiter.encode(), b"\n", b"\r", b""}, text.find(b'"')
    if len(text) > _SMALL or len(head.delimiter.encode()) != 1:
        return False
    while at >= 0 and head.quoted:
        end = at + 1
        if text[max(at - 1, 0) : at] in before:
            closed = _QUOTED.match(text, at)
            if closed is None or text[closed.end() : closed.end() + 1] not in before:
                return False
            end = closed.end()
        at = text.find(b'"', end)
    return True


def records(path: Path, head: Header) -> Iterator[Record]:
    """Every record after the header, good or broken, in order."""
    with opened(path) as stream:
        yield from _Reader(numbered(stream, head.lines), head, _Grammar(head.delimiter, quotes=head.quoted)).read()


def numbered(stream: IO[str], skip: int = 0) -> Iterator[tuple[int, str]]:
    """Lines after the first ``skip`` with their numbers.

    A line longer than any record may be arrives in pieces, so that one huge line cannot fill the memory.
    """
    number, fresh = 0, True
    for piece in _limited(stream):
        number += fresh
        fresh = piece.endswith(("\n", "\r"))
        if number > skip:
            yield number, piece


class _Reader:
    def __init__(self, lines: Iterator[tuple[int, str]], head: Header, grammar: _Grammar) -> None:
        self._lines, self._grammar = lines, grammar
        self._width = len(head.names)
        self._pushed: deque[tuple[int, str]] = deque()
        self._inside = 0

    def read(self) -> Iterator[Record]:
        ordinal = 0
        while (first := self._next()) is not None:
            number, line = first
            if not line.strip("\r\n") and self._width > 1:
                continue
            ordinal, shown = ordinal + 1, number - self._inside
            text, fault = self._record(number, line)
            yield Record(ordinal, shown, text, fault)

    def _next(self) -> tuple[int, str] | None:
        return self._pushed.popleft() if self._pushed else next(self._lines, None)

    def _record(self, number: int, line: str) -> tuple[str, str | None]:
        if len(line) >= LONGEST:
            return self._skip_long(number, line), "line_too_long"
        text = line.rstrip("\r\n")
        if '"' in text and not self._grammar.whole(text):
            joined = self._joined(line) if self._grammar.open(line) else None
            if joined is None:
                return text, "quote"
            text = joined
        text = self._without_empty_surplus(text)
        return text, self._fault(text)

    def _skip_long(self, number: int, line: str) -> str:
        while (more := self._next()) is not None:
            if more[0] != number:
                self._pushed.appendleft(more)
                break
        return line[:1000] + "…"

    def _without_empty_surplus(self, text: str) -> str:
        # DuckDB, too, takes empty fields after a complete record for nothing.
        mark = self._grammar.delimiter
        shorter = text
        for _ in range(self._grammar.width(text) - self._width):
            shorter = shorter.removesuffix('""')
            if not shorter.endswith(mark):
                return text
            shorter = shorter.removesuffix(mark)
        return shorter

    def _joined(self, line: str) -> str | None:
        """The record that starts with an open quote, or None, with all lines but the first given back."""
        taken: list[tuple[int, str]] = []
        size = len(line)
        while size < LONGEST and (more := self._next()) is not None:
            taken.append(more)
            size += len(more[1])
            if '"' in more[1]:
                joined = line + "".join(text for _, text in taken)
                if self._grammar.whole(joined.rstrip("\r\n")):
                    self._not_counted([line, *(text for _, text in taken)])
                    return joined.rstrip("\r\n")
                if not self._grammar.open(joined):
                    break
        self._pushed.extendleft(reversed(taken))
        return None

    def _not_counted(self, pieces: list[str]) -> None:
        """A CR within quotes ends no line, unless lines of this file end with one."""
        if pieces[-1].endswith("\n"):
            self._inside += sum(piece.endswith("\r") for piece in pieces[:-1])

    def _fault(self, text: str) -> str | None:
        if not text.isascii() and UNDECODED.search(text):
            return "encoding"
        return None if self._grammar.width(text) == self._width else "columns"


def readable(text: str) -> str:
    """Text for people: bytes that were no UTF-8 are shown as Windows-1252, the likeliest origin."""
    if text.isascii() or not UNDECODED.search(text):
        return text
    return text.encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def mend(path: Path, head: Header, clean: Path) -> Iterator[Record]:
    """Writes the good records to ``clean``, their ordinal first; yields the broken ones."""
    with clean.open("w", encoding="utf-8", newline="") as writing:
        for record in records(path, head):
            if record.fault is None:
                writing.write(f"{record.ordinal}{head.delimiter}{record.text}\n")
            else:
                yield record
