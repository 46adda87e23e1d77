"""Local days, weeks and months: time zones, grains and half-open windows.

A day is a local day of the project's time zone. Dates that people write include both ends; a ``Window`` is
half-open, so ``Window(start, end)`` holds ``start`` and not ``end``. Instants are naive UTC, as stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Grain = Literal["day", "week", "month"]
WeekStart = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

WEEKDAYS: tuple[WeekStart, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Local days from ``start`` up to, not including, ``end``."""

    start: date
    end: date

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
        return Window(self.start - (self.end - self.start), self.start)

    def __str__(self) -> str:
        """Both days as a person would write them, both included."""
        return f"{self.start} to {self.last_day}"


def window_ending(last_day: date, days: int) -> Window:
    """The window of ``days`` local days whose last day is ``last_day``."""
    return Window(last_day + DAY - timedelta(days=days), last_day + DAY)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The project's time zone and first day of the week; every bucket and instant is cut by it."""

    timezone: str
    week_start: WeekStart = "monday"

    def instant(self, day: date) -> datetime:
        """Naive UTC of the first moment of a local day, also where the clocks change at midnight."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.timezone))
        return midnight.astimezone(UTC).replace(tzinfo=None)

    def local_day(self, moment: datetime) -> date:
        """The local day of a naive UTC instant."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).date()

    def floor(self, day: date, grain: Grain) -> date:
        """The first day of the bucket that holds ``day``."""
        if grain == "day":
            return day
        if grain == "month":
            return day.replace(day=1)
        return day - timedelta(days=(day.weekday() - WEEKDAYS.index(self.week_start)) % 7)

    def shift(self, start: date, grain: Grain, steps: int) -> date:
        """The start of the bucket ``steps`` after the bucket that starts at ``start`` (before, if negative)."""
        if grain == "month":
            months = start.year * 12 + start.month - 1 + steps
            return date(months // 12, months % 12 + 1, 1)
        return start + timedelta(days=steps * (7 if grain == "week" else 1))

    def bucket(self, day: date, grain: Grain) -> Window:
        """The whole bucket that holds ``day``."""
        start = self.floor(day, grain)
        return Window(start, self.shift(start, grain, 1))

    def buckets(self, span: Window, grain: Grain) -> Iterator[Window]:
        """Every whole bucket that touches ``span``, in order of time."""
        start = self.floor(span.start, grain)
        while start < span.end:
            end = self.shift(start, grain, 1)
            yield Window(start, end)
            start = end
