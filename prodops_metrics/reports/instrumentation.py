"""Which checks of a feature's instrumentation fail, week by week, and since when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from prodops_metrics.calendar import DAY, Window, window_ending
from prodops_metrics.definitions import EventPosition, Feature
from prodops_metrics.definitions.features import ROLES, used_or_failed
from prodops_metrics.definitions.verdicts import Health, Verdicts
from prodops_metrics.metrics.instrumentation import events_by_day, using_units
from prodops_metrics.metrics.windows import SETTLING
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.spoken import spoken

USER = "user"
WEEK = timedelta(days=7)
Counts = tuple[int, int]
"""How many are wrong, and of how many."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A check that fails: ``wrong`` of ``total`` of ``event`` in ``window``, more than ``limit``, ``since`` a local day."""

    check: str
    event: str
    wrong: int
    total: int
    limit: float
    since: date
    window: Window

    @property
    def share(self) -> float | None:
        """The part that is wrong; None where nothing came at all."""
        return self.wrong / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class _Checked:
    """A feature over judged weeks, each by its last day, the newest last."""

    session: Session
    feature: Feature
    verdicts: Verdicts
    days: Sequence[date]

    @property
    def health(self) -> Health:
        return self.verdicts.health

    @property
    def entity(self) -> str:
        entities = self.session.catalog.project.entities
        return USER if USER in entities else next(iter(entities))

    @property
    def first_day(self) -> date:
        return self.session.warehouse.horizon().first_day

    @property
    def enough(self) -> int:
        return self.session.catalog.project.small_sample

    def roles(self) -> Mapping[str, EventPosition]:
        """The roles that the feature declares, each position once; attempts only where they are not made of the others."""
        found: dict[str, EventPosition] = {}
        for role in ROLES:
            position = getattr(self.feature, role)
            if position is not None and position not in (*found.values(), used_or_failed(found)):
                found[role] = position
        return found

    def by_day(self) -> Mapping[str, Mapping[date, Counts]]:
        """Of each role, how many events of a day have no unit, and how many there are."""
        roles = self.roles()
        span = Window(self.first_day, self.days[-1] + DAY)
        rows = self.session.warehouse.answer(events_by_day(roles, span, self.session.catalog, self.entity))
        found: dict[str, dict[date, Counts]] = {role: {} for role in roles}
        for role, day, missing, events in rows.iter_rows():
            found[role][day] = (missing, events)
        return found


def suspicions(
    session: Session, feature: Feature, verdicts: Verdicts, days: Sequence[date]
) -> Mapping[date, tuple[Suspicion, ...]]:
    """What fails in the week that ends on each of these days; checks that the rules do not name are left out."""
    checked = _Checked(session, feature, verdicts, days)
    if not days or not checked.roles() or session.warehouse.stale:
        return dict.fromkeys(days, ())
    by_day = checked.by_day()
    found = [*_never_seen(checked, by_day), *_without_id(checked, by_day), *_unexposed(checked)]
    return {day: tuple(one for at, one in found if at == day) for day in days}


def narrowed_roles(
    session: Session, feature: Feature, through: date
) -> Iterator[tuple[str, EventPosition, Mapping[date, Counts]]]:
    """The roles of a feature that are narrowed by a condition: of each day's events, how many have no unit, and of how many.

    What the others count is written down for each event by every refresh.
    """
    narrowed = [role for role in ROLES if any(match.condition for match in getattr(feature, role) or ())]
    if not narrowed or session.warehouse.stale:
        return
    checked = _Checked(session, feature, session.catalog.verdicts, (through,))
    by_day, roles = checked.by_day(), checked.roles()
    yield from ((role, roles[role], by_day[role]) for role in narrowed if role in roles)


def _never_seen(checked: _Checked, by_day: Mapping[str, Mapping[date, Counts]]) -> Iterator[tuple[date, Suspicion]]:
    since = max(checked.first_day, checked.feature.launched or checked.first_day)
    for role, position in checked.roles().items():
        first = min(by_day[role], default=None)
        for day in checked.days if role in checked.health.never_seen else ():
            if first is None or first > day:
                window = Window(checked.first_day, day + DAY)
                yield day, Suspicion("Declared and never seen", spoken(position), 0, 0, 0.0, since, window)


def _without_id(checked: _Checked, by_day: Mapping[str, Mapping[date, Counts]]) -> Iterator[tuple[date, Suspicion]]:
    limit = checked.health.without_id
    for role, position in checked.roles().items() if limit else ():
        name = f"Events without {checked.entity}"
        of_days, failing_since = by_day[role], None
        for day in checked.days if limit else ():
            window = window_ending(day, WEEK.days)
            wrong, total = _added(of_days, window)
            if total < checked.enough:
                continue
            if limit is None or wrong <= limit.above * total:
                failing_since = None
                continue
            failing_since = failing_since or _jump(of_days, window, limit.above)
            yield day, Suspicion(name, spoken(position), wrong, total, limit.above, failing_since, window)


def _added(of_days: Mapping[date, Counts], window: Window) -> Counts:
    inside = [of_days.get(window.start + at * DAY, (0, 0)) for at in range(window.days)]
    return sum(wrong for wrong, _ in inside), sum(total for _, total in inside)


def _jump(of_days: Mapping[date, Counts], week: Window, limit: float) -> date:
    """The first of the days up to the end of a failing week from which on all of them fail."""
    since, day = week.start, week.last_day
    while day > week.start - WEEK:
        wrong, total = of_days.get(day, (0, 0))
        if total and wrong <= limit * total:
            break
        since = day if total else since
        day -= DAY
    return since


def _unexposed(checked: _Checked) -> Iterator[tuple[date, Suspicion]]:
    limit, feature = checked.health.using_without_exposed, checked.feature
    if limit is None or feature.used is None or feature.exposed is None:
        return
    known_since = checked.first_day if _launched_within(checked) else checked.first_day + SETTLING
    windows = {day: window_ending(day, checked.verdicts.window.days) for day in checked.days}
    asked = [day for day, window in windows.items() if window.start >= known_since]
    if not asked:
        return
    query = using_units(
        feature.used, feature.exposed, [windows[day] for day in asked], checked.session.catalog, checked.entity
    )
    counts = {asked[at]: (wrong, total) for at, total, wrong in checked.session.warehouse.answer(query).iter_rows()}
    since = None
    for day in asked:
        wrong, total = counts.get(day, (0, 0))
        if total < checked.enough or wrong <= limit.above * total:
            since = None
            continue
        since = since or day
        event = f"{checked.entity}s with {spoken(feature.used)}"
        yield day, Suspicion("Used without being shown it", event, wrong, total, limit.above, since, windows[day])


def _launched_within(checked: _Checked) -> bool:
    return checked.feature.launched is not None and checked.feature.launched >= checked.first_day
