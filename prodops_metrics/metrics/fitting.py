"""What keeps metrics from standing in one formula: each fault at the input that it is about."""

from collections.abc import Iterator, Mapping
from typing import cast

from prodops_metrics.calendar import Grain
from prodops_metrics.definitions import Flaw, FlawedError, Formula, MetricDefinition, check_formula
from prodops_metrics.definitions.checks.formulas import no_formula, unfit_input
from prodops_metrics.metrics.base import AxisValue, Metric
from prodops_metrics.metrics.operands import WHOLE, Input, Operand

Metrics = Mapping[str, MetricDefinition | None]


def unfit(name: str, one: Input, metrics: Metrics) -> Iterator[Flaw]:
    """What keeps one input out of any formula."""
    metric = cast("Metric | None", metrics.get(one.metric))
    if metric is None:
        return
    if not metric.composes:
        message = f"`{one.metric}` is of the type {metric.type}, which cannot stand in a formula"
        yield unfit_input(message, "Its windows are cohorts; name a metric that is counted over time.", "inputs", name)
    elif not metric.axes and one.at is not None:
        yield unfit_input(f"`{one.metric}` has only one number", "Leave out `at`.", "inputs", name, "at")
    elif metric.axes and not _has_place(metric, one.at):
        cure = f"Add `at:`, one of: {', '.join(str(place) for place in metric.axis_values) or '1, 2, 3, …'}"
        yield unfit_input(f"`{one.metric}` has a number for every `{metric.axes[0]}`", cure, "inputs", name)


def _has_place(metric: Metric, at: AxisValue | None) -> bool:
    """Whether a place is on the metric's own axis; where none is said a funnel stands at its last step."""
    if at is None:
        return bool(metric.axis_values) and metric.estimator == "share"
    return at in metric.axis_values if metric.axis_values else isinstance(at, int) and at > 0


def disagreements(operands: Mapping[str, Operand], grain: Grain | None, entity: str | None) -> Iterator[Flaw]:
    """What keeps operands from being counted over the same windows; ``entity`` is that which the formula says it is of."""
    first = next(iter(operands.values()))
    for one in operands.values():
        if one.metric.spans != first.metric.spans or not _has_grain(one.metric, grain):
            cure = "Give all inputs one `grain` or one `window`, or list the grain in their `grains`."
            message = f"`{one.origin}` is not counted over the same windows as `{first.origin}`"
            yield unfit_input(f"{message}{f' by {grain}' if one is first else ''}", cure, "inputs", one.origin)
        if entity not in {None, one.metric.entity}:
            cure = "A formula is about the units of its inputs; leave out `entity`."
            yield unfit_input(f"`{one.origin}` counts {one.metric.entity}s", cure, "entity")
        yield from _uneven(one, grain)


def _has_grain(metric: Metric, grain: Grain | None) -> bool:
    """Whether a metric may be counted by the formula's grain; a rolling one has none."""
    if grain is None or metric.counted_by is None:
        return grain == metric.counted_by
    return grain in {metric.counted_by, *metric.grains}


def _uneven(one: Operand, grain: Grain | None) -> Iterator[Flaw]:
    """Offsets that lead nowhere: from one bucket into the midst of another, or to a time before the beginning."""
    if one.offsets and one.metric.spans[0] != "window":
        cure = "Leave out the offset, or name a metric with a `grain` or a `window`."
        yield unfit_input("what is counted from one beginning on has nothing earlier", cure, "inputs", one.origin, "offset")
    if grain and any(f"{offset.grain}s" not in WHOLE[grain] for offset in one.offsets):
        message = f"the offset does not lead from one {grain} to another"
        yield unfit_input(message, f"Write it in {' or '.join(WHOLE[grain])}.", "inputs", one.origin, "offset")


def nested_too_deep(formula: Formula) -> list[Flaw]:
    """A formula that can be read by itself, but not with those that are its inputs."""
    try:
        check_formula(formula)
    except FlawedError as error:
        words = "with the formulas among its inputs"
        return [no_formula(f"{words} {one.message}").under("formula") for one in error.flaws]
    return []
