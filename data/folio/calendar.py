"""The days that the sample is about, and Folio's time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
FIRST_DAY = date(2026, 5, 18)  # a Monday
LAST_DAY = date(2026, 11, 17)  # a Tuesday, exported at two in the afternoon: its week and the day itself are incomplete
DATA_THROUGH = LAST_DAY - timedelta(days=1)
HALFWAY = date(2026, 8, 17)


def instant(day: date, minute: int = 0) -> datetime:
    """Naive UTC of a minute of the local day, whatever the clocks did that night."""
    local = datetime.combine(day, time(minute // 60, minute % 60), ZONE)
    return local.astimezone(UTC).replace(tzinfo=None)


EXPORTED_AT = instant(LAST_DAY, 14 * 60)


def local_day(moment: datetime) -> date:
    """The day in Folio's time zone of a naive UTC moment."""
    return moment.replace(tzinfo=UTC).astimezone(ZONE).date()


def days(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())
