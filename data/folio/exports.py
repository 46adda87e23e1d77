"""Writes Folio's history the way a data team exports it: one gzipped CSV file a day, with the usual flaws."""

import gzip
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from folio.calendar import LAST_DAY, local_day
from folio.draws import Draw
from folio.flaws import NO_NUMBER, OLD_NAME, OVERLAPS, bad_rows
from folio.properties import COLUMNS
from folio.releases import Release
from folio.stories import Event

HEADER = ("event_id", "event", "user_id", "account_id", "anonymous_id", "time", *COLUMNS, "app_version")
PLACES = {column: place for place, column in enumerate(COLUMNS)}
EMPTY = ("",) * len(COLUMNS)


class Row(NamedTuple):
    """One event as exported; ``file`` is the day that names its file, which is later than ``day`` if it came late."""

    line: str
    file: date
    day: date
    event: Event
    name: str


class DayFile(NamedTuple):
    """The rows of one file: those that the file before had too, its own, and any that no reader can use."""

    day: date
    repeated: tuple[Row, ...]
    rows: tuple[Row, ...]
    bad: tuple[str, ...]


def make_files(seed: int, events: Iterable[Event], releases: Sequence[Release]) -> tuple[DayFile, ...]:
    """Deals the events to daily files and adds what goes wrong on the way."""
    draw, rows, versions = Draw(seed, "transport"), defaultdict[date, list[Row]](list), _Versions(releases)
    for number, event in enumerate(events, start=1):
        day = local_day(event.moment)
        file = min(day + timedelta(days=draw.between(1, 5)), LAST_DAY) if event.late else day
        name = OLD_NAME[1] if event.name == OLD_NAME[0] and day < OLD_NAME[2] else event.name
        rows[file].append(Row(_line(number, event, name, versions.at(event)), file, day, event, name))
    return tuple(_file(day, rows) for day in sorted(rows))


def write_events(folder: Path, files: Sequence[DayFile]) -> None:
    """One file per day, with nothing in its gzip header that depends on when or where it was written."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.csv.gz"):
        stale.unlink()
    for file in files:
        with (folder / f"{file.day}.csv.gz").open("wb") as raw, _packed(raw) as packed:
            packed.write(_text(file).encode())


class _Versions:
    """The newest release at each event, for events in order of time."""

    def __init__(self, releases: Sequence[Release]) -> None:
        self._coming = list(reversed(releases))
        self._version = "4.100"

    def at(self, event: Event) -> str:
        while self._coming and self._coming[-1].shipped <= event.moment:
            self._version = self._coming.pop().version
        return self._version


def _line(number: int, event: Event, name: str, version: str) -> str:
    user = event.user if event.known else None
    who = (user.id, user.account.id) if user else ("", "")
    values = EMPTY
    if event.properties:
        said = list(EMPTY)
        for column, value in event.properties.items():
            said[PLACES[column]] = value
        values = tuple(said)
    if event.name == "document_edited" and number % NO_NUMBER == 0:
        values = tuple("n/a" if column == "seconds" else "" for column in COLUMNS)
    fields = (f"e{number:06d}", name, *who, event.anonymous, f"{event.moment:%Y-%m-%d %H:%M:%S}", *values, version)
    return ",".join(fields)


def _file(day: date, rows: Mapping[date, Sequence[Row]]) -> DayFile:
    """Its own rows, after the last ones of the day before where the exports overlapped."""
    before = rows.get(day - timedelta(days=1), ())
    repeated = before[max(0, len(before) - OVERLAPS.get(day, 0)) :]
    return DayFile(day, tuple(repeated), tuple(rows[day]), tuple(bad_rows(day, HEADER)))


def _text(file: DayFile) -> str:
    """Rows that no reader can use stand in the middle of the file, where a reader is no longer careful."""
    lines = [row.line for row in (*file.repeated, *file.rows)]
    middle = len(lines) // 2
    return "\n".join((",".join(HEADER), *lines[:middle], *file.bad, *lines[middle:], ""))


def _packed(raw: io.BufferedWriter) -> gzip.GzipFile:
    # gzip.compress() writes a header that differs between versions of Python; GzipFile does not.
    return gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0)
