"""What the numbers mean, in plain Python, one user at a time: slow, and written without looking at the engine."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple


class Event(NamedTuple):
    """One event of one user; ``at`` is naive UTC, ``received`` its place in the order of receipt, 0 where not known."""

    user: str
    name: str
    at: datetime
    group: str = ""
    received: int = 0


Matches = Callable[[Event], bool]


def funnel_depth(
    events: Sequence[Event], steps: Sequence[Matches], window: timedelta | None, starts: tuple[date, date]
) -> int:
    """The most steps that one user's attempts got through; an attempt starts on a day in the half-open ``starts``.

    Later steps come no earlier than the step before, within ``window`` of the first; no event fills two steps.
    """
    best = 0
    for first in range(len(events)):
        if steps[0](events[first]) and starts[0] <= events[first].at.date() < starts[1]:
            limit = None if window is None else events[first].at + window
            best = max(best, 1 + _further(events, steps[1:], {first}, events[first].at, limit))
    return best


def _further(
    events: Sequence[Event], steps: Sequence[Matches], taken: set[int], since: datetime, limit: datetime | None
) -> int:
    best = 0
    for at, event in enumerate(events):
        in_time = event.at >= since and (limit is None or event.at <= limit)
        if steps and at not in taken and in_time and steps[0](event):
            best = max(best, 1 + _further(events, steps[1:], taken | {at}, event.at, limit))
    return best


def active_users(events: Iterable[Event], first: date, last: date) -> set[str]:
    """Users with an event on the days from ``first`` to ``last``, both included."""
    return {event.user for event in events if first <= event.at.date() <= last}


def weekly_cohort(events: Sequence[Event], monday: date) -> set[str]:
    """Users whose first event ever lies in the week that starts on ``monday``."""
    firsts: dict[str, date] = {}
    for event in events:
        day = event.at.date()
        firsts[event.user] = min(day, firsts.get(event.user, day))
    return {user for user, day in firsts.items() if monday <= day < monday + timedelta(days=7)}
