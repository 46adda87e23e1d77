"""Writes Folio's history the way a data team exports it: one gzipped CSV file a week, with the usual flaws."""

import gzip
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from folio.activity import Event, local_day
from folio.draws import Draw
from folio.people import FIRST_DAY, Account, User

PROPERTIES = ("platform", "seconds", "source", "results", "rank", "reason", "mention", "pages", "template", "words")
HEADER = ("event_id", "event", "user_id", "account_id", "time", *PROPERTIES, "app_version")

NO_USER = 0.01  # share of events sent before the session was known
LATE = 0.0006  # share that reaches the export only a week later
OLD_NAME = ("comment_added", "comment_created", date(2026, 7, 27))  # renamed in the product on that day
OVERLAPS = {date(2026, 7, 20): 14, date(2026, 9, 7): 9, date(2026, 10, 26): 17}  # rows a file repeats from the one before
MALFORMED = {
    date(2026, 7, 13): "e900001,document_edited,u0200",  # cut off: too few fields
    date(2026, 8, 31): "e900002,app_opened,u0317,a040,2026-08-33 09:12:44,web,,,,,,,,,,4.25",  # no such day
    date(2026, 10, 12): "e900003,search_submitted,u0101,a033,2026-10-13 08:01:10,,,navbar,1,024,,,,,,,4.28",  # 1,024
}


@dataclass(frozen=True, slots=True)
class Row:
    """One event as exported; ``week`` is the Monday that names its file, which differs if it came late."""

    line: str
    week: date
    event: Event
    name: str
    has_user: bool
    late: bool


@dataclass(frozen=True, slots=True)
class WeekFile:
    """The rows of one file: those that came before, its own, and any that no reader can use."""

    week: date
    repeated: tuple[Row, ...]
    rows: tuple[Row, ...]
    malformed: tuple[str, ...]


def week_of(moment: datetime) -> date:
    """The Monday that names the file of this moment; the data team cuts its weeks by local days."""
    day = local_day(moment)
    return day - timedelta(days=day.weekday())


def make_files(seed: int, events: Iterable[Event]) -> tuple[WeekFile, ...]:
    """Deals the events to weekly files and adds what goes wrong on the way."""
    draw, rows = Draw(seed, "export"), defaultdict[date, list[Row]](list)
    events = list(events)
    newest = week_of(events[-1].moment)
    for number, event in enumerate(events, start=1):
        row = _row(draw, number, event, newest)
        rows[row.week].append(row)
    return tuple(_file(week, rows) for week in sorted(rows))


def write_events(folder: Path, files: Sequence[WeekFile]) -> None:
    """One file per week, with nothing in its gzip header that depends on when or where it was written."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        with (folder / f"{file.week}.csv.gz").open("wb") as raw, _packed(raw) as packed:
            packed.write(_text(file).encode())


def write_units(folder: Path, accounts: Sequence[Account], users: Sequence[User]) -> None:
    """The two lists of who there is, without what only the generator knows."""
    _write_lines(folder / "accounts.csv", "account_id,plan,country", (f"{a.id},{a.plan},{a.country}" for a in accounts))
    _write_lines(folder / "users.csv", "user_id,account_id,role,internal,signed_up,offline_pilot", map(_user, users))


def _user(user: User) -> str:
    flags = [str(flag).lower() for flag in (user.internal, user.offline_pilot)]
    return ",".join((user.id, user.account.id, user.role, flags[0], user.signed_up.isoformat(), flags[1]))


def _write_lines(path: Path, header: str, lines: Iterable[str]) -> None:
    path.write_text("\n".join((header, *lines, "")), encoding="utf-8", newline="\n")


def _file(week: date, rows: Mapping[date, Sequence[Row]]) -> WeekFile:
    """Its own rows, after the last ones of the week before where the exports overlapped."""
    before = rows.get(week - timedelta(days=7), ())
    repeated = before[len(before) - OVERLAPS.get(week, 0) :]
    malformed = (MALFORMED[week],) if week in MALFORMED else ()
    return WeekFile(week, tuple(repeated), tuple(rows[week]), malformed)


def _row(draw: Draw, number: int, event: Event, newest: date) -> Row:
    has_user, week = not draw.chance(NO_USER), week_of(event.moment)
    late = draw.chance(LATE) and week < newest
    name = _exported_name(event)
    values = (event.properties.get(column, "") for column in PROPERTIES)
    who = (event.user.id, event.user.account.id) if has_user else ("", "")
    fields = (f"e{number:06d}", name, *who, f"{event.moment:%Y-%m-%d %H:%M:%S}", *values, _version(event.moment))
    return Row(",".join(fields), week + timedelta(days=7 * late), event, name, has_user, late)


def _exported_name(event: Event) -> str:
    new, old, since = OLD_NAME
    return old if event.name == new and event.moment.date() < since else event.name


def _version(moment: datetime) -> str:
    """The release of the app, one every other week; a property that no definition declares."""
    return f"4.{20 + (moment.date() - FIRST_DAY).days // 14}"


def _text(file: WeekFile) -> str:
    """Malformed rows stand in the middle of the file, where a reader is no longer careful."""
    lines = [row.line for row in (*file.repeated, *file.rows)]
    middle = len(lines) // 2
    return "\n".join((",".join(HEADER), *lines[:middle], *file.malformed, *lines[middle:], ""))


def _packed(raw: io.BufferedWriter) -> gzip.GzipFile:
    # gzip.compress() writes a header that differs between versions of Python; GzipFile does not.
    return gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0)
