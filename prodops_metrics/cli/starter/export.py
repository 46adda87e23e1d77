"""The example export: people who open a product, and share lists, over a few months."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

WEEKS, USERS, COLLEAGUES = 20, 420, 6
SEED = 11
EVENTS = ("event_id", "event", "user_id", "time", "by", "people")
PEOPLE = ("user_id", "plan", "colleague")


@dataclass(frozen=True, slots=True)
class Person:
    """A user: from which week on, how many visits a week, and how likely a visit leads to sharing."""

    id: str
    plan: str
    colleague: bool
    first_week: int
    visits: int
    shares: float


def people() -> list[Person]:
    """The same people in every example."""
    dice = random.Random(SEED)
    found = []
    for number in range(USERS):
        plan = "pro" if dice.random() < 0.35 else "free"
        first = 0 if dice.random() < 0.3 else dice.randrange(WEEKS)
        shares = dice.choice((0.0, 0.0, 0.1, 0.2, 0.35)) * (1.4 if plan == "pro" else 1.0)
        found.append(Person(f"u{number:03}", plan, number < COLLEAGUES, first, dice.choice((1, 2, 3, 4)), shares))
    return found


def user_rows() -> Iterator[tuple[str, ...]]:
    """The lines of users.csv, with their header."""
    yield PEOPLE
    yield from ((one.id, one.plan, str(one.colleague).lower()) for one in people())


def event_rows(last_day: date) -> Iterator[tuple[str, ...]]:
    """The lines of the events of twenty weeks up to a day, with their header."""
    yield EVENTS
    dice = random.Random(SEED + 1)
    start = datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC) + timedelta(days=1) - timedelta(weeks=WEEKS)
    happened = [each for one in people() for week in range(one.first_week, WEEKS) for each in _week(one, start, week, dice)]
    for number, (moment, *rest) in enumerate(sorted(happened)):
        yield (f"e{number:05}", rest[0], rest[1], f"{moment:%Y-%m-%d %H:%M:%S}", rest[2], rest[3])


Happened = tuple[datetime, str, str, str, str]


def _week(one: Person, start: datetime, week: int, dice: random.Random) -> Iterator[Happened]:
    for _ in range(dice.randrange(one.visits + 1)):
        moment = start + timedelta(
            weeks=week, days=dice.randrange(7), hours=dice.randrange(7, 21), minutes=dice.randrange(60)
        )
        yield (moment, "app_opened", one.id, "", "")
        if dice.random() < 0.7:
            yield (moment + timedelta(minutes=4), "task_completed", one.id, "", "")
        # The feature grows on people: a little more of it every week.
        if dice.random() < one.shares * (1 + week / WEEKS):
            yield from _sharing(one, moment + timedelta(minutes=6), dice)


def _sharing(one: Person, moment: datetime, dice: random.Random) -> Iterator[Happened]:
    yield (moment, "share_dialog_opened", one.id, "", "")
    if dice.random() < 0.2:
        return
    if dice.random() < 0.04:
        yield (moment + timedelta(minutes=1), "share_failed", one.id, "", "")
        return
    by = "link" if dice.random() < 0.6 else "mail"
    yield (moment + timedelta(minutes=1), "list_shared", one.id, by, str(dice.randrange(1, 5)))
    if dice.random() < 0.6:
        yield (moment + timedelta(minutes=40), "share_accepted", one.id, "", "")
