"""What goals and experiments say must be able to be true together.

Every rule looks at the fields that could be read; what could not is missing here and reported where it stands.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TypedDict

from prodops_metrics.calendar import DAY
from prodops_metrics.definitions.aims import Change, Days, Guardrail
from prodops_metrics.definitions.checks import aims, experiments, goals
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.fields import Amount
from prodops_metrics.definitions.project import lineage
from prodops_metrics.definitions.scope import MetricFacts, Scope

HUNDRED = 100


class GoalFields(TypedDict, total=False):
    """The fields of a goal that could be read."""

    metric: str
    baseline: Days | None
    target: Amount | None
    change: Change | None
    start: date | None
    by: date | None
    within: timedelta | None
    path: Mapping[date, Amount]
    guardrails: tuple[Guardrail, ...]
    closed: date | None
    learned: str | None


class ExperimentFields(TypedDict, total=False):
    """The fields of an experiment that could be read."""

    entity: str
    variants: Mapping[str, float]
    control: str
    analysis: str
    start: date
    end: date | None
    primary: str
    secondary: tuple[str, ...]
    guardrails: tuple[Guardrail, ...]
    effect: Amount | None


def goal_flaws(fields: GoalFields, scope: Scope | None) -> Iterator[Flaw]:
    """What cannot be true together in a goal."""
    facts = scope.facts.get(fields.get("metric", "")) if scope else None
    yield from _aim(fields)
    yield from _dates(fields)
    yield from _path(fields)
    yield from guardrail_flaws(fields.get("guardrails", ()), fields.get("metric"), scope)
    if fields.get("closed") and "learned" in fields and not fields["learned"]:
        yield goals.closed_without_learning()
    if facts is not None:
        yield from _units(fields, facts)
        yield from _direction(fields, facts)


def _aim(fields: GoalFields) -> Iterator[Flaw]:
    target, change = fields.get("target"), fields.get("change")
    if {"target", "change"} <= set(fields) and (target is None) == (change is None):
        yield goals.one_aim(both=target is not None)
    if change is not None and "baseline" in fields and fields["baseline"] is None:
        yield goals.change_without_baseline()
    for path, amount in _relative(fields):
        if amount.unit == "pp" or (not amount.unit and abs(amount.value) > 1):
            yield aims.relative_in_percent(str(amount), path)
        elif amount.value < -1:
            yield aims.fall_of_more_than_everything(str(amount), path)


def _relative(fields: GoalFields) -> Iterator[tuple[tuple[str, ...], Amount]]:
    """Every amount that is relative to the baseline, with where it stands."""
    change = fields.get("change")
    if change is not None and change.relative is not None:
        yield ("change", "relative"), change.relative
        yield from ((("path", str(day)), amount) for day, amount in fields.get("path", {}).items())


def _dates(fields: GoalFields) -> Iterator[Flaw]:
    baseline, by = fields.get("baseline"), fields.get("by")
    begins = goal_start(fields)
    if {"start", "baseline"} <= set(fields) and begins is None:
        yield goals.no_start()
    if {"by", "within"} <= set(fields) and (by is None) == (fields["within"] is None):
        yield goals.one_deadline(both=by is not None)
    if begins is not None and baseline is not None and baseline.last >= begins:
        yield goals.baseline_after_start(baseline.last, begins)
    if begins is not None and by is not None and by < begins:
        yield goals.over_before_it_starts("by", by, begins)


def goal_start(fields: GoalFields) -> date | None:
    """The first day that counts: as given, or the one after the baseline."""
    baseline = fields.get("baseline")
    return fields.get("start") or (baseline.window.end if baseline else None)


def _path(fields: GoalFields) -> Iterator[Flaw]:
    begins, by, within = goal_start(fields), fields.get("by"), fields.get("within")
    ends = by or (begins + within - DAY if begins and within else None)
    if begins and ends and ends < begins:
        begins = ends = None  # that is the fault to report
    change = fields.get("change")
    for day, amount in fields.get("path", {}).items():
        if (begins and day < begins) or (ends and day > ends):
            yield goals.path_outside(day, begins, ends)
        comparable = change is not None and (change.kind == "relative" or amount.unit == change.amount.unit)
        if change is not None and comparable and _farther(amount, change.amount):
            yield goals.path_beyond_the_aim(day, str(amount), str(change.amount))


def _farther(amount: Amount, aim: Amount) -> bool:
    """Whether a step of a path is more than the whole way, or the other way."""
    return amount.value * aim.value < 0 or abs(amount.value) > abs(aim.value)


def _units(fields: GoalFields, facts: MetricFacts) -> Iterator[Flaw]:
    target, change = fields.get("target"), fields.get("change")
    if target is not None:
        yield from level_flaws(target, facts, ("target",))
        steps = fields.get("path", {}).items()
        yield from (flaw for day, amount in steps for flaw in level_flaws(amount, facts, ("path", str(day))))
    elif change is not None and change.points is not None:
        yield from _points(change.points, facts, ("change", "points"))
        steps = fields.get("path", {}).items()
        yield from (flaw for day, amount in steps for flaw in _points(amount, facts, ("path", str(day))))


def level_flaws(amount: Amount, facts: MetricFacts, path: tuple[str, ...]) -> Iterator[Flaw]:
    """What is wrong with a level of the metric: 30% or 0.30 where it is read in percent, else a bare number."""
    if facts.percent and (amount.unit == "pp" or (not amount.unit and abs(amount.value) > 1)):
        yield aims.level_in_percent(str(amount), path)
    elif not facts.percent and amount.unit:
        yield aims.level_in_its_unit(str(amount), path)


def _points(amount: Amount, facts: MetricFacts, path: tuple[str, ...]) -> Iterator[Flaw]:
    if amount.unit == "%" or (amount.unit and not facts.percent):
        yield aims.points_in_its_unit(str(amount), path, percent=facts.percent)


def _direction(fields: GoalFields, facts: MetricFacts) -> Iterator[Flaw]:
    change = fields.get("change")
    if change is None:
        return
    if facts.higher_is_better is None:
        return
    better = change.amount.value > 0 if facts.higher_is_better else change.amount.value < 0
    if not better:
        yield aims.wrong_way(str(change.amount), ("change", change.kind), higher_is_better=facts.higher_is_better)


def guardrail_flaws(guardrails: tuple[Guardrail, ...], metric: str | None, scope: Scope | None) -> Iterator[Flaw]:
    """What is wrong with the metrics that must not suffer from a goal or experiment about ``metric``."""
    seen = {metric: "the metric itself"} if metric else {}
    for index, guardrail in enumerate(guardrails):
        if guardrail.metric in seen:
            yield goals.guardrail_twice(guardrail.metric, seen[guardrail.metric], index)
        seen.setdefault(guardrail.metric, "a guardrail already")
        facts = scope.facts.get(guardrail.metric) if scope else None
        if guardrail.no_worse_than is not None and facts is not None:
            path = ("guardrails", index, "no_worse_than")
            yield from difference_flaws(guardrail.no_worse_than, facts, path)


def difference_flaws(amount: Amount, facts: MetricFacts, path: tuple[str | int, ...]) -> Iterator[Flaw]:
    """What is wrong with the size of a difference: 0.5pp where the metric is read in percent, else 5% or a number."""
    if (amount.unit != "pp") if facts.percent else (amount.unit == "pp"):
        yield aims.difference_in_its_unit(str(amount), path, percent=facts.percent)
    elif amount.value <= 0:
        yield aims.difference_without_sign(str(amount), path)


def experiment_flaws(fields: ExperimentFields, scope: Scope | None) -> Iterator[Flaw]:
    """What cannot be true together in an experiment."""
    yield from _variants(fields)
    start, end = fields.get("start"), fields.get("end")
    if start is not None and end is not None and end < start:
        yield goals.over_before_it_starts("end", end, start)
    if fields.get("analysis") == "fixed" and "end" in fields and end is None:
        yield experiments.fixed_without_end()
    yield from guardrail_flaws(fields.get("guardrails", ()), fields.get("primary"), scope)
    if scope is not None:
        yield from _effect(fields, scope)
        yield from _assignment(fields, scope)


def _variants(fields: ExperimentFields) -> Iterator[Flaw]:
    variants = fields.get("variants")
    if variants is None:
        return
    total = sum(variants.values())
    if len(variants) < 2:
        yield experiments.one_variant()
    elif not any(abs(total - whole) < 1e-6 * whole for whole in (1, HUNDRED)):
        yield experiments.weights_of_a_whole(total)
    control = fields.get("control")
    if control is not None and control not in variants:
        yield experiments.unknown_control(control, variants)


def _effect(fields: ExperimentFields, scope: Scope) -> Iterator[Flaw]:
    effect, facts = fields.get("effect"), scope.facts.get(fields.get("primary", ""))
    if effect is not None and facts is not None:
        yield from difference_flaws(effect, facts, ("effect",))


def _assignment(fields: ExperimentFields, scope: Scope) -> Iterator[Flaw]:
    """Metrics of what is assigned, or of what sits in it: users of an assigned account, but not the other way round."""
    entity = fields.get("entity")
    named: list[tuple[tuple[str | int, ...], str]] = [(("primary",), fields.get("primary", ""))]
    named += [(("secondary", index), name) for index, name in enumerate(fields.get("secondary", ()))]
    named += [(("guardrails", index, "metric"), each.metric) for index, each in enumerate(fields.get("guardrails", ()))]
    for path, name in named:
        facts = scope.facts.get(name)
        if entity and facts is not None and facts.entity and entity not in lineage(facts.entity, scope.parents):
            yield experiments.metric_of_another_entity(name, facts.entity, entity, path)
