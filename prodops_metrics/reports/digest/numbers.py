"""Which cards moved since: by what people did, and by rows that came later for days that were counted before."""

from collections.abc import Iterator
from math import isclose

from prodops_metrics.definitions import Feature
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import Headline, between, headlines_on
from prodops_metrics.reports.digest.kept import Kept, KeptFigure, card_metrics
from prodops_metrics.reports.digest.model import Base, Change
from prodops_metrics.reports.feature import CARDS
from prodops_metrics.reports.figures import window_text
from prodops_metrics.reports.results import Row
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import ABSENT, headline_text, movement_text, n_of_n, number

LEVEL = 0.99
"""A digest looks at many figures at once; at this level one in a hundred moves by chance."""


def moved(session: Session, feature: Feature, base: Base, then: Kept | None) -> Iterator[Change]:
    """The cards of a feature that moved: counted again today, and held against what was kept."""
    for metric_id in card_metrics(session, feature.id):
        metric = session.metric(metric_id)
        through = session.warehouse.horizon(metric).through
        days = sorted({min(base.day, through), through})
        found = headlines_on(session, metric, days, level=LEVEL)
        before, now = found[days[0]], found[days[-1]]
        yield from _behaviour(session, feature, before, now)
        kept = then.figures.get(metric_id) if then else None
        if kept and base.snapshot is not None and kept.meaning == session.catalog.meaning(metric_id):
            yield from _later(session, feature, metric, kept, base.snapshot)


def _behaviour(session: Session, feature: Feature, before: Headline, now: Headline) -> Iterator[Change]:
    """The same data and meaning, two windows: only where the movement between them is clear, or a number came or went."""
    metric, name = now.metric, _name(now.metric, feature)
    if before.window == now.window:
        return
    old, new = (headline_text(metric, one.now) for one in (before, now))
    windows = f"{window_text(metric, before.window)} against {window_text(metric, now.window)}"
    if (before.now.point is None) != (now.now.point is None):
        told = [text if text != ABSENT else "no number" for text in (old, new)]
        yield Change("number", metric.id, name, f"{told[0]} → {told[1]} ({windows}).", features=(feature.id,))
        return
    movement = between(session, metric, (before.window, now.window), level=LEVEL).movement
    if movement.direction in {"up", "down"}:
        good = (movement.direction == "up") == metric.higher_is_better
        said = f"{old} → {new}: {movement_text(metric, movement)} at 99 %."
        counted = f"{n_of_n(metric, now.now)} after {n_of_n(metric, before.now)}; " if metric.divides else ""
        yield Change("number", metric.id, name, said, (f"{counted}{windows}.",), good, (feature.id,))


def _later(session: Session, feature: Feature, metric: Metric, kept: KeptFigure, snapshot: int) -> Iterator[Change]:
    """A figure that today's data count otherwise for the very same days, as far as that can be seen in what is shown."""
    again = between(session, metric, (kept.window, kept.window), level=LEVEL).now
    if (
        _same(kept.point, again.point)
        and _same(kept.numerator, again.numerator)
        and _same(kept.denominator, again.denominator)
    ):
        return
    then = Row(kept.numerator, kept.denominator, 0, kept.point, None, None, complete=True, reason=None)
    first = f"{number(metric, kept.point)} ({n_of_n(metric, then)}) as snapshot {snapshot} counted it"
    now = f"{number(metric, again.point)} ({n_of_n(metric, again)}) now"
    sentence = f"{window_text(metric, kept.window)}: {first}, {now}."
    why = "The definition is the same: rows that came later, or ids that were merged since, moved it."
    yield Change("late", metric.id, _name(metric, feature), sentence, (why,), features=(feature.id,))


def _same(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else isclose(one, other, rel_tol=1e-9)


def _name(metric: Metric, feature: Feature) -> str:
    return f"{CARDS[metric.id.rpartition('.')[2]]} of {feature.name}"
