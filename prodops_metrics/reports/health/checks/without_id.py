"""Events that features and metrics count by unit come without the unit's id: they count for nobody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.reports.dates import span
from prodops_metrics.reports.health.look import MUCH, Checked, Look, checked, share
from prodops_metrics.reports.health.model import Finding, Touched
from prodops_metrics.reports.instrumentation import narrowed_roles
from prodops_metrics.reports.spoken import spoken
from prodops_metrics.statistics.intervals import wilson_interval

TITLE = "Events without a unit's id"
THINGS = "events and roles that are counted by unit"
DAYS = 7
NO_WINDOW = Window(date.min, date.min)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Events of a name or of a narrowed role: of each day, how many have no id of an entity, and how many there are."""

    subject: str
    words: str
    entity: str
    touched: Touched
    days: Mapping[date, tuple[int, int]]


def check(look: Look) -> Checked:
    """Rows without an id in the last seven complete days that the event was seen in; failing above what verdicts bear."""
    if look.horizon is None:
        return checked(0, ())
    through = look.horizon.through
    others = [one for one in look.session.catalog.project.entities if one != look.entity]
    counted = [*_counted(look, through), *(each for one in others for each in _of_events(look, one, through))]
    return checked(counted, _findings(look, counted))


def _of_events(look: Look, entity: str, through: date) -> Iterator[_Counted]:
    """The events that numbers of an entity's units rest on."""
    main = entity == look.entity
    events = sorted(look.touching.counted_by_unit(entity, features=main) & look.rows.keys())
    days = look.observed.days(entity).filter((pl.col("day") <= through) & pl.col("event").is_in(events))
    rows = days.partition_by("event", as_dict=True)
    for event in events:
        own = rows[event,].select("day", "without_id", "events").iter_rows() if (event,) in rows else ()
        counts = {day: (missing, total) for day, missing, total in own}
        touched = look.touching.event(event) if main else look.touching.counted(event, entity)
        yield _Counted(event if main else f"{entity}:{event}", f"`{event}`", entity, touched, counts)


def _counted(look: Look, through: date) -> Iterator[_Counted]:
    yield from _of_events(look, look.entity, through)
    of_days: Mapping[date, tuple[int, int]]
    for feature in look.session.catalog.features.values():
        for role, position, of_days in narrowed_roles(look.session, feature, through):
            words = f"the events that are {feature.name} {role} ({spoken(position)})"
            yield _Counted(f"{feature.id}.{role}", words, look.entity, look.touching.feature(feature.id), of_days)


def _findings(look: Look, counted: Sequence[_Counted]) -> Iterator[Finding]:
    limit = look.session.catalog.verdicts.health.without_id
    borne = limit.above if limit else MUCH
    for one in counted:
        window, missing, total = _lately(one.days, look.session.catalog.project.small_sample)
        if missing and (missing > borne * total or (wilson_interval(missing / total, total).low or 0) > MUCH):
            yield Finding(
                kind="without_id",
                subject=one.subject,
                title=TITLE,
                severity="failing" if missing > borne * total else "warning",
                what=f"{share(missing, total)} of {one.words} have no {one.entity} ({span(window)}) and count for nobody.",
                figure=share(missing, total),
                hint=f"Have the product send the id, or map the column that holds it as `{one.entity}` in the source.",
                touched=one.touched,
            )


def _lately(days: Mapping[date, tuple[int, int]], enough: int) -> tuple[Window, int, int]:
    """The last seven days that an event was seen in, or as many more as ``enough`` rows need: without id, and all rows."""
    missing, total, first, last = 0, 0, None, max(days, default=None)
    for day in sorted(days, reverse=True):
        if last and total >= enough and day <= last - timedelta(days=DAYS):
            break
        missing, total, first = missing + days[day][0], total + days[day][1], day
    return (Window(first, last + DAY), missing, total) if first and last and total >= enough else (NO_WINDOW, 0, 0)
