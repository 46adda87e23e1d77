"""An event has gone quiet, or comes twice as often as its own history of the same weekday would have it.

Each event is judged on the last complete day, with at most 1 false alarm in 1,000 event-days; what survives Holm's
correction over all events is failing. Where most events of a source move the same way, the source is told and not each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from prodops_metrics.calendar import DAY
from prodops_metrics.reports.dates import day as dated
from prodops_metrics.reports.health.look import Checked, Look, checked
from prodops_metrics.reports.health.model import Finding, Severity
from prodops_metrics.statistics.segments import holm
from prodops_metrics.statistics.volumes import ALPHA, NEEDED, judged

TITLE = "Event that has gone quiet or doubled"
THINGS = "events with a history of six weeks"
LOOKED_BACK = timedelta(days=140)
SURE = 0.05
MANY, MOST = 5, 0.5
"""From so many events of a source on, and where more than this share of them moves, it is the source that moved."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """An event on the last complete day: how often it came, was expected to come, and since when it has been surprising."""

    event: str
    source: str
    day: date
    count: float
    expected: float
    p: float
    raised: float
    since: date | None

    @property
    def quiet(self) -> bool:
        """Whether it came too rarely."""
        return self.count < self.expected


def check(look: Look) -> Checked:
    """Every event of the data on the last complete day of its source."""
    found = _judged(look)
    told = [one for one in found if one.since]
    whole = [group for group in _of_sources(found) if group]
    grouped = {one.event for group in whole for one in group}
    single = (_finding(look, one) for one in told if one.event not in grouped)
    return checked(found, [*(_of_source(look, group) for group in whole), *single])


def _judged(look: Look) -> list[Surprise]:
    """Every event that can be judged; ``since`` where it is a surprise."""
    days, found = look.days, []
    for source, through in _throughs(look).items():
        events = look.main_events(source)
        rows = days.filter(
            pl.col("event").is_in(events) & (pl.col("day") <= through) & (pl.col("day") > through - LOOKED_BACK)
        )
        names, counts = _table(look, rows, events, through)
        result = judged(counts) if len(names) and counts.shape[1] >= NEEDED else None
        known = [at for at in range(len(names)) if result is not None and not np.isnan(result.p[at])]
        if result is None or not known:
            continue
        raised = dict(zip(known, holm([float(result.p[at]) for at in known]), strict=True))
        first = through - DAY * (counts.shape[1] - 1)
        for at in known:
            since = first + DAY * int(result.since[at]) if result.surprising[at] else None
            expected, p = float(result.expected[at]), float(result.p[at])
            found.append(Surprise(names[at], source, through, float(counts[at, -1]), expected, p, raised[at], since))
    return found


def _throughs(look: Look) -> Mapping[str, date]:
    return {one.source: one.data_through for one in look.freshness if one.kind == "events" and one.data_through}


def _table(look: Look, rows: pl.DataFrame, events: Sequence[str], through: date) -> tuple[list[str], np.ndarray]:
    """Daily counts, a row for each event; NaN before its first day."""
    if rows.is_empty():
        return [], np.zeros((0, 0))
    oldest = rows["day"].min()
    assert isinstance(oldest, date)
    names, size = sorted(events), (through - oldest).days + 1
    counts, places = np.zeros((len(names), size)), {name: at for at, name in enumerate(names)}
    for event, day, count in rows.select("event", "day", "events").iter_rows():
        counts[places[event], (day - oldest).days] = count
    for name, at in places.items():
        counts[at, : max((look.first_seen[name] - oldest).days, 0)] = np.nan
    return names, counts


def _of_sources(found: Sequence[Surprise]) -> Iterator[list[Surprise]]:
    """Those that moved the same way, for each source and direction in which most of its events did."""
    for source in dict.fromkeys(one.source for one in found):
        own = [one for one in found if one.source == source and (one.expected >= 1 or one.since)]
        for quiet in (True, False):
            moved = [one for one in own if one.since and one.quiet == quiet]
            if len(moved) >= MANY and len(moved) > MOST * len(own):
                yield moved


def _finding(look: Look, one: Surprise) -> Finding:
    severity: Severity = "failing" if one.raised < SURE else "warning"
    how = "has gone quiet" if one.quiet else "comes far more often than usual"
    return Finding(
        kind="volume",
        subject=one.event,
        title=TITLE,
        severity=severity,
        what=f"`{one.event}` {how}: {one.count:,.0f} rows on {dated(one.day)}, about {one.expected:,.0f} on such a weekday.",
        figure=_times(one.count, one.expected),
        hint="Look at what was released, at exports that are missing or came twice, and at holidays. "
        f"By chance alone this is said of 1 event in {1 / ALPHA:,.0f} a day at most.",
        touched=look.touching.event(one.event),
        since=one.since,
    )


def _of_source(look: Look, moved: Sequence[Surprise]) -> Finding:
    one, count, expected = moved[0], sum(each.count for each in moved), sum(each.expected for each in moved)
    how = "have gone quiet" if one.quiet else "come far more often than usual"
    names = ", ".join(f"`{each.event}`" for each in sorted(moved, key=lambda each: -each.expected)[:3])
    return Finding(
        kind="volume",
        subject=f"source {one.source}",
        title=TITLE,
        severity="failing",
        what=f"{len(moved)} events of source `{one.source}` {how} together, among them {names}: {count:,.0f} rows on "
        f"{dated(one.day)}, about {expected:,.0f} on such a weekday.",
        figure=_times(count, expected),
        hint="A whole source that moves is likely an export that is incomplete or came twice, or a holiday.",
        touched=look.touching.source(each.event for each in moved),
        since=min(each.since for each in moved if each.since),
    )


def _times(count: float, expected: float) -> str:
    return f"{count:,.0f} instead of {expected:,.0f}"
