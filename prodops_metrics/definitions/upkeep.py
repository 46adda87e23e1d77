"""What should be looked after: goals that nobody closed, and metrics on their way out."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from prodops_metrics.definitions.catalog import Catalog
from prodops_metrics.definitions.checks.upkeep import goal_left_open, rests_on_deprecated
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.lifecycle import where
from prodops_metrics.definitions.places import Node

Nodes = Mapping[str, Mapping[str, Node]]
Found = Iterator[tuple[Node, Flaw]]


def open_goals(catalog: Catalog, nodes: Nodes, today: date) -> Found:
    """Goals that are over, with the time that they had to hold, and say nothing of what was learned."""
    for name, goal in catalog.goals.items():
        node = nodes["goals"][name]
        if not goal.learned and goal.ends + (goal.hold or timedelta(0)) < today:
            yield node.child("by") or node.child("within") or node, goal_left_open(name, goal.ends)


def out_of_date(catalog: Catalog, nodes: Nodes) -> Found:
    """What names a deprecated metric: goals that are not closed, experiments, and metrics that are not deprecated too."""
    for metric in [each for each in catalog.metrics.values() if each.deprecated is not None]:
        instead = metric.deprecated.replaced_by if metric.deprecated else None
        for dependent in catalog.dependents(metric.id):
            if not _finished(catalog, dependent.kind, dependent.id):
                node = nodes[dependent.kind][dependent.id]
                for name in (metric.id, *metric.aliases):
                    path = where(node, name)
                    if path is not None:
                        flaw = rests_on_deprecated(metric.id, instead, metric.place)
                        yield node, flaw.under(*path)


def _finished(catalog: Catalog, kind: str, name: str) -> bool:
    """Whether a dependent may go on naming what is deprecated: it tells of the past, or tests it."""
    if kind == "goals":
        return catalog.goals[name].closed is not None
    if kind == "metrics":
        return "." in name or catalog.metrics[name].status == "deprecated"
    return kind != "experiments" or catalog.experiments[name].learned is not None
