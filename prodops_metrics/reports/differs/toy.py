"""Toy streams of events as text: a few people, what they did and when."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from prodops_metrics.errors import ProdopsError

HEADER = ("user", "event", "time")
MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of one user; ``at`` has a zone, ``value`` is the number in its fourth column.

    ``device`` is the anonymous id of the event, if it has one; without a known user it stands as ``user`` too.
    """

    user: str
    event: str
    at: datetime
    value: float | None = None
    device: str = ""

    @property
    def known(self) -> str:
        """The user's id; empty where only the device is known."""
        return "" if self.user == self.device else self.user


@dataclass(frozen=True, slots=True)
class Toy:
    """A stream in the order of time, then of the text; ``zone`` is that of the project that counts it."""

    happenings: tuple[Happening, ...]
    zone: ZoneInfo

    @property
    def by_user(self) -> Mapping[str, tuple[Happening, ...]]:
        """The events of each user."""
        found: dict[str, list[Happening]] = defaultdict(list)
        for each in self.happenings:
            found[each.user].append(each)
        return {user: tuple(events) for user, events in found.items()}

    def of(self, event: str) -> tuple[Happening, ...]:
        """The events of one name."""
        return tuple(each for each in self.happenings if each.event == event)

    def local(self, each: Happening) -> datetime:
        """When it was, by the clock of the project."""
        return each.at.astimezone(self.zone)


def read(text: str, timezone: str) -> Toy:
    """The stream that a text tells: ``user,event,time`` and perhaps ``value``, a line each, with or without a header.

    A user who begins with ``~`` is an anonymous device, and ``~phone ann`` an event of ann on it, which says that they
    are one person. Times without a zone are local to ``timezone``.

    Raises:
        ProdopsError: a line cannot be read; the error says which, and how one is written.
    """
    zone = ZoneInfo(timezone)
    found = list(_lines(text, zone))
    if not found:
        raise ProdopsError("There are no events. Write one on each line: `a,opened,2024-01-01 09:00`.")
    if len(found) > MOST_EVENTS:
        raise ProdopsError(f"These are {len(found)} events; a toy stream has {MOST_EVENTS} at most.")
    return Toy(tuple(sorted(found, key=lambda each: each.at)), zone)


def _lines(text: str, zone: ZoneInfo) -> Iterator[Happening]:
    for number, row in enumerate(csv.reader(text.splitlines(), skipinitialspace=True), 1):
        cells = [cell.strip() for cell in row]
        if any(cells) and tuple(cells[:3]) != HEADER:
            yield _happening(number, cells, zone)


def _happening(number: int, cells: Sequence[str], zone: ZoneInfo) -> Happening:
    if len(cells) not in {3, 4} or not all(cells[:3]):
        raise ProdopsError(f"Line {number} is not `user,event,time`: write it as `a,opened,2024-01-01 09:00`.")
    user, event, time, *value = cells
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        message = f"Line {number}: `{time}` is not a time. Write it as `2024-01-01 09:00`, in UTC as `2024-01-01T09:00Z`."
        raise ProdopsError(message) from None
    try:
        number_of = float(value[0]) if value and value[0] else None
    except ValueError:
        raise ProdopsError(f"Line {number}: `{value[0]}` is not a number. Write it as `0.5`, or leave it out.") from None
    try:
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ProdopsError(f"Line {number}: `{time}` is too far from today.") from None
    device, _, known = user.partition(" ") if user.startswith("~") else ("", "", user)
    return Happening(known.strip() or device, event, at, number_of, device)


def written(toy: Toy) -> str:
    """The stream as an export, whose times say that they are UTC."""
    anonymous = any(each.device for each in toy.happenings)
    header = ["user", *(["anonymous"] if anonymous else []), "event", "time", "value"]
    return "\n".join([",".join(header), *(_line(each, anonymous=anonymous) for each in toy.happenings)]) + "\n"


def ties(toy: Toy) -> str:
    """Which device is whose, as an export; nothing where no event says it."""
    rows = [each for each in toy.happenings if each.device and each.known]
    told = (f"{_cell(each.device)},{_cell(each.known)},{each.at:%Y-%m-%dT%H:%M:%S.%fZ}" for each in rows)
    return "\n".join(["anonymous,user,time", *told]) + "\n" if rows else ""


def _line(each: Happening, *, anonymous: bool) -> str:
    who = [_cell(each.known), *([_cell(each.device)] if anonymous else [])]
    return ",".join([*who, _cell(each.event), f"{each.at:%Y-%m-%dT%H:%M:%S.%fZ}", _number(each)])


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _number(each: Happening) -> str:
    return "" if each.value is None else repr(each.value)


def days(number: float) -> timedelta:
    """So many times 24 hours."""
    return timedelta(days=number)
