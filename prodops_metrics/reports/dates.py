"""Days as people read them."""

from datetime import date, datetime, timedelta

from prodops_metrics.calendar import Window

UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def day(value: date | None) -> str:
    """``4 May 2026``; a dash for no day."""
    return "-" if value is None else f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    """``4 May 2026, 13:30``; a dash for none."""
    return "-" if value is None else f"{day(value)}, {value:%H:%M}"


def span(window: Window) -> str:
    """``21 Oct to 17 Nov 2026``, both days included; with times of day where it has some."""
    if window.timed:
        return f"{day(window.start)} {window.opens:%H:%M} to {day(window.closes)} {window.closes:%H:%M}"
    first, last = window.start, window.last_day
    if last < first:
        return "none yet"
    if first == last:
        return day(last)
    start = f"{first.day} {first:%b}" if first.year == last.year else day(first)
    return f"{start} to {day(last)}"


def length(duration: timedelta) -> str:
    """``7 days``, ``1 day``, ``12 hours``, ``90 minutes``: in the largest unit that leaves no rest."""
    seconds = int(duration.total_seconds())
    unit, size = next((name, size) for name, size in UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def lasting(seconds: float) -> str:
    """``0.4 s``, ``22.5 s``, ``1.77 min``, ``5.2 h``, ``3.1 days``: in the unit that a person would choose."""
    for unit, size, most in (("s", 1, 100), ("min", 60, 100), ("h", 3600, 48)):
        if seconds < most * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86400:,.1f} days"
