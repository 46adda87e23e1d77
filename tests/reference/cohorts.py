"""Retention in plain Python, one unit at a time: slow, and written from the meaning, not the engine."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.reference.answers import Event, Matches

LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30)}


@dataclass(frozen=True)
class Rules:
    """What a retention asks for; see the words of the definition. ``ages`` are (first, last) periods, last None for ever."""

    start: Matches
    returning: Matches
    grain: str
    ages: tuple[tuple[int, int | None], ...]
    first_time: bool = True
    elapsed: bool = False
    minimum: int = 1
    timezone: str = "UTC"

    def clock(self, at: datetime) -> datetime:
        return at.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)

    def period(self, at: datetime) -> datetime:
        """The local hour, day, Monday or first of the month that a moment lies in."""
        clock = self.clock(at)
        if self.grain == "hour":
            return clock.replace(minute=0, second=0, microsecond=0)
        day = clock.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.grain == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.grain == "month" else day

    def between(self, first: datetime, later: datetime) -> int:
        """How many periods one period lies after another."""
        if self.grain == "month":
            return (later.year - first.year) * 12 + later.month - first.month
        return round((later - first) / LENGTHS[self.grain])


def came_back(events: Sequence[Event], rules: Rules) -> dict[datetime, set[int]]:
    """One unit's cohorts, each with the ages (by their first period) at which it came back; 0 is always there."""
    starts = sorted((event for event in events if rules.start(event)), key=lambda event: event.at)
    found: dict[datetime, set[int]] = {}
    for event in starts[:1] if rules.first_time else starts:
        cohort = rules.period(event.at)
        if cohort not in found:
            periods = _periods(events, rules, event, cohort)
            found[cohort] = {0} | {
                first for first, last in rules.ages if any(first <= k <= (last or k) for k in periods if k > 0)
            }
    return found


def _periods(events: Sequence[Event], rules: Rules, start: Event, cohort: datetime) -> set[int]:
    """The periods after a start in which there were enough returns."""
    counted: Counter[int] = Counter()
    for event in events:
        if rules.returning(event) and not rules.elapsed:
            counted[rules.between(cohort, rules.period(event.at))] += 1
        elif rules.returning(event) and event.at >= start.at:
            counted[(event.at - start.at) // LENGTHS[rules.grain]] += 1
    return {period for period, number in counted.items() if number >= rules.minimum}
