"""What rests on a metric: formulas, goals, experiments, tests, work that it replaced, and findings that explain it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from prodops_metrics.definitions.places import Place

if TYPE_CHECKING:
    from prodops_metrics.definitions.catalog import Catalog
    from prodops_metrics.definitions.experiments import Experiment
    from prodops_metrics.definitions.goals import Goal

DependentKind = Literal["metrics", "goals", "experiments", "tests", "work", "insights"]


@dataclass(frozen=True, slots=True)
class Dependent:
    """A definition that rests on a metric, by kind and id, and where it stands."""

    kind: DependentKind
    id: str
    place: Place


def dependents(metric: str, catalog: "Catalog") -> tuple[Dependent, ...]:
    """What rests on a metric, directly or by way of formulas."""
    ids = _with_formulas(metric, catalog)
    metrics = [Dependent("metrics", each.id, each.place) for each in catalog.metrics.values() if each.id in ids - {metric}]
    others = [found for found, uses in _uses(catalog) if not ids.isdisjoint(uses)]
    return (*metrics, *others)


def _with_formulas(metric: str, catalog: "Catalog") -> set[str]:
    """The metric, and all that are made from it."""
    ids, size = {metric}, 0
    while len(ids) > size:
        size = len(ids)
        ids |= {each.id for each in catalog.metrics.values() if not ids.isdisjoint(each.rests_on)}
    return ids


def _uses(catalog: "Catalog") -> Iterator[tuple[Dependent, tuple[str, ...]]]:
    """Every definition that names metrics, with those that it names."""
    for goal in catalog.goals.values():
        yield Dependent("goals", goal.id, goal.place), of_goal(goal)
    for experiment in catalog.experiments.values():
        yield Dependent("experiments", experiment.id, experiment.place), of_experiment(experiment)
    for test in catalog.tests.values():
        yield Dependent("tests", test.id, test.place), (test.metric,)
    for item in catalog.work.values():
        yield Dependent("work", item.id, item.place), (item.replaced_by.metric,) if item.replaced_by else ()
    for insight in catalog.insights.values():
        yield Dependent("insights", insight.id, insight.place), tuple(each.metric for each in insight.supports)


def of_goal(goal: "Goal") -> tuple[str, ...]:
    """The metrics that a goal is judged by."""
    return (goal.metric, *(each.metric for each in goal.guardrails))


def of_experiment(experiment: "Experiment") -> tuple[str, ...]:
    """The metrics that an experiment is read by."""
    return (experiment.primary, *experiment.secondary, *(each.metric for each in experiment.guardrails))
