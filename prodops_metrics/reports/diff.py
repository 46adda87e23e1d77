"""What a change of the definitions does to the numbers: both versions, on the same snapshot.

For every metric whose meaning changed: in which way, the last complete window, the mean of twelve, the largest change and
when, and what depends on it. What else says something new is named, and edits of words alone are counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import isclose
from pathlib import Path

import polars as pl

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.definitions import Catalog, Contents, MetricDefinition
from prodops_metrics.errors import DefinitionError, ProdopsError, WarehouseError
from prodops_metrics.metrics import Metric, load_catalog
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.reports.answers import REASONS, series
from prodops_metrics.reports.changes import changes
from prodops_metrics.reports.feature import main_series
from prodops_metrics.reports.goals import standing
from prodops_metrics.reports.redefined import Redefinition, former_names, only_words, others, redefined
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.verdict_words import NAMES
from prodops_metrics.reports.verdicts import verdict
from prodops_metrics.warehouse.connection import Warehouse, open_current

POINTS = 12
UNREAD = "needs_refresh"
Pair = tuple[MetricDefinition | None, MetricDefinition | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric under one version: its last complete window with its interval, and the mean of the last twelve.

    ``absent`` says why there is no number; ``unread`` if that is because this version reads the exports otherwise.
    """

    metric: MetricDefinition
    bucket: date | None = None
    point: float | None = None
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    points: Mapping[date, float] = field(default_factory=dict)
    absent: str = ""
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """The window in which two versions differ most."""

    bucket: date
    old: float
    new: float


@dataclass(frozen=True, slots=True)
class MetricChange:
    """A metric that means something else; ``old`` or ``new`` is None where it was added or removed."""

    metric: str
    words: tuple[str, ...]
    old: Figure | None
    new: Figure | None
    largest: Step | None
    dependents: tuple[str, ...]
    flips: tuple[str, ...] = ()
    renamed_from: str | None = None

    @property
    def unread(self) -> bool:
        """Whether one version has no number on this snapshot, as it reads the exports otherwise."""
        return any(figure is not None and figure.unread for figure in (self.old, self.new))

    @property
    def moved(self) -> bool:
        """Whether any number of the last twelve windows is another one, as far as both versions have theirs."""
        if self.old is None or self.new is None:
            return True
        return not self.unread and (not _alike(self.old.points, self.new.points) or self.old.absent != self.new.absent)


@dataclass(frozen=True, slots=True)
class Diff:
    """Two versions of a project's definitions, and what lies between them.

    ``rested`` counts the metrics that both versions have and that mean the same in both; ``redefined`` is what else
    says something new, ``others`` what came, went, is called or stands otherwise, and ``reworded`` names the
    definitions of which only words changed. ``verdicts`` says which features are judged otherwise.
    """

    ref: str
    snapshot: int | None
    data_through: date | None
    changed: tuple[MetricChange, ...]
    rested: int
    reworded: tuple[str, ...]
    others: tuple[str, ...]
    redefined: tuple[Redefinition, ...] = ()
    verdicts: tuple[str, ...] = ()

    @property
    def moved(self) -> tuple[MetricChange, ...]:
        """The changed metrics of which a number moved."""
        return tuple(each for each in self.changed if each.moved)


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the definitions, and the snapshot it is asked on; without one, meanings are compared and no numbers."""

    catalog: Catalog
    warehouse: Warehouse | None


def diff(root: Path, ref: str, before: Contents) -> Diff:
    """The definitions of a project against earlier ones, on the snapshot in force.

    Args:
        root: The project's folder.
        ref: What the earlier ones are called, such as ``main``.
        before: The files of the earlier definitions.

    Raises:
        DefinitionError: today's definitions have faults.
        ProdopsError: the earlier definitions have faults, so that they have no numbers.
    """
    now = _today(root)
    earlier = _earlier(root, ref, before)
    then = Version(earlier, replace(now.warehouse, catalog=earlier) if now.warehouse else None)
    sessions = _sessions(then, now)
    pairs = list(_pairs(then.catalog, now.catalog))
    changed = [(old, new) for old, new in pairs if not _same(old, new, then.catalog, now.catalog)]
    otherwise = tuple(redefined(then.catalog, now.catalog, sessions))
    return Diff(
        ref=ref,
        snapshot=now.warehouse.snapshot if now.warehouse else None,
        data_through=now.warehouse.horizon().through if now.warehouse else None,
        changed=tuple(_change(old, new, then, now) for old, new in changed),
        rested=len(pairs) - len(changed),
        reworded=tuple(only_words(then.catalog, now.catalog)),
        others=tuple(others(then.catalog, now.catalog)),
        redefined=otherwise,
        verdicts=tuple(_verdicts(sessions, _touched(changed, otherwise, then.catalog, now.catalog))) if sessions else (),
    )


def _touched(changed: Iterable[Pair], otherwise: Sequence[Redefinition], then: Catalog, now: Catalog) -> list[str]:
    """The features whose verdicts may be others: all where rules or settings changed, else those it was changed for."""
    if then.verdicts != now.verdicts or any(each.kind == "project" for each in otherwise):
        return list(now.features)
    goals = {now.goals[each.name].metric for each in otherwise if each.kind == "goal"}
    moved = {metric.feature for pair in changed for metric in pair if metric is not None}
    moved |= {now.metrics[name].feature for name in goals} | {each.name for each in otherwise if each.kind == "feature"}
    return [name for name in now.features if name in moved]


def _verdicts(sessions: tuple[Session, Session], features: Iterable[str]) -> Iterable[str]:
    """The features that are judged otherwise under the two versions, where both can be asked."""
    then, now = sessions
    if then.warehouse.stale or now.warehouse.stale:
        return
    for name in features:
        if name not in then.catalog.features:
            continue
        old, new = (verdict(one, one.catalog.feature(name)).state for one in sessions)
        if old != new:
            yield f"verdict on `{name}`: {NAMES[old].lower()} → **{NAMES[new].lower()}**"


def _sessions(then: Version, now: Version) -> tuple[Session, Session] | None:
    if then.warehouse is None or now.warehouse is None:
        return None
    return Session(then.catalog, then.warehouse), Session(now.catalog, now.warehouse)


def _today(root: Path) -> Version:
    catalog = load_catalog(root)
    try:
        return Version(catalog, open_current(catalog))
    except WarehouseError:
        return Version(catalog, None)


def _earlier(root: Path, ref: str, before: Contents) -> Catalog:
    try:
        return load_catalog(root, before)
    except DefinitionError as error:
        message = f"The definitions of {ref} have faults, so they have no numbers to compare with.\n\n{error}"
        raise ProdopsError(message) from error


def _pairs(before: Catalog, after: Catalog) -> Iterable[Pair]:
    """Every metric of either version with itself in the other, also under a former name."""
    found: set[str] = set()
    former = former_names(before, after)
    for new in after.metrics.values():
        old = before.metrics.get(former.get(new.id, new.id))
        found |= {old.id} if old else set()
        yield old, new
    yield from ((old, None) for old in before.metrics.values() if old.id not in found)


def _same(old: MetricDefinition | None, new: MetricDefinition | None, before: Catalog, after: Catalog) -> bool:
    return old is not None and new is not None and before.meaning(old.id) == after.meaning(new.id)


def _change(old: MetricDefinition | None, new: MetricDefinition | None, then: Version, now: Version) -> MetricChange:
    left, right = (_figure(then, old.id) if old else None), (_figure(now, new.id) if new else None)
    name = new.id if new else old.id if old else ""
    words = changes(old, new, then.catalog, now.catalog) if old and new else ("added",) if new else ("removed",)
    catalog = now.catalog if new else then.catalog
    renamed = old.id if old and new and old.id != new.id else None
    depending = tuple(f"{each.kind.removesuffix('s')} {each.id}" for each in catalog.dependents(name))
    known = left and right and not left.unread and not right.unread
    flips = tuple(_flips(name, then, now)) if known else ()
    return MetricChange(name, words, left, right, _largest(left, right), depending, flips, renamed)


def _flips(name: str, then: Version, now: Version) -> Iterable[str]:
    """The goals on a metric that stand elsewhere under the two versions."""
    sessions = _sessions(then, now)
    for goal in now.catalog.goals.values():
        former = then.catalog.goals.get(goal.id)
        if sessions is None or former is None or goal.metric != name:
            continue
        old, new = standing(sessions[0], former), standing(sessions[1], goal)
        if old.state != new.state:
            yield f"goal `{goal.id}`: {old.state} → **{new.state}**"


def _figure(version: Version, name: str) -> Figure:
    """The last complete windows of a metric, in the order of time."""
    metric = version.catalog.metric(name)
    if version.warehouse is None:
        return Figure(metric, absent="no snapshot to ask")
    try:
        frame = _points(Session(version.catalog, version.warehouse), name)
    except ProdopsError as error:
        return Figure(metric, absent=str(error))
    if frame.is_empty() and version.warehouse.stale:  # an open axis has no rows to say it
        return Figure(metric, absent=REASONS["needs_refresh"], unread=True)
    complete = frame.filter(pl.col("complete")).tail(POINTS)
    known = complete.filter(pl.col("point").is_not_null())
    if known.is_empty():
        return Figure(metric, absent=_why(frame), unread=_unread(frame))
    last, points = known.row(-1, named=True), dict(known.select("bucket", "point").iter_rows())
    mean = sum(points.values()) / len(points)
    return Figure(metric, last["bucket"], last["point"], last["low"], last["high"], mean, points)


def _points(session: Session, name: str) -> pl.DataFrame:
    metric = session.metric(name)
    horizon = session.warehouse.horizon(metric)
    return main_series(metric, series(session, metric, Window(_start(metric, horizon), horizon.through + DAY)))


def _start(metric: Metric, horizon: Horizon) -> date:
    """Far enough back for the windows compared, and one more that may be incomplete."""
    grain = metric.counted_by
    if grain is None:
        return horizon.through - (POINTS + 2) * timedelta(weeks=1)
    return horizon.calendar.shift(horizon.calendar.floor(horizon.through, grain), grain, -2 * POINTS)


def _why(frame: pl.DataFrame) -> str:
    reasons = frame["reason"].drop_nulls()
    return REASONS[reasons[-1]] if reasons.len() else "no complete window yet"


def _unread(frame: pl.DataFrame) -> bool:
    reasons = frame["reason"].drop_nulls()
    return bool(reasons.len()) and reasons[-1] == UNREAD


def _alike(old: Mapping[date, float], new: Mapping[date, float]) -> bool:
    """Whether two versions have the same points, up to what adding in another order makes of them."""
    return old.keys() == new.keys() and all(isclose(value, new[at], rel_tol=1e-9) for at, value in old.items())


def _largest(old: Figure | None, new: Figure | None) -> Step | None:
    """Where both have a number, the window in which they differ most; None where they never do.

    Rolling windows that close at different times end on different days: those of one week are held against each other.
    """
    if old is None or new is None:
        return None
    pairs = [(last, _near(old.points, last), value) for last, value in new.points.items()]
    steps = [Step(last, former, value) for last, former, value in pairs if former is not None]
    widest = max(steps, key=lambda step: abs(step.new - step.old), default=None)
    return widest if widest and not isclose(widest.new, widest.old, rel_tol=1e-9) else None


def _near(points: Mapping[date, float], last: date) -> float | None:
    """The point at a date, else the one less than a week from it."""
    near = min(points, key=lambda each: abs(each - last), default=None)
    return points[near] if near is not None and abs(near - last) < timedelta(weeks=1) else None
