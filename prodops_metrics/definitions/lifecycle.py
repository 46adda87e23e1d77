"""Whether definitions that are renamed, broken or on their way out still hang together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from prodops_metrics.definitions.checks import lifecycle as checks
from prodops_metrics.definitions.features import Feature
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.positions import EventPosition
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.taxonomy import Event

RETIRED = frozenset({"deprecated", "broken"})
LIVE_STAGES = frozenset({"alpha", "beta", "ga"})
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """The definitions of a project as they were read, None where one is faulty, and the nodes of each kind."""

    events: Mapping[str, Event | None]
    features: Mapping[str, Feature | None]
    metrics: Mapping[str, MetricDefinition | None]
    nodes: Mapping[str, Mapping[str, Node]]


def check_lifecycle(read: Read, report: Report) -> None:
    """Reports every definition that is out of step with its own status, or with that of another."""
    _check_broken(read, report)
    _check_deprecated(read, report)
    _check_circles(read, report)
    retired = {id_: event for id_, event in read.events.items() if event is not None and event.status in RETIRED}
    for model, node in _live(read):
        for path, position in positions(model, node):
            _check_position(node, path, position, retired, report)


def _check_broken(read: Read, report: Report) -> None:
    kinds: tuple[tuple[str, Mapping[str, Event | None] | Mapping[str, MetricDefinition | None]], ...]
    kinds = (("event", read.events), ("metric", read.metrics))
    for word, found in kinds:
        for id_, each in found.items():
            if each is not None and each.status == "broken" and not each.issue:
                report.add_in(read.nodes[word + "s"][id_], checks.broken_without_issue(word))


def _check_deprecated(read: Read, report: Report) -> None:
    for id_, metric in _known(read.metrics):
        node = read.nodes["metrics"][id_]
        if (metric.status == "deprecated") != (metric.deprecated is not None):
            report.add_in(node, checks.deprecated_by_halves(status=metric.status == "deprecated"))
        successor = read.metrics.get(metric.deprecated.replaced_by or "") if metric.deprecated else None
        if successor is not None and successor.id == id_:
            report.add_in(node, checks.circle((id_, id_)).under("deprecated", "replaced_by"))
        elif successor is not None and successor.status in RETIRED:
            flaw = checks.replaced_by_retired(successor.id, successor.status, successor.place)
            report.add_in(node, flaw.under("deprecated", "replaced_by"))


def _check_circles(read: Read, report: Report) -> None:
    """Each circle of formulas is reported once, where the first metric of it names the next."""
    inputs = {id_: metric.rests_on for id_, metric in _known(read.metrics)}
    seen: set[str] = set()
    for id_ in inputs:
        names = circle(id_, inputs)
        if names and not seen & set(names):
            node = read.nodes["metrics"][id_]
            report.add_in(node, checks.circle(names).under(*(where(node, names[1]) or ("type",))))
        seen |= set(names)


def circle(start: str, inputs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The shortest way from a metric back to itself, both ends included; nothing where there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for each in inputs.get(way[-1], ()):
            if each == start:
                return (*way, each)
            if each not in seen:
                seen.add(each)
                ways.append((*way, each))
    return ()


def where(node: Node, text: str) -> Path | None:
    """The way to the first value that is this text."""
    children = node.entries.items() if node.entries else enumerate(node.value if isinstance(node.value, list) else ())
    for step, child in children:
        if child.value == text:
            return (step,)
        if (rest := where(child, text)) is not None:
            return (step, *rest)
    return None


def _live(read: Read) -> Iterator[tuple[BaseModel, Node]]:
    """The metrics and features that people look at now, with their nodes."""
    for id_, metric in _known(read.metrics):
        if metric.status == "active":
            yield metric, read.nodes["metrics"][id_]
    for id_, feature in read.features.items():
        if feature is not None and feature.stage in LIVE_STAGES:
            yield feature, read.nodes["features"][id_]


def _known(metrics: Mapping[str, MetricDefinition | None]) -> Iterator[tuple[str, MetricDefinition]]:
    return ((id_, metric) for id_, metric in metrics.items() if metric is not None)


def positions(value: object, node: Node, path: Path = ()) -> Iterator[tuple[Path, EventPosition]]:
    """Every event position that a definition was written with, and the way to it in its node."""
    if isinstance(value, EventPosition):
        yield path, value
        return
    for step, each in _inside(value):
        child = node.child(step)
        if child is not None:
            yield from positions(each, child, (*path, step))


def _inside(value: object) -> Iterable[tuple[str | int, object]]:
    match value:
        case BaseModel():
            fields = type(value).model_fields.items()
            return [(field.alias or name, getattr(value, name)) for name, field in fields]
        case tuple() | list():
            return list(enumerate(value))
        case Mapping():
            return list(value.items())
    return ()


def _check_position(node: Node, path: Path, position: EventPosition, retired: Mapping[str, Event], report: Report) -> None:
    """A position is out of date where none of its events is still sent as it should be."""
    ids = [match.event for match in position]
    first = retired.get(ids[0] or "")
    if first is not None and all(id_ in retired for id_ in ids):
        report.add_in(node, checks.retired_event(first.id, first.status, first.place).under(*path, *_to_name(node, path)))


def _to_name(node: Node, path: Path) -> Path:
    """The steps from a position to the name of its first event."""
    for step in path:
        node = node.child(step) or node
    steps: list[str | int] = []
    while child := node.child("event" if node.entries else 0):
        steps.append("event" if node.entries else 0)
        node = child
    return tuple(steps)
