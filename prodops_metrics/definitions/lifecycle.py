"""Whether definitions that are renamed, broken or on their way out still hang together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from prodops_metrics.definitions.checks import lifecycle as checks
from prodops_metrics.definitions.features import ROLES, Feature
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.places import Node, Place
from prodops_metrics.definitions.positions import EventPosition
from prodops_metrics.definitions.reading import names_in
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.taxonomy import Event

RETIRED = frozenset({"deprecated", "broken"})
LIVE_STAGES = frozenset({"alpha", "beta", "ga"})
NAMING = frozenset({"event", "start", "return", *ROLES})
"""The keys that events stand under, wherever a definition asks for one."""
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
    retired = {id_: node for id_, node in read.nodes["events"].items() if status_of(node) in RETIRED}
    for model, node in _live(read):
        for path, names in positions(model, node) if model else unread_positions(node):
            _check_position(node, path, names, retired, report)


def status_of(node: Node) -> str:
    """The word under ``status``, whatever else is wrong with the definition."""
    status = node.child("status")
    return str(status.value) if status else "active"


def _check_broken(read: Read, report: Report) -> None:
    for word in ("event", "metric"):
        for node in read.nodes[word + "s"].values():
            issue = node.child("issue")
            if status_of(node) == "broken" and (issue is None or not issue.value):
                report.add_in(node, checks.broken_without_issue(word))


def _check_deprecated(read: Read, report: Report) -> None:
    nodes = read.nodes["metrics"]
    for id_, node in nodes.items():
        deprecated = node.child("deprecated")
        if (status_of(node) == "deprecated") != (deprecated is not None and deprecated.value is not None):
            report.add_in(node, checks.deprecated_by_halves(status=status_of(node) == "deprecated"))
        named = deprecated.child("replaced_by") if deprecated else None
        name = str(named.value) if named else ""
        metric = read.metrics.get(id_)
        if metric is not None and metric.deprecated is not None:
            name = metric.deprecated.replaced_by or ""  # a former name leads to the id
        if name == id_:
            report.add_in(node, checks.circle((id_, id_)).under("deprecated", "replaced_by"))
        elif name in nodes and status_of(nodes[name]) in RETIRED:
            flaw = checks.replaced_by_retired(name, status_of(nodes[name]), place_of(nodes[name]))
            report.add_in(node, flaw.under("deprecated", "replaced_by"))


def place_of(node: Node) -> Place:
    """Where the id of a definition stands."""
    return (node.key or node.spot).place


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


def _live(read: Read) -> Iterator[tuple[BaseModel | None, Node]]:
    """The metrics and features that people look at now, None where one is faulty, with their nodes."""
    for id_, node in read.nodes["metrics"].items():
        if status_of(node) == "active":
            yield read.metrics.get(id_), node
    for id_, node in read.nodes["features"].items():
        stage = node.child("stage")
        if stage is None or stage.value in LIVE_STAGES:
            yield read.features.get(id_), node


def _known(metrics: Mapping[str, MetricDefinition | None]) -> Iterator[tuple[str, MetricDefinition]]:
    return ((id_, metric) for id_, metric in metrics.items() if metric is not None)


def positions(value: object, node: Node, path: Path = ()) -> Iterator[tuple[Path, list[str | None]]]:
    """Every event position that a definition was written with: the way to it in its node, and the ids of its events."""
    if isinstance(value, EventPosition):
        yield path, [match.event for match in value]
        return
    for step, each in _inside(value):
        child = node.child(step)
        if child is not None:
            yield from positions(each, child, (*path, step))


def unread_positions(node: Node, path: Path = ()) -> Iterator[tuple[Path, list[str | None]]]:
    """The same of a definition that is faulty elsewhere, by the keys that events stand under."""
    for key, child in node.entries.items():
        if key == "steps" and isinstance(child.value, list):
            for index, step in enumerate(child.value):
                yield (*path, key, index), list(names_in(step.raw()))
        elif key in NAMING:
            yield (*path, key), list(names_in(child.raw()))
        else:
            yield from unread_positions(child, (*path, key))


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


def _check_position(node: Node, path: Path, names: list[str | None], retired: Mapping[str, Node], report: Report) -> None:
    """A position is out of date where none of its events is still sent as it should be."""
    if names and all(name in retired for name in names):
        first = str(names[0])
        flaw = checks.retired_event(first, status_of(retired[first]), place_of(retired[first]))
        report.add_in(node, flaw.under(*path, *_to_name(node, path)))


def _to_name(node: Node, path: Path) -> Path:
    """The steps from a position to the name of its first event."""
    for step in path:
        node = node.child(step) or node
    steps: list[str | int] = []
    while child := node.child("event" if node.entries else 0):
        steps.append("event" if node.entries else 0)
        node = child
    return tuple(steps)
