"""Local hours, days, weeks and months: time zones, grains and half-open windows.

A day is a local day of the project's time zone. Dates that people write include both ends; a ``Window`` is
half-open, so ``Window(start, end)`` holds ``start`` and not ``end``. Instants are naive UTC, as stored. An hour is one of
the local clock: the one that comes twice when clocks go back is one hour of two, the one that is left out is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Grain = Literal["hour", "day", "week", "month"]
WeekStart = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

WEEKDAYS: tuple[WeekStart, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY, HOUR, INSTANT = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Local days from ``start`` up to, not including, ``end``.

    ``starts`` and ``ends`` are local clock times that cut the first and the last of these days; see ``between``.
    """

    start: date
    end: date
    starts: datetime | None = None
    ends: datetime | None = None

    @property
    def timed(self) -> bool:
        """Whether it begins or ends within a day."""
        return self.starts is not None or self.ends is not None

    @property
    def opens(self) -> datetime:
        """The local clock time that it begins at."""
        return self.starts or datetime.combine(self.start, time())

    @property
    def closes(self) -> datetime:
        """The local clock time that it ends before."""
        return self.ends or datetime.combine(self.end, time())

    @property
    def last_day(self) -> date:
        """The last local day inside the window."""
        return self.end - DAY

    @property
    def days(self) -> int:
        """How many local days the window holds."""
        return (self.end - self.start).days

    def before(self) -> "Window":
        """The window of equal length that ends where this one starts."""
        return between(self.opens - (self.closes - self.opens), self.opens)

    def cut(self, span: "Window") -> "Window":
        """What of it lies in ``span``; the two must touch."""
        return between(max(self.opens, span.opens), min(self.closes, span.closes))

    def __str__(self) -> str:
        """Both ends as a person would write them, both included."""
        return f"{self.opens} to {self.closes - INSTANT}" if self.timed else f"{self.start} to {self.last_day}"


def between(opens: datetime, closes: datetime) -> Window:
    """The window from one local clock time up to, not including, another; of whole days where both are midnights."""
    start, end = opens.date(), (closes - INSTANT).date() + DAY
    starts, ends = (None if moment.time() == time() else moment for moment in (opens, closes))
    return Window(start, max(start, end), starts, ends)


def window_ending(last_day: date, days: int) -> Window:
    """The window of ``days`` local days whose last day is ``last_day``."""
    return Window(last_day + DAY - timedelta(days=days), last_day + DAY)


@lru_cache(8192)
def _moment(timezone: str, clock: datetime) -> datetime:
    """Naive UTC of a local clock time; every question asks for the ends of the same windows again."""
    return clock.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The project's time zone and first day of the week; every bucket and instant is cut by it."""

    timezone: str
    week_start: WeekStart = "monday"

    def instant(self, day: date) -> datetime:
        """Naive UTC of the first moment of a local day, also where the clocks change at midnight."""
        return self.moment(datetime(day.year, day.month, day.day))  # noqa: DTZ001  a local clock time

    def moment(self, clock: datetime) -> datetime:
        """Naive UTC of the first moment at which the local clock shows a time, or would have shown it."""
        return _moment(self.timezone, clock)

    def instants(self, window: Window) -> tuple[datetime, datetime]:
        """Naive UTC of a window's first moment, and of the first after it."""
        return self.moment(window.opens), self.moment(window.closes)

    def hours(self, span: Window) -> Iterator[Window]:
        """Every hour of the local clock that touches ``span``, in order; those that the clocks left out are none."""
        opens = span.opens.replace(minute=0, second=0, microsecond=0)
        while opens < span.closes:
            if self.moment(opens) < self.moment(opens + HOUR):
                yield between(opens, opens + HOUR)
            opens += HOUR

    def local_day(self, moment: datetime) -> date:
        """The local day of a naive UTC instant."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).date()

    def floor(self, day: date, grain: Grain) -> date:
        """The first day of the bucket that holds ``day``, or the beginning of the hour of a clock time."""
        if grain == "hour" and isinstance(day, datetime):
            return day.replace(minute=0, second=0, microsecond=0)
        if grain in {"hour", "day"}:
            return day
        if grain == "month":
            return day.replace(day=1)
        return day - timedelta(days=(day.weekday() - WEEKDAYS.index(self.week_start)) % 7)

    def shift(self, start: date, grain: Grain, steps: int) -> date:
        """The start of the bucket ``steps`` after the bucket that starts at ``start`` (before, if negative).

        Hours are counted on the clock, and are clock times.
        """
        if grain == "hour":
            clock = start if isinstance(start, datetime) else datetime.combine(start, time())
            return clock + steps * HOUR
        if grain == "month":
            months = start.year * 12 + start.month - 1 + steps
            return date(months // 12, months % 12 + 1, 1)
        return start + timedelta(days=steps * (7 if grain == "week" else 1))

    def bucket(self, day: date, grain: Grain) -> Window:
        """The whole bucket that holds ``day``."""
        start = self.floor(day, grain)
        if grain == "hour":
            opens = start if isinstance(start, datetime) else datetime.combine(start, time())
            return between(opens, opens + HOUR)
        return Window(start, self.shift(start, grain, 1))

    def buckets(self, span: Window, grain: Grain) -> Iterator[Window]:
        """Every whole bucket that touches ``span``, in order of time."""
        if grain == "hour":
            yield from self.hours(span)
            return
        start = self.floor(span.start, grain)
        while start < span.end:
            end = self.shift(start, grain, 1)
            yield Window(start, end)
            start = end
