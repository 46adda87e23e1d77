"""Lets every user work through the weeks, day by day, and notes the events that the product sends."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from folio.calendar import EXPORTED_AT, FIRST_DAY, LAST_DAY, days, instant
from folio.draws import Draw
from folio.features import Dealt
from folio.people import User
from folio.stories import Event, Pen, story
from folio.visitors import Visitor

WEEKDAYS = (1.0, 1.1, 1.1, 1.02, 0.82, 0.12, 0.1)
AUGUST = (date(2026, 8, 1), date(2026, 8, 23))  # the holidays, in which one in ten is away
HOURS = {"7": 3.0, "8": 9.0, "9": 15.0, "10": 14.0, "11": 11.0, "12": 6.0, "13": 10.0}
HOURS |= {"14": 12.0, "15": 11.0, "16": 8.0, "17": 5.0, "18": 2.0, "20": 1.5, "21": 1.0}


def simulate(seed: int, users: Sequence[User], features: Sequence[Dealt], visitors: Sequence[Visitor]) -> list[Event]:
    """Everything that happened up to the moment of the export, in order of time."""
    busyness = {day: _busyness(seed, day) for day in days(FIRST_DAY, LAST_DAY)}
    anonymous = {visitor.user.id: visitor.id for visitor in visitors if visitor.user}
    events = [event for visitor in visitors for event in visitor.visits]
    for user in users:
        events += _life(seed, user, features, busyness)
        if user.signed_up >= FIRST_DAY:
            events.append(_signed_up(seed, user, anonymous.get(user.id, "")))
    return sorted((event for event in events if event.moment < EXPORTED_AT), key=lambda event: event.moment)


def _life(seed: int, user: User, features: Sequence[Dealt], busyness: Mapping[date, float]) -> Iterator[Event]:
    draw = Draw(seed, user.id, "days")
    stories = [found for feature in features if (found := story(seed, user, feature))]
    for day in days(max(FIRST_DAY, user.signed_up), min(LAST_DAY, user.left)):
        if user.syncs and draw.chance(0.2):  # a computer left on: nobody is at work
            yield Pen(user, instant(day, draw.between(0, 1300)), draw).note("sync_completed", (0, 59))
        if draw.chance(_pace(user, day) * busyness[day]):
            morning = instant(day, 60 * int(draw.pick(HOURS)) + draw.between(0, 59))
            yield from _at_work(Pen(user, morning, draw))
            for each in stories:
                yield from each.day(day, morning)


def _at_work(pen: Pen) -> Iterator[Event]:
    yield pen.note("app_opened", (0, 59))
    if pen.user.role == "editor" and pen.draw.chance(0.7):
        yield pen.note("document_edited", (60, 1800))


def _signed_up(seed: int, user: User, anonymous: str) -> Event:
    """Early on the first day, before any work."""
    minute = Draw(seed, user.id, "signed up").between(300, 419)
    return Event(instant(user.signed_up, minute), "signed_up", user, {}, anonymous=anonymous)


def _pace(user: User, day: date) -> float:
    """Everyone is there on the first day, and looks in more often than later during the first week."""
    age = (day - user.signed_up).days
    if age == 0:
        return 20.0
    return min(0.95, user.pace * (1.7 if age < 7 else 1.0))


def _busyness(seed: int, day: date) -> float:
    holidays = 0.9 if AUGUST[0] <= day <= AUGUST[1] else 1.0
    return WEEKDAYS[day.weekday()] * holidays * (1 + 0.05 * Draw(seed, day.isoformat()).normal())
