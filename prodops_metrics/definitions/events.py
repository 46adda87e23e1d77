"""Reading the taxonomy: events and common properties, checked against each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from prodops_metrics.definitions.checks.names import alias_taken
from prodops_metrics.definitions.collisions import Declared, check_case, check_types, declared
from prodops_metrics.definitions.foreign import ours
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.definitions.part import Part
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.scope import Column, Columns
from prodops_metrics.definitions.taxonomy import Event, Properties, Property
from prodops_metrics.definitions.validation import Reader

PROPERTIES = "properties"


class Common(Part):
    """The properties that all events share."""

    properties: Properties


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Events by id; None where one is faulty, as is ``common`` where a common property is.

    ``columns`` is what conditions on each event may look at; None where that is not known.
    """

    common: Mapping[str, Property] | None
    events: Mapping[str, Event | None]
    columns: Mapping[str, Columns] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def read_taxonomy(properties: Mapping[str, Node], events: Mapping[str, Node], reader: Reader) -> Taxonomy:
    """All events and common properties; their faults go to the report."""
    common = _common(properties, reader)
    found = {id_: reader.read(Event, node, given(id_, node)) for id_, node in events.items()}
    _check_properties(common or {}, properties, found, events, reader.report)
    shared = {name: column_of(node) for name, node in properties.items()}
    columns = {id_: _columns(event, events[id_], shared) for id_, event in found.items()}
    return Taxonomy(common, found, columns, dict(_names(found, events, reader.report)))


def _columns(event: Event | None, node: Node, shared: Mapping[str, Column]) -> Columns:
    own = salvaged(node) if event is None else {name: each.column for name, each in event.properties.items()}
    return None if own is None else {**shared, **own}


def salvaged(node: Node) -> Columns:
    """The properties of a definition that is faulty elsewhere; None where it may declare some that cannot be read."""
    section = next((child for key, child in node.entries.items() if _means_properties(key)), None)
    if section is None:
        unknown = any(child.entries for key, child in node.entries.items() if key not in {"columns", "time"})
        return None if unknown or not node.entries else {}
    return {name: column_of(each) for name, each in section.entries.items()} if section.entries else None


def _means_properties(key: str) -> bool:
    return key == PROPERTIES or bool(ours(key, [PROPERTIES]) or nearest(key, [PROPERTIES]))


def column_of(node: Node) -> Column:
    """A property as conditions see it; of no type where its own definition is faulty."""
    raw = node.raw()
    try:
        return Property.model_validate({"type": raw} if isinstance(raw, str) else raw).column
    except ValidationError:
        return Column()


def given(name: str, node: Node) -> dict[str, object]:
    """The fields of a definition that its place in the file sets."""
    return {"id": name, "place": (node.key or node.spot).place}


def _common(nodes: Mapping[str, Node], reader: Reader) -> Mapping[str, Property] | None:
    if not nodes:
        return {}
    first = next(iter(nodes.values()))
    section = Node(dict(nodes), first.spot, first.key)
    found = reader.read(Common, Node({"properties": section}, first.spot, first.key), {})
    return found.properties if found else None


def _check_properties(
    common: Mapping[str, Property],
    properties: Mapping[str, Node],
    events: Mapping[str, Event | None],
    nodes: Mapping[str, Node],
    report: Report,
) -> None:
    """Over the whole taxonomy, a name has one type and one spelling, so that it can be one column."""
    every = [Declared(name, each.type, properties[name]) for name, each in common.items()]
    for id_, event in events.items():
        every += declared(event.properties, nodes[id_].entries["properties"]) if event and event.properties else ()
        every += readable(nodes[id_]) if event is None else ()
    check_types(every, report)
    check_case(every, report)


def readable(node: Node) -> Iterator[Declared]:
    """The properties of a definition that is faulty elsewhere, with their nodes: those that can be read."""
    section = node.child(PROPERTIES)
    for name, each in (section.entries if section else {}).items():
        column = column_of(each)
        if column.type is not None:
            yield Declared(name, column.type, each)


def _names(events: Mapping[str, Event | None], nodes: Mapping[str, Node], report: Report) -> Iterator[tuple[str, str]]:
    """Every name of every event with its id; a name that two events claim is reported."""
    owner = {id_: id_ for id_ in events}
    for id_, event in events.items():
        yield id_, id_
        for index, alias in enumerate(event.aliases if event else _raw_aliases(nodes[id_])):
            if not alias:
                continue
            if owner.setdefault(alias, id_) == id_:
                yield alias, id_
                continue
            report.add_in(nodes[id_], alias_taken(alias, owner[alias]).under("aliases", index))


def _raw_aliases(node: Node) -> tuple[str, ...]:
    """The aliases of an event that is faulty elsewhere, so that references to them are no faults."""
    aliases = node.child("aliases")
    raw = aliases.raw() if aliases else None
    return tuple(str(each) for each in raw) if isinstance(raw, list) else ()
