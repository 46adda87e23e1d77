"""Days as people read them."""

from datetime import date

from prodops_metrics.calendar import Window


def day(value: date | None) -> str:
    """``4 May 2026``; a dash for no day."""
    return "-" if value is None else f"{value.day} {value:%b %Y}"


def span(window: Window) -> str:
    """``21 Oct to 17 Nov 2026``, both days included."""
    first, last = window.start, window.last_day
    if first == last:
        return day(last)
    start = f"{first.day} {first:%b}" if first.year == last.year else day(first)
    return f"{start} to {day(last)}"
