"""Rows of this refresh landed in days that had been called complete: numbers of those days have changed."""

from collections.abc import Iterator

import polars as pl

from prodops_metrics.reports.dates import day
from prodops_metrics.reports.health.look import MUCH, Checked, Look, checked, share
from prodops_metrics.reports.health.model import Finding

TITLE = "Late events"
THINGS = "sources of events"


def check(look: Look) -> Checked:
    """The share of the new events that came late, by source; failing where it is large."""
    sources = [one for one in look.session.catalog.sources.values() if one.kind == "events"]
    return checked(sources, _findings(look))


def _findings(look: Look) -> Iterator[Finding]:
    changes = look.observed.changes
    for source in changes["source"].unique(maintain_order=True):
        own = changes.filter(pl.col("source") == source)
        late = own.filter(pl.col("late"))
        if late.height:
            rows, total = int(late["events"].sum()), int(own["events"].sum())
            first, last = late["day"][0], late["day"][-1]
            which = day(first) if first == last else f"{day(first)} to {day(last)}"
            yield Finding(
                kind="late",
                subject=source,
                title=TITLE,
                severity="failing" if rows > MUCH * total else "warning",
                what=f"{share(rows, total)} new events of `{source}` changed days that had been complete: {which}.",
                figure=share(rows, total),
                hint="If this is how the export works, let the days wait: `complete_through: newest_day_minus_N`.",
                touched=look.touching.source(look.main_events(source)),
                since=first,
            )
