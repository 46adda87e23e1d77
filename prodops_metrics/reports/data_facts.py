"""Definitions held against the data: what was declared and never came, and what came and was not declared."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from prodops_metrics.definitions import Catalog, Condition, EventPosition, Fault, Flaw, Inspection, Property
from prodops_metrics.definitions.checks.data import (
    event_without_rows,
    matches_nothing,
    never_filled,
    not_of_its_type,
    required_but_missing,
    unplanned_event,
    value_never_seen,
    value_outside_enum,
)
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.subjects import conditions
from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse.connection import open_current
from prodops_metrics.warehouse.facts import Facts, Filled, Wanted

Path = tuple[str | int, ...]
NARROWED = ("features", "metrics", "segments", "experiments")
AT_REST = frozenset({"broken", "deprecated"})
"""Definitions of which nobody expects that the data agrees with them."""


def against_data(found: Inspection, catalog: Catalog) -> tuple[Fault, ...]:
    """What the snapshot in force says of the definitions, as advice at their places.

    Raises:
        WarehouseError: there is no snapshot, or it was built by other definitions.
    """
    warehouse = open_current(catalog)
    try:
        if warehouse.stale:
            raise WarehouseError(
                "The snapshot was built by other definitions, so these cannot be held against it. Run `prodops refresh`."
            )
        return _Against(found, catalog, Facts(warehouse)).faults()
    finally:
        warehouse.close()


@dataclass(frozen=True, slots=True)
class _Against:
    """One look at the data; what is found grows in ``report``."""

    found: Inspection
    catalog: Catalog
    facts: Facts
    report: Report = field(default_factory=Report)

    def faults(self) -> tuple[Fault, ...]:
        self.report.texts.update(self.found.report.texts)
        rows = self._events()
        self._properties(rows)
        self._attributes()
        self._conditions(rows)
        return tuple(self.report.faults())

    def _nodes(self, kind: str) -> Mapping[str, Node]:
        return self.found.files.kinds.get(kind, {})

    def _events(self) -> Counter[str]:
        """How many rows each event has; those without any, and those that are nobody's, are reported."""
        known = self.catalog.events
        frame = self.facts.event_rows()
        rows = Counter[str]()
        for event, _, count in frame.iter_rows():
            rows[event] += count
        written = self._nodes("events")
        silent = [name for name in written if name in known and known[name].status == "active" and not rows[name]]
        strange = [name for name in rows if name not in known]
        for name in silent:
            self.report.add_in(self._nodes("events")[name], event_without_rows(name, strange))
        for event, source, count in frame.iter_rows():
            if event not in known and source in self._nodes("sources"):
                self.report.add_in(self._nodes("sources")[source], unplanned_event(event, count, silent))
        return rows

    def _properties(self, rows: Mapping[str, int]) -> None:
        # What sources of releases and feedback bring by themselves is declared nowhere; refreshes judge its rows.
        written = self._nodes("events")
        came = [self.catalog.events[name] for name in written if rows.get(name) and name in self.catalog.events]
        came = [event for event in came if event.status not in AT_REST]
        wanted: Wanted = {None: self.catalog.properties, **{event.id: event.properties for event in came}}
        for (event, name), filled in self.facts.properties(wanted).items():
            node = self._nodes("properties")[name] if event is None else self._nodes("events")[event]
            path = () if event is None else ("properties", name)
            self._add(node, path, _flaws(name, wanted[event][name], filled))

    def _attributes(self) -> None:
        for source in self.catalog.sources.values():
            found = self.facts.attributes(source.id) if source.kind == "units" else {}
            for name, filled in found.items():
                flaws = _flaws(name, source.properties[name], filled)
                self._add(self._nodes("sources")[source.id], ("properties", name), flaws)

    def _add(self, node: Node, path: Path, flaws: Iterable[Flaw]) -> None:
        for flaw in flaws:
            self.report.add_in(node, flaw.under(*path))

    def _conditions(self, rows: Mapping[str, int]) -> None:
        """Reports every condition that nothing in the data fulfils."""
        for definition, node in self._narrowed():
            entities, own = self.catalog.project.entities, getattr(definition, "entity", None)
            entity = own if isinstance(own, str) and own in entities else next(iter(entities))
            for spot, subject in conditions(definition, node):
                if nothing := self._nothing(subject, entity, rows):
                    self.report.add(spot, matches_nothing(nothing))

    def _narrowed(self) -> Iterator[tuple[BaseModel, Node]]:
        """The definitions that conditions can stand in, with their nodes."""
        project = self.found.files.project
        exclusions = project.child("exclusions") if project else None
        places = {kind: self._nodes(kind) for kind in NARROWED}
        for kind, nodes in {**places, "exclusions": exclusions.entries if exclusions else {}}.items():
            known = getattr(self.catalog.project if kind == "exclusions" else self.catalog, kind, {})
            found = ((known[name], node) for name, node in nodes.items() if name in known)
            yield from ((one, node) for one, node in found if getattr(one, "status", None) not in AT_REST)

    def _nothing(self, subject: EventPosition | Condition, entity: str, rows: Mapping[str, int]) -> str | None:
        """What there is none of that a condition is about; None where there is one, or where no such event came at all."""
        if isinstance(subject, Condition):
            known = self.facts.any_unit(entity)
            return entity if known and not self.facts.any_unit(entity, subject) else None
        came = [match for match in subject if (rows.get(match.event) if match.event else rows)]
        names = " or ".join(f"`{match.event}`" for match in came if match.event)
        if not came or any(self.facts.any_row(match) for match in came):
            return None
        return f"row of {names}" if names else "row"


def _flaws(name: str, declared: Property, filled: Filled) -> Iterator[Flaw]:
    """What the rows that should hold a property say of its declaration."""
    if not filled.rows:
        return
    if not filled.filled and not filled.misfits:
        yield never_filled(name, filled.rows)
        return
    if filled.misfits:
        yield not_of_its_type(name, declared.type, (filled.misfits, filled.rows), filled.example)
    missing = filled.rows - filled.filled - filled.misfits
    if declared.required and missing:
        yield required_but_missing(name, (missing, filled.rows))
    if declared.enum and filled.filled:
        yield from _of_enum(name, declared, filled)


def _of_enum(name: str, declared: Property, filled: Filled) -> Iterator[Flaw]:
    others = {str(value): count for value, count in filled.values.items() if value not in declared.enum}
    for index, value in enumerate(declared.enum):
        if value not in filled.values:
            yield value_never_seen(name, index, value, others)
    if others:
        yield value_outside_enum(name, others, map(str, declared.enum))
