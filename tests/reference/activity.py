"""What the figures about use mean, in plain Python, one unit at a time: slow, and written without looking at the engine.

Events are those of ``tests.reference.answers``: naive UTC, in a project of that time zone whose weeks start on Monday.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import floor

from tests.reference.answers import Event

Days = tuple[date, date]
"""First and last day, both included."""


def within(events: Iterable[Event], days: Days) -> list[Event]:
    """The events on these days."""
    return [event for event in events if days[0] <= event.at.date() <= days[1]]


def by_user(events: Iterable[Event]) -> Mapping[str, list[Event]]:
    """Each user's events; those of nobody left out."""
    found = defaultdict(list)
    for event in events:
        if event.user:
            found[event.user].append(event)
    return found


def quantile(values: Sequence[float], at: float) -> float | None:
    """The value at a share of the way through the ordered values, interpolated between two."""
    if not values:
        return None
    ordered, place = sorted(values), (len(values) - 1) * at
    below = ordered[floor(place)]
    above = ordered[min(floor(place) + 1, len(ordered) - 1)]
    return below + (above - below) * (place - floor(place))


def active_intervals(
    events: Iterable[Event], days: Days, interval: str, count: int = 1, least: int = 1
) -> Mapping[str, int]:
    """In how many intervals of the range each user had at least so many events; ``count`` intervals are one."""
    first = _number(datetime.combine(days[0], datetime.min.time()), interval)
    found: dict[str, int] = {}
    for user, own in by_user(within(events, days)).items():
        groups = Counter((_number(event.at, interval) - first) // count for event in own)
        active = sum(1 for events_in in groups.values() if events_in >= least)
        if active:
            found[user] = active
    return found


def intervals_in(days: Days, interval: str, count: int = 1) -> int:
    """How many intervals the range touches, ``count`` of them taken as one."""
    last = _number(datetime.combine(days[1], datetime.max.time()), interval)
    first = _number(datetime.combine(days[0], datetime.min.time()), interval)
    return (last - first) // count + 1


def states(events: Iterable[Event], week: date) -> Mapping[str, int]:
    """How many users are new, returning, resurrected and dormant in the week that starts on this Monday."""
    found = Counter({"new": 0, "returning": 0, "resurrected": 0, "dormant": 0})
    for own in by_user(events).values():
        weeks = {_number(event.at, "week") for event in own}
        now = _number(datetime.combine(week, datetime.min.time()), "week")
        if now in weeks:
            seen = "returning" if now - 1 in weeks else "resurrected"
            found["new" if min(weeks) == now else seen] += 1
        elif now - 1 in weeks:
            found["dormant"] += 1
    return found


def lifetimes(starts: Iterable[Event], uses: Iterable[Event], days: Days, through: date) -> list[tuple[float, bool]]:
    """For everyone whose first start lies in the range: days until the first use, or until the data ends, and whether."""
    done = {user: min(event.at for event in own) for user, own in by_user(uses).items()}
    end, found = datetime.combine(through + timedelta(days=1), datetime.min.time()), []
    for user, own in by_user(starts).items():
        began = min(event.at for event in own)
        first = done.get(user)
        if not days[0] <= began.date() <= days[1] or began >= end or (first is not None and first < began):
            continue
        happened = first is not None and first < end
        until = first if happened and first is not None else end
        found.append(((until - began).total_seconds() / 86400, happened))
    return found


def waiting(lives: Sequence[tuple[float, bool]], time: float) -> float:
    """The share that has not done it by a time, by Kaplan and Meier."""
    share = 1.0
    for moment in sorted({lasted for lasted, happened in lives if happened and lasted <= time}):
        at_risk = sum(1 for lasted, _ in lives if lasted >= moment)
        share *= 1 - sum(1 for lasted, happened in lives if happened and lasted == moment) / at_risk
    return share


def median_time(lives: Sequence[tuple[float, bool]]) -> float | None:
    """The first time by which half have done it."""
    times = sorted({lasted for lasted, happened in lives if happened})
    return next((time for time in times if waiting(lives, time) <= 0.5 + 1e-12), None)


def _number(at: datetime, interval: str) -> int:
    """Intervals that follow each other have numbers that do."""
    days = (at.date() - date(1970, 1, 5)).days  # a Monday
    if interval == "month":
        return at.year * 12 + at.month
    return {"hour": days * 24 + at.hour, "day": days, "week": days // 7}[interval]
