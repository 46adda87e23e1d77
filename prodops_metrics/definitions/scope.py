"""What definitions may refer to: the names that exist while a file is being read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationInfo

from prodops_metrics.definitions.literals import PropertyType, Scalar
from prodops_metrics.definitions.nearest import nearest


@dataclass(frozen=True, slots=True)
class Column:
    """A property or attribute as conditions see it; no ``type`` where it is not known, no ``enum`` where all goes."""

    type: PropertyType | None = None
    enum: tuple[Scalar, ...] = ()


Columns = Mapping[str, Column] | None
"""The columns that a condition may use; None where they are not known (their own definition is faulty)."""


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """What goals, experiments and tests need to know of a metric: whether it is read in percent, and which way is better.

    ``axes`` tell the parts of its points apart. Of a metric that is faulty, what
    cannot be told is None or empty.
    """

    percent: bool
    higher_is_better: bool | None
    entity: str
    axes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The ids of a project by kind, and what its events and entities carry.

    Features and metrics are known by every name that they have: their id and their aliases lead to the id.
    """

    teams: frozenset[str] = frozenset()
    entities: tuple[str, ...] = ("user",)
    parents: Mapping[str, str | None] = field(default_factory=dict)
    features: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)  # standard metrics that a feature cannot have -> why
    facts: Mapping[str, MetricFacts] = field(default_factory=dict)  # metric id -> facts, of those that could be read
    standard: Mapping[str, bool] = field(default_factory=dict)  # standard metric -> whether it is read in percent
    events: Mapping[str, str] = field(default_factory=dict)  # every name of an event, id or alias -> its id
    properties: Mapping[str, Columns] = field(default_factory=dict)  # event id -> own and common properties
    attributes: Mapping[str, Columns] = field(default_factory=dict)  # entity id -> own and inherited attributes
    unread: tuple[str, ...] = ()  # texts that are no YAML
    no_project: bool = False  # where project.yml is missing, and with it what it declares

    def may_be_unread(self, name: str) -> bool:
        """Whether a name that is not known may be declared where nothing could be read: that is the fault to report."""
        word = re.escape(name.partition(".")[0])
        stands = re.compile(rf"\b{word}[\"']?\s*:|\baliases\b.*\b{word}\b|^\s*-\s+[\"']?{word}\b", re.MULTILINE)
        return any(stands.search(text) for text in self.unread)

    def event_columns(self, names: Iterable[str | None]) -> Columns:
        """The properties of any of these events; of all events where a name is None; unknown without a name."""
        wanted = set(names)
        if not wanted:
            return None
        ids = set(self.properties) if None in wanted else {self._event(name or "") for name in wanted}
        tables = [self.properties.get(event or "") for event in ids]
        return None if any(table is None for table in tables) else merged(table for table in tables if table)

    def _event(self, name: str) -> str | None:
        """The id of the event of a name; of a mistyped one, that of the event that was likely meant."""
        near = self.events.get(name) or next(iter(nearest(name, self.events)), "")
        return self.events.get(near)

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
