"""What rests on an event, a property or a feature's roles: which features and metrics become doubtful with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from prodops_metrics.definitions import Catalog, EventPosition, Feature
from prodops_metrics.definitions.features import ROLES
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.query import Source
from prodops_metrics.reports.health.model import Touched

Read = tuple[frozenset[str], frozenset[str]]
"""The events that a definition reads, and the properties that it looks at."""
Wanted = Callable[[Read], bool]


@dataclass(frozen=True)  # without slots: what each definition reads is worked out once
class Touching:
    """Looks up what rests on what. What reads any event at all rests on none in particular."""

    catalog: Catalog

    def event(self, event: str) -> Touched:
        """What rests on an event."""
        return self._touched(lambda read: event in read[0])

    def property(self, event: str | None, name: str) -> Touched:
        """What looks at a property of an event; of all events if None."""
        return self._touched(lambda read: name in read[1] and (event is None or event in read[0]))

    def source(self, events: Iterable[str]) -> Touched:
        """What rests on any of the events of a source."""
        known = frozenset(events)
        return self._touched(lambda read: bool(known & read[0]))

    def feature(self, feature: str) -> Touched:
        """A feature and its metrics."""
        own = [one.id for one in self.catalog.metrics.values() if one.feature == feature]
        return self._with_dependents((feature,), own)

    def counted_by_unit(self, entity: str, *, features: bool) -> frozenset[str]:
        """The events that metrics of an entity's units read, and ``features`` too: those that are lost without its id."""
        roles = [read[0] for read in self._features.values()] if features else []
        metrics = [read[0] for id_, read in self._metrics.items() if self._counts(id_, entity)]
        return frozenset().union(*roles, *metrics)

    def counted(self, event: str, entity: str) -> Touched:
        """The metrics of an entity's units that read an event."""
        own = [id_ for id_, read in self._metrics.items() if event in read[0] and self._counts(id_, entity)]
        return self._with_dependents((), own)

    def _counts(self, metric: str, entity: str) -> bool:
        found = self.catalog.metrics[metric]
        return isinstance(found, Metric) and found.entity == entity and not found.counts_events

    def _touched(self, wanted: Wanted) -> Touched:
        features = [id_ for id_, read in self._features.items() if wanted(read)]
        return self._with_dependents(features, [id_ for id_, read in self._metrics.items() if wanted(read)])

    def _with_dependents(self, features: Iterable[str], metrics: Iterable[str]) -> Touched:
        found, others = dict.fromkeys(metrics), dict[str, None]()
        for metric in tuple(found):
            for one in self.catalog.dependents(metric):
                (found if one.kind == "metrics" else others)[one.id if one.kind == "metrics" else f"{one.kind}:{one.id}"] = (
                    None
                )
        own = [self.catalog.metrics[metric].feature for metric in found]
        every = dict.fromkeys([*features, *(one for one in own if one)])
        return Touched(tuple(every), tuple(found), tuple(others))

    @cached_property
    def _features(self) -> dict[str, Read]:
        return {feature.id: _of_feature(feature) for feature in self.catalog.features.values()}

    @cached_property
    def _metrics(self) -> dict[str, Read]:
        return {id_: _of_metric(one) for id_, one in self.catalog.metrics.items() if isinstance(one, Metric)}


def _of_feature(feature: Feature) -> Read:
    positions = [getattr(feature, role) for role in ROLES]
    measured = [role for role in (feature.duration, feature.rated) if role]
    known = [one for one in (*positions, *(role.event for role in measured)) if one is not None]
    return _events(known), _columns(known) | {role.property for role in measured}


def _of_metric(metric: Metric) -> Read:
    sources = [relation for relation in metric.relations() if isinstance(relation, Source)]
    positions = [one for source in sources for one in (source.position, *source.steps)]
    asked = {name for source in sources for name in (source.property, source.shared) if name}
    return _events(positions), _columns(positions) | asked


def _events(positions: Iterable[EventPosition]) -> frozenset[str]:
    return frozenset().union(*(position.events or () for position in positions))


def _columns(positions: Iterable[EventPosition]) -> frozenset[str]:
    return frozenset().union(*(position.columns for position in positions))
