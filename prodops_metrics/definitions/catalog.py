"""The catalog: all definitions of a project, cross-checked and frozen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from prodops_metrics.definitions.dependents import Dependent, dependents, of_experiment, of_goal
from prodops_metrics.definitions.examples import MetricTest
from prodops_metrics.definitions.experiments import Experiment
from prodops_metrics.definitions.features import Feature, Segment
from prodops_metrics.definitions.goals import Goal
from prodops_metrics.definitions.insights import Insight
from prodops_metrics.definitions.literals import PropertyType
from prodops_metrics.definitions.meaning import digest, grounds, meaning, plain, segment_meaning
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.definitions.project import Project
from prodops_metrics.definitions.records import Records
from prodops_metrics.definitions.sources import Source, attributes
from prodops_metrics.definitions.taxonomy import Event, Property
from prodops_metrics.definitions.verdicts import Verdicts
from prodops_metrics.definitions.work import WorkItem
from prodops_metrics.errors import UnknownIdError

Kind = TypeVar("Kind")


@dataclass(frozen=True)  # without slots: what follows from the definitions is worked out once
class Catalog:
    """All definitions of a project by kind and id, in the order of the files.

    Standard metrics stand among ``metrics`` as ``search.adoption``; those that a feature cannot have stand in ``absent``
    with the reason. ``properties`` are common to all events. ``records`` are sources of releases, feedback and identities.
    ``names`` has every name of features and metrics, those of before included. ``hash`` covers every byte that was read.
    """

    root: Path
    hash: str
    project: Project
    sources: Mapping[str, Source] = field(default_factory=dict)
    records: Mapping[str, Records] = field(default_factory=dict)
    properties: Mapping[str, Property] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    features: Mapping[str, Feature] = field(default_factory=dict)
    metrics: Mapping[str, MetricDefinition] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    goals: Mapping[str, Goal] = field(default_factory=dict)
    experiments: Mapping[str, Experiment] = field(default_factory=dict)
    tests: Mapping[str, MetricTest] = field(default_factory=dict)
    work: Mapping[str, WorkItem] = field(default_factory=dict)
    insights: Mapping[str, Insight] = field(default_factory=dict)
    verdicts: Verdicts = field(default_factory=Verdicts)
    absent: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def metric(self, name: str) -> MetricDefinition:
        """The metric with this id or former id, such as ``search.adoption``.

        Raises:
            UnknownIdError: there is none.
        """
        return _found("metric", self.names.get("metric", {}).get(name, name), self.metrics)

    def feature(self, name: str) -> Feature:
        """The feature with this id or former id.

        Raises:
            UnknownIdError: there is none.
        """
        return _found("feature", self.names.get("feature", {}).get(name, name), self.features)

    def segment(self, name: str) -> Segment:
        """The segment with this id.

        Raises:
            UnknownIdError: there is none.
        """
        return _found("segment", name, self.segments)

    def goal(self, name: str) -> Goal:
        """The goal with this id.

        Raises:
            UnknownIdError: there is none.
        """
        return _found("goal", name, self.goals)

    def experiment(self, name: str) -> Experiment:
        """The experiment with this id.

        Raises:
            UnknownIdError: there is none.
        """
        return _found("experiment", name, self.experiments)

    def dependents(self, metric: str) -> tuple[Dependent, ...]:
        """What changes or loses its sense with a metric, formulas of formulas included, in the order of kinds and files.

        Raises:
            UnknownIdError: there is no such metric.
        """
        return dependents(self.metric(metric).id, self)

    def meaning(self, metric: str) -> str:
        """Twelve hex digits that change exactly where the value of the metric could."""
        return meaning(self.metric(metric), self)

    def segment_meaning(self, segment: str) -> str:
        """Twelve hex digits that change where answers by this segment could, beyond what the metric's own meaning covers.

        Raises:
            UnknownIdError: there is no such segment.
        """
        return segment_meaning(self.segment(segment), self)

    def goal_meaning(self, goal: str) -> str:
        """Twelve hex digits that change where the state of a goal could.

        Raises:
            UnknownIdError: there is no such goal.
        """
        return digest([plain(self.goal(goal), self), self._meanings(of_goal(self.goal(goal)))])

    def experiment_meaning(self, experiment: str) -> str:
        """Twelve hex digits that change where the result of an experiment could.

        Raises:
            UnknownIdError: there is no such experiment.
        """
        found = self.experiment(experiment)
        return digest([plain(found, self), self._meanings(of_experiment(found)), self.grounds])

    def _meanings(self, metrics: Iterable[str]) -> list[str]:
        return [self.meaning(metric) for metric in metrics]

    @cached_property
    def grounds(self) -> str:
        """The part of every meaning that the project gives: time zone, week start, activity, entities, exclusions."""
        return grounds(self)

    def attributes(self, entity: str) -> Mapping[str, PropertyType]:
        """The attributes that units of this entity carry, inherited ones included."""
        line = (entity, *self.project.ancestors(entity)) if entity in self.project.entities else ()
        return {name: declared.type for name, declared in attributes(line, self.sources.values()).items()}

    @cached_property
    def exports(self) -> Mapping[str, Source]:
        """Every source that a refresh reads, records included, in the order of the files of each."""
        return {**self.sources, **{name: records.export for name, records in self.records.items()}}

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
