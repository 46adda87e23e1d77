"""What could be better about definitions that can be used: each function finds one thing, with the node to point at."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from prodops_metrics.definitions import upkeep
from prodops_metrics.definitions.catalog import Catalog
from prodops_metrics.definitions.checks.advice import (
    deprecation_overdue,
    direction_unsaid,
    drops_unknowns,
    event_unused,
    meaning_changed,
    nobody_answers,
    repeats_its_id,
    same_calculation,
)
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.meaning import digest, plain
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.places import Node

OVERDUE = timedelta(days=90)
DESCRIBED = ("events", "features", "metrics", "segments", "goals", "experiments")
USING = ("features", "metrics", "experiments", "standard")
NAMING = ("metrics", "goals", "experiments", "tests", "work", "insights")
WORD = re.compile(r"[^\W_]+")
FILLING = frozenset(WORD.findall("a an and event feature for how is its of on the to was were"))
BAD_NEWS = frozenset(
    WORD.findall(
        "abandoned bounce bounced bounces cancellation cancellations cancelled churn churned complaint complaints conflict "
        "conflicts crash crashed crashes delay delays error errors fail failed fails failure failures latency refund "
        "refunded refunds rejected rollback rollbacks timeout timeouts unsubscribed"
    )
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What advice looks at: the definitions that could be read, as they stand in the files, and those before."""

    catalog: Catalog
    kinds: Mapping[str, Mapping[str, Node]]
    teams: bool
    unread: str
    before: Catalog | None
    today: date

    def own(self) -> Iterator[tuple[MetricDefinition, Node]]:
        """The project's own metrics, with their nodes."""
        for name, node in self.kinds["metrics"].items():
            if name in self.catalog.metrics:
                yield self.catalog.metrics[name], node


Found = Iterator[tuple[Node, Flaw]]


def same_calculations(looked: Looked) -> Found:
    """Own metrics that calculate what another one does."""
    known = {_calculation(metric, looked.catalog): metric for name, metric in looked.catalog.metrics.items() if "." in name}
    for metric, node in looked.own():
        first = known.setdefault(_calculation(metric, looked.catalog), metric)
        if first is not metric and "deprecated" not in {first.status, metric.status}:
            yield _key(node), same_calculation(metric.id, first.id, first.place)


def _calculation(metric: MetricDefinition, catalog: Catalog) -> str:
    return digest(plain(metric, catalog))


def repeated_ids(looked: Looked) -> Found:
    """Descriptions that say no more than the id."""
    for kind in DESCRIBED:
        for name, node in looked.kinds.get(kind, {}).items():
            description = node.child("description")
            if description is not None and isinstance(description.value, str) and _repeats(description.value, name):
                yield description, repeats_its_id(name)


def _repeats(description: str, name: str) -> bool:
    said = {_stem(word) for word in WORD.findall(description.lower())} - FILLING
    return bool(said) and said <= {_stem(word) for word in WORD.findall(name.replace("_", " "))}


def _stem(word: str) -> str:
    return word.removesuffix("s")


def unused_events(looked: Looked) -> Found:
    """Active events that stand nowhere else."""
    used = {word for kind in USING for node in looked.kinds.get(kind, {}).values() for word in _words(node)}
    nodes = looked.kinds["events"]
    for name, event in looked.catalog.events.items():
        names = {name, *event.aliases}
        if (
            event.status == "active"
            and name in nodes
            and not names & used
            and not any(each in looked.unread for each in names)
        ):
            yield _key(nodes[name]), event_unused(name)


def _words(node: Node) -> Iterator[str]:
    if isinstance(node.value, str):
        yield node.value
    for child in node.value if isinstance(node.value, list) else node.entries.values():
        yield from _words(child)


def silent_changes(looked: Looked) -> Found:
    """Active metrics whose own calculation is another than before, with the same note or none."""
    if looked.before is None:
        return
    earlier = looked.before.metrics
    for metric, node in looked.own():
        was = next((earlier[name] for name in (metric.id, *metric.aliases) if name in earlier), None)
        if was is None or metric.status != "active" or metric.change_note != was.change_note:
            continue
        if keys := _changed(was, metric, looked.before):
            yield _key(node), meaning_changed(metric.id, keys)


def _changed(was: MetricDefinition, now: MetricDefinition, catalog: Catalog) -> list[str]:
    """The keys in which two metrics differ; what they rest on is that of one catalog, as it is not theirs to explain."""
    old, new = (plain(metric.model_copy(update={"eligible": None}), catalog) for metric in (was, now))
    if not isinstance(old, dict) or not isinstance(new, dict):
        return []
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return ["filter" if key == "condition" else key.rstrip("_") for key in changed]


def overdue_deprecations(looked: Looked) -> Found:
    """Metrics that have been deprecated for more than three months."""
    for metric, node in looked.own():
        since = metric.deprecated.since if metric.deprecated else None
        at = node.child("deprecated")
        if since is not None and at is not None and since + OVERDUE < looked.today:
            users = [
                name for kind in NAMING for name, other in looked.kinds.get(kind, {}).items() if metric.id in _words(other)
            ]
            yield at.child("since") or at, deprecation_overdue(metric.id, since, users)


def _users(metric: str, looked: Looked) -> list[str]:
    """What names a metric."""
    nodes = (pair for kind in NAMING for pair in looked.kinds.get(kind, {}).items())
    return [name for name, node in nodes if metric in _words(node)]


def dropped_unknowns(looked: Looked) -> Found:
    """Conditions in SQL that drop rows without the property that they look at."""
    for kind in ("features", "metrics", "segments"):
        for node in looked.kinds.get(kind, {}).values():
            yield from _dropped(node)


def _dropped(node: Node) -> Found:
    for key, child in node.entries.items():
        if key == "where" and isinstance(child.value, str):
            from prodops_metrics.definitions.unknowns import dropping  # which loads a grammar of SQL

            for found in dropping(child.value):
                flaw = drops_unknowns(found.text, found.column, found.instead)
                yield child, flaw.part(found.start, found.length)
        else:
            yield from _dropped(child)
    if isinstance(node.value, list):
        for child in node.value:
            yield from _dropped(child)


def without_owner(looked: Looked) -> Found:
    """Active metrics that no team answers for, in a project that has teams."""
    if not looked.teams:
        return
    for metric, node in looked.own():
        if metric.status == "active" and metric.owner is None:
            yield _key(node), nobody_answers(metric.id)


def unsaid_directions(looked: Looked) -> Found:
    """Metrics whose id sounds like bad news, and that do not say which way is better."""
    for metric, node in looked.own():
        words = [word for word in metric.id.split("_") if word in BAD_NEWS]
        if words and node.child("higher_is_better") is None:
            yield _key(node), direction_unsaid(metric.id, words[0])


def open_goals(looked: Looked) -> Found:
    """Goals that are over, and say nothing of what was learned."""
    return upkeep.open_goals(looked.catalog, looked.kinds, looked.today)


def out_of_date(looked: Looked) -> Found:
    """What names a deprecated metric."""
    return upkeep.out_of_date(looked.catalog, looked.kinds)


def _key(node: Node) -> Node:
    """The node as its key, which is what advice about the whole of it points at."""
    return Node(None, node.key or node.spot)


ADVICE: tuple[Callable[[Looked], Found], ...] = (
    same_calculations,
    repeated_ids,
    unused_events,
    silent_changes,
    overdue_deprecations,
    dropped_unknowns,
    without_owner,
    unsaid_directions,
    open_goals,
    out_of_date,
)
