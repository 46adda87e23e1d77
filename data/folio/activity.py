"""Lets every user work through the weeks, day by day, and notes the events that the product sends."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from folio.draws import Draw
from folio.features import FEATURES, Feature
from folio.people import FIRST_DAY, LAST_DAY, Account, User
from folio.properties import properties_of

ZONE = ZoneInfo("Europe/Berlin")
EXPORTED_AT = datetime.combine(LAST_DAY, time(14), ZONE).astimezone(UTC).replace(tzinfo=None)

WEEKDAYS = (1.0, 1.1, 1.1, 1.02, 0.82, 0.12, 0.1)
AUGUST = (date(2026, 8, 1), date(2026, 8, 23))  # the holidays, in which one in ten is away
HOURS = {"7": 3.0, "8": 9.0, "9": 15.0, "10": 14.0, "11": 11.0, "12": 6.0, "13": 10.0}
HOURS |= {"14": 12.0, "15": 11.0, "16": 8.0, "17": 5.0, "18": 2.0, "20": 1.5, "21": 1.0}
PLAN_PULL = {"free": -0.5, "team": 0.0, "business": 0.2, "enterprise": 0.35}


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the product saw it; ``moment`` is naive UTC."""

    moment: datetime
    name: str
    user: User
    properties: Mapping[str, str]


@dataclass(slots=True)
class Story:
    """What one user has to do with one feature: the days on which they find it, and whether they stay."""

    feature: Feature
    found: date
    adopts: bool
    keeps: bool
    keenness: float
    first_use: date | None


@dataclass(slots=True)
class Workday:
    """One user's day: events are noted one after another, each some time after the one before."""

    user: User
    moment: datetime
    draw: Draw

    def note(self, name: str, wait: tuple[int, int]) -> Event:
        """The next event, ``wait`` seconds (least and most) after the last one."""
        self.moment += timedelta(seconds=self.draw.between(*wait))
        return Event(self.moment, name, self.user, properties_of(name, self.draw))


def local_day(moment: datetime) -> date:
    """The day in Folio's time zone of a naive UTC moment."""
    return moment.replace(tzinfo=UTC).astimezone(ZONE).date()


def simulate(seed: int, users: Sequence[User]) -> list[Event]:
    """Everything that happened up to the moment of the export, in order of time."""
    busyness = {day: _busyness(seed, day) for day in _days(FIRST_DAY, LAST_DAY)}
    events = [event for user in users for event in _life(seed, user, busyness) if event.moment < EXPORTED_AT]
    return sorted(events, key=lambda event: event.moment)


def _life(seed: int, user: User, busyness: Mapping[date, float]) -> Iterator[Event]:
    draw = Draw(seed, user.id, "days")
    stories = [_story(seed, user, feature) for feature in FEATURES if feature.eligible(user)]
    for day in _days(max(FIRST_DAY, user.signed_up), min(LAST_DAY, user.left)):
        if user.syncs and draw.chance(0.25):  # a computer left on: nobody is at work
            yield Workday(user, _instant(day, draw.between(0, 1300)), draw).note("sync_completed", (0, 59))
        if draw.chance(_pace(user, day) * busyness[day]):
            yield from _workday(Workday(user, _start(day, draw), draw), day, stories)


def _workday(today: Workday, day: date, stories: Sequence[Story]) -> Iterator[Event]:
    yield today.note("app_opened", (0, 59))
    if today.user.role == "editor":
        yield today.note("document_edited", (60, 900))
    for story in stories:
        yield from _feature(today, day, story)
    if today.user.role == "editor" and today.draw.chance(0.65):
        yield today.note("document_edited", (120, 1800))


def _feature(today: Workday, day: date, story: Story) -> Iterator[Event]:
    if day < story.found:
        return
    roles, draw = story.feature.roles, today.draw
    if story.adopts and draw.chance(_wish(story, day)):
        story.first_use = story.first_use or day
        yield from _use(today, story.feature)
        while draw.chance(story.feature.again):
            yield from _use(today, story.feature)
    elif draw.chance(story.feature.glance):
        yield today.note(roles.exposed, (20, 400))


def _use(today: Workday, feature: Feature) -> Iterator[Event]:
    yield today.note(feature.roles.exposed, (20, 400))
    attempt = today.note(feature.roles.used, (3, 45))
    yield attempt
    if feature.roles.failed and today.draw.chance(feature.fails):
        yield today.note(feature.roles.failed, (1, 30))
    elif attempt.properties.get("results") != "0" and today.draw.chance(feature.works):
        yield today.note(feature.roles.succeeded, (4, 120))


def _wish(story: Story, day: date) -> float:
    """The chance of a use today: the first one comes soon after finding, then habit or fading decide."""
    if story.first_use is None:
        return 0.6
    weeks = (day - story.first_use).days / 7
    return story.feature.use * story.keenness * (1.0 if story.keeps else math.exp(-weeks / story.feature.fade))


def _story(seed: int, user: User, feature: Feature) -> Story:
    draw = Draw(seed, user.id, feature.id)
    pull = PLAN_PULL[user.account.plan] + _account_pull(seed, user.account, feature)
    found = draw.chance(_shifted(feature.found, pull))
    first_sight = max(feature.launched, user.signed_up) + timedelta(days=int(draw.exponential(7 * feature.lag)))
    adopts, keeps = draw.chance(_shifted(feature.adopted, pull)), draw.chance(feature.habit)
    # What was found before the data begin was also tried before: such a user is never new to the feature.
    earlier = first_sight if first_sight < FIRST_DAY else None
    keenness = 0.5 + min(1.5, draw.exponential(0.6))
    return Story(feature, first_sight if found else date.max, adopts, keeps, keenness, earlier)


def _account_pull(seed: int, account: Account, feature: Feature) -> float:
    """Colleagues resemble each other: what one account shares, in log-odds."""
    return 0.45 * Draw(seed, account.id, feature.id).normal()


def _shifted(share: float, pull: float) -> float:
    return 1.0 if share >= 1 else 1 / (1 + math.exp(-math.log(share / (1 - share)) - pull))


def _pace(user: User, day: date) -> float:
    """Everyone is there on the first day, and looks in more often than later during the first week."""
    age = (day - user.signed_up).days
    if age == 0:
        return 20.0
    return min(0.95, user.pace * (1.7 if age < 7 else 1.0))


def _busyness(seed: int, day: date) -> float:
    holidays = 0.9 if AUGUST[0] <= day <= AUGUST[1] else 1.0
    return WEEKDAYS[day.weekday()] * holidays * (1 + 0.05 * Draw(seed, day.isoformat()).normal())


def _start(day: date, draw: Draw) -> datetime:
    return _instant(day, 60 * int(draw.pick(HOURS)) + draw.between(0, 59))


def _instant(day: date, minute: int) -> datetime:
    """Naive UTC of a minute of the local day, whatever the clocks did that night."""
    local = datetime.combine(day, time(minute // 60, minute % 60), ZONE)
    return local.astimezone(UTC).replace(tzinfo=None)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
