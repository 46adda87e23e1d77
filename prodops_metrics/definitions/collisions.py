"""Names that the warehouse could not tell apart: its columns know no case, and its tables are named after entities."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.literals import PropertyType
from prodops_metrics.definitions.places import Node, Spot
from prodops_metrics.definitions.project import lineage
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.sources import Source
from prodops_metrics.definitions.taxonomy import Property

EVENT = "_event"


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


def check_types(properties: Iterable[Declared], cure: str, report: Report) -> None:
    """One name has one type, so that it can be one column; reports each later place that says otherwise."""
    seen: dict[str, Declared] = {}
    for each in properties:
        first = seen.setdefault(each.name, each)
        if first.type != each.type:
            message = f"`{each.name}` is {each.type} here and {first.type} at {first.node.named.place}"
            report.add(each.spot, Flaw("E209", message, cure))


def check_case(properties: Iterable[Declared], report: Report) -> None:
    """Names differ in more than their case; reports each later one that does not."""
    seen: dict[str, Declared] = {}
    for each in properties:
        first = seen.setdefault(each.name.lower(), each)
        if first.name != each.name:
            message = f"`{each.name}` differs only in case from `{first.name}` at {first.spot.place}"
            report.add(each.spot, Flaw("E214", message, "Columns know no case: write both alike, or rename one."))


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
        cure = f"An attribute of `{entity}` has one type in all sources; rename one or agree on the type."
        check_types((each for owner, each in attributes if owner == entity), cure, report)


def check_tables(entities: Mapping[str, Node], report: Report) -> None:
    """No table of an entity is a table of another too."""
    order = list(entities)
    for name in order:
        if name + EVENT in entities:
            first, second = sorted((name, name + EVENT), key=order.index)
            place = entities[first].named.place
            message = f"`{second}` and `{first}` at {place} would both have the table `{name}{EVENT}_days`"
            report.add(entities[second].key or entities[second].spot, Flaw("E215", message, "Rename one of them."))
