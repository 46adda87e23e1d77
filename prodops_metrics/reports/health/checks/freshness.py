"""A source is overdue: its newest event is more than twice as old as the time in which new ones are expected."""

from prodops_metrics.reports.dates import lasting, length
from prodops_metrics.reports.health.look import Checked, Look, checked
from prodops_metrics.reports.health.model import Finding, Freshness

TITLE = "Source that is overdue"
THINGS = "sources that say how often they are expected"


def check(look: Look) -> Checked:
    """Sources with `expected_every` of which nothing new came in twice that time."""
    asked = [one for one in look.freshness if one.expected_every]
    return checked(asked, (_finding(look, one) for one in asked if one.overdue))


def _finding(look: Look, one: Freshness) -> Finding:
    expected = length(one.expected_every) if one.expected_every else ""
    age = lasting(one.age.total_seconds()) if one.age is not None else ""
    came = f"the newest is {age} old" if age else "nothing came yet"
    return Finding(
        kind="freshness",
        subject=one.source,
        title=TITLE,
        severity="failing",
        what=f"`{one.source}` is overdue: something new is expected every {expected}, and {came}.",
        figure=age or "nothing yet",
        hint="Look whether the export runs and where it writes to; then run `prodops refresh`.",
        touched=look.touching.source(look.main_events(one.source)),
        since=one.data_through,
    )
