"""One unit alone makes much of an event's rows on a day: a robot, a test account, or an id that stands for nobody."""

import polars as pl

from prodops_metrics.reports.dates import day as dated
from prodops_metrics.reports.health.look import Checked, Look, checked, share
from prodops_metrics.reports.health.model import Finding
from prodops_metrics.warehouse.health import RECENT

TITLE = "Much of an event from one unit"
THINGS = "events in the data"
SHARE, LEAST = 0.2, 1000
"""From which share of a day's rows on, and from how many rows of one unit."""


def check(look: Look) -> Checked:
    """Days of the last four weeks on which one of at least thirty units sent a fifth of an event's rows, and 1,000."""
    days = look.days
    first = look.horizon.newest_day - RECENT if look.horizon else None
    units = max(30, look.session.catalog.project.small_sample)
    much = days.filter(
        (pl.col("day") > first) & (pl.col("most") >= LEAST) & (pl.col("units") >= units)
        & (pl.col("most") > SHARE * pl.col("events"))
    )  # fmt: skip
    worst = much.sort("most", descending=True).unique("event", keep="first", maintain_order=True)
    return checked(look.rows, [_finding(look, row) for row in worst.to_dicts()])


def _finding(look: Look, row: dict[str, object]) -> Finding:
    event, most, events, day = str(row["event"]), row["most"], row["events"], row["day"]
    return Finding(
        kind="one_unit",
        subject=event,
        title=TITLE,
        severity="warning",
        what=f"One {look.entity} sent {share(most, events)} of `{event}` on {dated(day)}.",  # type: ignore[arg-type]
        figure=share(most, events),  # type: ignore[arg-type]
        hint="If it is a robot or a test account, exclude it (`exclusions:`); if its id stands for nobody, "
        "add it to the source's `null_values`.",
        touched=look.touching.event(event),
        since=day,  # type: ignore[arg-type]
    )
