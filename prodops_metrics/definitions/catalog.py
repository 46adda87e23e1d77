"""The catalog: all definitions of a project, cross-checked and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from prodops_metrics.definitions.features import Feature, Segment
from prodops_metrics.definitions.literals import PropertyType
from prodops_metrics.definitions.meaning import grounds, meaning, segment_meaning
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.definitions.project import Project
from prodops_metrics.definitions.sources import Source, attributes
from prodops_metrics.definitions.taxonomy import Event, Property
from prodops_metrics.errors import UnknownIdError

Kind = TypeVar("Kind")


@dataclass(frozen=True)  # without slots: what follows from the definitions is worked out once
class Catalog:
    """All definitions of a project by kind and id, in the order of the files.

    Standard metrics stand among ``metrics`` as ``search.adoption``; those that a feature cannot have stand in ``absent``
    with the reason. ``properties`` are common to all events. ``hash`` covers every byte that was read.
    """

    root: Path
    hash: str
    project: Project
    sources: Mapping[str, Source] = field(default_factory=dict)
    properties: Mapping[str, Property] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    features: Mapping[str, Feature] = field(default_factory=dict)
    metrics: Mapping[str, MetricDefinition] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)

    def metric(self, name: str) -> MetricDefinition:
        """The metric with this id, such as ``search.adoption``.

        Raises:
            UnknownIdError: there is none.
        """
        return _found("metric", name, self.metrics)

    def feature(self, name: str) -> Feature:
        """The feature with this id.

        Raises:
            UnknownIdError: there is none.
        """
        return _found("feature", name, self.features)

    def segment(self, name: str) -> Segment:
        """The segment with this id.

        Raises:
            UnknownIdError: there is none.
        """
        return _found("segment", name, self.segments)

    def meaning(self, metric: str) -> str:
        """Twelve hex digits that change exactly where the value of the metric could."""
        return meaning(self.metric(metric), self)

    def segment_meaning(self, segment: str) -> str:
        """Twelve hex digits that change where answers by this segment could, beyond what the metric's own meaning covers.

        Raises:
            UnknownIdError: there is no such segment.
        """
        return segment_meaning(self.segment(segment), self)

    @cached_property
    def grounds(self) -> str:
        """The part of every meaning that the project gives: time zone, week start, activity, entities, exclusions."""
        return grounds(self)

    def attributes(self, entity: str) -> Mapping[str, PropertyType]:
        """The attributes that units of this entity carry, inherited ones included."""
        line = (entity, *self.project.ancestors(entity)) if entity in self.project.entities else ()
        return {name: declared.type for name, declared in attributes(line, self.sources.values()).items()}

    @property
    def activity_off(self) -> frozenset[str]:
        """The events that do not make a unit active."""
        return frozenset(event.id for event in self.events.values() if not event.activity)

    @cached_property
    def property_types(self) -> Mapping[str, PropertyType]:
        """The type of every declared event property; a name has one type in the whole taxonomy."""
        tables = [self.properties, *(event.properties for event in self.events.values())]
        return {name: declared.type for table in tables for name, declared in table.items()}


def _found(kind: str, name: str, known: Mapping[str, Kind]) -> Kind:
    if name not in known:
        raise UnknownIdError(kind, name, nearest(name, known))
    return known[name]
