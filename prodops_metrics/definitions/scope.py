"""What definitions may refer to: the names that exist while a file is being read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationInfo

from prodops_metrics.definitions.literals import PropertyType, Scalar


@dataclass(frozen=True, slots=True)
class Column:
    """A property or attribute as conditions see it; no ``type`` where it is not known, no ``enum`` where all goes."""

    type: PropertyType | None = None
    enum: tuple[Scalar, ...] = ()


Columns = Mapping[str, Column] | None
"""The columns that a condition may use; None where they are not known (their own definition is faulty)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The ids of a project by kind, and what its events and entities carry."""

    teams: frozenset[str] = frozenset()
    entities: tuple[str, ...] = ("user",)
    features: frozenset[str] = frozenset()
    events: Mapping[str, str] = field(default_factory=dict)  # every name of an event, id or alias -> its id
    properties: Mapping[str, Columns] = field(default_factory=dict)  # event id -> own and common properties
    attributes: Mapping[str, Columns] = field(default_factory=dict)  # entity id -> own and inherited attributes

    def event_columns(self, names: Iterable[str | None]) -> Columns:
        """The properties of any of these events; of all events where a name is None; unknown without a name."""
        wanted = set(names)
        if not wanted:
            return None
        ids = set(self.properties) if None in wanted else {self.events.get(name or "") for name in wanted}
        tables = [self.properties.get(event or "") for event in ids]
        return None if any(table is None for table in tables) else merged(table for table in tables if table)

    def unit_columns(self, entity: str) -> Columns:
        """The attributes that units of this entity carry."""
        return self.attributes.get(entity)


def merged(tables: Iterable[Mapping[str, Column]]) -> Mapping[str, Column]:
    """Columns of several tables as one; an enum holds only where every one of them declares it."""
    found: dict[str, Column] = {}
    for table in tables:
        for name, column in table.items():
            other = found.get(name, column)
            enum = tuple(dict.fromkeys(other.enum + column.enum)) if other.enum and column.enum else ()
            found[name] = Column(column.type or other.type, enum)
    return found


def scope_of(info: ValidationInfo) -> Scope | None:
    """The scope that a value is read in; None where a model is made in Python, outside any project."""
    return info.context if isinstance(info.context, Scope) else None
