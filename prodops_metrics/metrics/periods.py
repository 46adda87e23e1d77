"""Calendar periods as whole numbers, so that "two weeks later" is "plus 2" in SQL."""

from datetime import date

from prodops_metrics.calendar import DAY, WEEKDAYS, Grain, WeekStart

FIRST_MONDAY = 29  # of December 1969: the week in which the epoch lies


def period_number(row: str, grain: Grain, week_start: WeekStart) -> str:
    """SQL that numbers the period a row lies in; periods that follow each other differ by 1.

    The row has the local ``day``; for hours the ``hour`` that a source gives that is asked for ``hours``.
    """
    if grain == "hour":
        return f"{row}.hour"
    day = f"{row}.day"
    if grain == "month":
        return f"(year({day}) * 12 + month({day}))"
    if grain == "day":
        return f"date_diff('day', DATE '1970-01-01', {day})"
    return f"(date_diff('day', DATE '{_first_week(week_start)}', {day}) // 7)"


def period_of(day: date, grain: Grain, week_start: WeekStart) -> int:
    """The number that ``period_number`` gives a day, for periods of whole days."""
    if grain == "month":
        return day.year * 12 + day.month
    return (day - date(1970, 1, 1)) // DAY if grain == "day" else (day - _first_week(week_start)) // (7 * DAY)


def _first_week(week_start: WeekStart) -> date:
    return date(1969, 12, FIRST_MONDAY + WEEKDAYS.index(week_start) - (7 if week_start != "monday" else 0))
