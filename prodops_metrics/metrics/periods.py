"""Calendar periods as whole numbers, so that "two weeks later" is "plus 2" in SQL."""

from prodops_metrics.calendar import WEEKDAYS, Grain, WeekStart

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
    anchor = FIRST_MONDAY + WEEKDAYS.index(week_start) - (7 if week_start != "monday" else 0)
    return f"(date_diff('day', DATE '1969-12-{anchor:02d}', {day}) // 7)"
