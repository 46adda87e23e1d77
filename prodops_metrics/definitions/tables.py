"""Small tables written as CSV inside a definition: their columns and cells checked against the taxonomy."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from prodops_metrics.definitions.checks.references import unknown_entity, unknown_event, unknown_property
from prodops_metrics.definitions.checks.tables import column_missing, column_twice, line_misshapen, no_time
from prodops_metrics.definitions.faults import Flaw, FlawedError
from prodops_metrics.definitions.literals import literal, moment
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.definitions.scope import Column, Columns, Scope

ROLES = ("time", "event", "id", "received")
NEEDED = ("time", "event")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell by its column, and where its text starts in that of the table."""

    column: str
    text: str
    start: int

    def marked(self, flaw: Flaw) -> Flaw:
        """The flaw at the text of this cell."""
        return replace(flaw, path=(), start=self.start, length=max(len(self.text), 1), at_key=False)


def event_flaws(text: str, scope: Scope) -> list[Flaw]:
    """What is wrong with a table of events."""
    columns = None if scope.no_project else scope.event_columns([None])
    roles = {**dict.fromkeys(ROLES), **dict.fromkeys(scope.entities)}
    return [*_flaws(text, NEEDED, roles, columns), *_unknown_events(text, scope)]


def unit_flaws(entity: str, text: str, scope: Scope) -> list[Flaw]:
    """What is wrong with a table of the units of an entity; the flaws lead from the mapping that holds the tables."""
    if scope.no_project:
        return []
    if entity not in scope.entities:
        return [replace(unknown_entity(entity, scope.entities), path=(entity,), at_key=True)]
    roles = {**dict.fromkeys(scope.entities), "since": None}
    return [flaw.under(entity) for flaw in _flaws(text, (entity,), roles, scope.unit_columns(entity))]


def rows(text: str) -> Iterator[list[Cell]]:
    """The lines of a table below its header, cell by cell; a line that does not fit the header is left out."""
    lines = list(_lines(text))
    header = lines[0][1] if lines else []
    for start, values in lines[1:]:
        if len(values) == len(header):
            yield list(_cells(header, values, text, start))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not empty, with where it starts; a cell holds no line break."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, _values(line)
        start += len(line) + 1


def _values(line: str) -> list[str]:
    try:
        return [value.strip() for value in next(csv.reader([line], skipinitialspace=True))]
    except csv.Error:  # a carriage return in the midst of it, or a cell longer than a page
        return [line]


def _cells(header: list[str], values: list[str], text: str, start: int) -> Iterator[Cell]:
    for column, value in zip(header, values, strict=True):
        start = max(text.find(value, start), start)
        yield Cell(column, value, start)
        start += len(value) + 1


def _flaws(text: str, needed: tuple[str, ...], roles: Mapping[str, None], columns: Columns) -> Iterator[Flaw]:
    lines = list(_lines(text))
    start, header = lines[0] if lines else (0, [])
    meant = {near for name in header for near in nearest(name, needed) if name not in roles}
    if missing := [name for name in needed if name not in header and name not in meant]:
        yield column_missing(missing[0], needed).part(start, len(",".join(header)) or 1)
    seen: set[str] = set()
    for cell in _cells(header, header, text, start):
        yield from _column_flaws(cell, seen, roles, columns)
        seen.add(cell.column)
    yield from (_misshapen(text, at, values, header) for at, values in lines[1:] if len(values) != len(header))
    for row in rows(text):
        for cell in row:
            yield from _cell_flaws(cell, columns or {})


def _column_flaws(cell: Cell, before: set[str], roles: Mapping[str, None], columns: Columns) -> Iterator[Flaw]:
    known = [*roles, *(columns or {})]
    if columns is not None and cell.column not in known:
        yield cell.marked(unknown_property(cell.column, known))
    if cell.column in before:
        yield cell.marked(column_twice(cell.column))


def _misshapen(text: str, start: int, values: list[str], header: list[str]) -> Flaw:
    end = text.find("\n", start)
    length = (end if end >= 0 else len(text)) - start
    return line_misshapen(len(values), len(header)).part(start, length)


def _cell_flaws(cell: Cell, columns: Mapping[str, Column]) -> Iterator[Flaw]:
    if not cell.text and cell.column != "time":
        return
    try:
        if cell.column in {"time", "received", "since"}:
            moment(cell.text)
        elif cell.column in columns:
            literal(cell.text, columns[cell.column].type, columns[cell.column].enum)
    except FlawedError as error:
        yield cell.marked(error.flaws[0])
    except ValueError:
        yield cell.marked(no_time(cell.text))


def _unknown_events(text: str, scope: Scope) -> Iterator[Flaw]:
    for row in rows(text):
        for cell in row:
            if cell.column == "event" and cell.text not in scope.events:
                yield cell.marked(unknown_event(cell.text, scope.events))
