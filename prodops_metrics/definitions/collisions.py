"""Names that the warehouse could not tell apart: its columns know no case."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prodops_metrics.definitions.checks.names import differs_in_case, own_parent, two_types
from prodops_metrics.definitions.literals import PropertyType
from prodops_metrics.definitions.places import Node, Spot
from prodops_metrics.definitions.project import lineage
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.sources import Source
from prodops_metrics.definitions.taxonomy import Property


@dataclass(frozen=True, slots=True)
class Declared:
    """A property or attribute with the node that declares it."""

    name: str
    type: PropertyType
    node: Node

    @property
    def spot(self) -> Spot:
        """Where its name stands."""
        return self.node.key or self.node.spot


def declared(properties: Mapping[str, Property], section: Node) -> Iterator[Declared]:
    """The properties of a section, as they were read, with their nodes."""
    return (Declared(name, each.type, section.entries[name]) for name, each in properties.items())


def check_types(properties: Iterable[Declared], report: Report, entity: str = "") -> None:
    """One name has one type, so that it can be one column; reports each later place that says otherwise."""
    seen: dict[str, Declared] = {}
    for each in properties:
        first = seen.setdefault(each.name, each)
        if first.type != each.type:
            place = first.node.named.place
            report.add(each.spot, two_types(each.name, each.type, first.type, place, entity=entity))


def check_case(properties: Iterable[Declared], report: Report) -> None:
    """Names differ in more than their case; reports each later one that does not."""
    seen: dict[str, Declared] = {}
    for each in properties:
        first = seen.setdefault(each.name.lower(), each)
        if first.name != each.name:
            report.add(each.spot, differs_in_case(each.name, first.name, first.spot.place))


def check_attributes(
    sources: Mapping[str, Source | None],
    nodes: Mapping[str, Node],
    parents: Mapping[str, str | None],
    report: Report,
) -> None:
    """The attributes of an entity, inherited ones included, can be columns of one table."""
    known = [(source.entity, nodes[name], source) for name, source in sources.items() if source and source.properties]
    attributes = [
        (entity, each) for entity, node, source in known for each in declared(source.properties, node.entries["properties"])
    ]
    for entity in parents:
        line = lineage(entity, parents)
        check_case((each for owner, each in attributes if owner in line), report)
        check_types((each for owner, each in attributes if owner == entity), report, entity)


def check_parents(entities: Mapping[str, Node], parents: Mapping[str, str | None], report: Report) -> None:
    """No entity is its own parent, directly or by way of others; one report for each circle."""
    seen: set[str] = set()
    for name, node in entities.items():
        line = lineage(name, parents)
        if parents.get(line[-1]) == name and name not in seen:
            seen |= set(line)
            report.add((node.child("parent") or node).spot, own_parent(name))
