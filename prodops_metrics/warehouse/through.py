"""Data through: the last local day of a source that is complete."""

import re
from datetime import date, timedelta

from prodops_metrics.definitions import Source

MINUS_DAYS = re.compile(r"newest_day_minus_(\d+)")


def complete_through(source: Source, newest_day: date) -> date:
    """The last complete local day of a source whose latest event lies on ``newest_day`` (rulings 17).

    By ``complete_through``: that day itself, so many days before it, or the date that stands there.
    """
    rule = source.complete_through
    if isinstance(rule, date):
        return rule
    found = MINUS_DAYS.fullmatch(rule)
    return newest_day - timedelta(days=int(found[1])) if found else newest_day
