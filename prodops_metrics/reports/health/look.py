"""What every check of data health is given: the records of a snapshot, the definitions, and the moment of the question."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import polars as pl

from prodops_metrics.definitions import Event
from prodops_metrics.metrics.windows import Horizon
from prodops_metrics.reports.health.model import Finding, Freshness, Loaded, SetAside
from prodops_metrics.reports.health.records import freshness, loads, set_aside
from prodops_metrics.reports.health.touching import Touching
from prodops_metrics.reports.instrumentation import USER
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.health import RECENT
from prodops_metrics.warehouse.observed import Observed

AT_REST = frozenset({"draft", "broken", "deprecated"})
"""The standing of events that nobody expects to come as declared."""
MUCH = 0.05
"""The share of rows from which on what is wrong with them is failing, where nobody stated another."""


TEN, LEAST = 10, 0.01


@dataclass(frozen=True)  # without slots: what is asked once is kept
class Look:
    """One look at the health of a snapshot; ``as_of`` is naive UTC."""

    session: Session
    observed: Observed
    touching: Touching
    as_of: datetime

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """How many rows each event has, declared or not."""
        found = Counter[str]()
        for event, _, count, *_ in self.observed.events.iter_rows():
            found[event] += count
        return found

    @cached_property
    def expected(self) -> Mapping[str, Event]:
        """The declared events that should come."""
        return {name: event for name, event in self.session.catalog.events.items() if event.status not in AT_REST}

    @cached_property
    def horizon(self) -> Horizon | None:
        """What the data covers; None where there are no events."""
        return self.session.warehouse.horizon() if self.rows else None

    @cached_property
    def days(self) -> pl.DataFrame:
        """``event, day, events, without_id, units, most`` of every event and local day."""
        return self.observed.days(self.entity)

    @cached_property
    def first_seen(self) -> Mapping[str, date]:
        """The first local day on which each event came."""
        return dict(self.days.group_by("event").agg(pl.col("day").min()).iter_rows())

    @cached_property
    def last_seen(self) -> Mapping[str, date]:
        """The last local day on which each event came."""
        return dict(self.days.group_by("event").agg(pl.col("day").max()).iter_rows())

    @cached_property
    def loads(self) -> Sequence[Loaded]:
        """The books of every file, the latest first."""
        return loads(self.session, self.observed)

    @cached_property
    def recent_loads(self) -> Mapping[str, Sequence[Loaded]]:
        """The loads of each source in the four weeks up to its latest."""
        found: dict[str, list[Loaded]] = {}
        for load in self.loads:
            own = found.setdefault(load.source, [])
            if not own or own[0].loaded_at - load.loaded_at < RECENT:
                own.append(load)
        return found

    @cached_property
    def quarantine(self) -> Sequence[SetAside]:
        """Rows in quarantine by source and reason, the most frequent first."""
        return set_aside(self.observed)

    @cached_property
    def freshness(self) -> Sequence[Freshness]:
        """How fresh each source is."""
        return freshness(self.session, self.observed, self.as_of)

    def main_events(self, source: str) -> Sequence[str]:
        """The events of which this source brings the most rows of all sources."""
        return tuple(name for name, main in self._sources_of_events.items() if main == source)

    @cached_property
    def _sources_of_events(self) -> Mapping[str, str]:
        ordered = self.observed.events.sort("events", "source")
        return dict(ordered.select("event", "source").iter_rows())

    @property
    def entity(self) -> str:
        """The entity that features are about."""
        entities = self.session.catalog.project.entities
        return USER if USER in entities else next(iter(entities))


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and of how many things it was made."""

    looked_at: int
    findings: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of check, as its file says it: a title, what it looks at, and what finds it."""

    kind: str
    title: str
    things: str
    run: Callable[[Look], Checked]


def checked(looked_at: Iterable[object] | int, findings: Iterable[Finding]) -> Checked:
    """What a check found among the things that it looked at."""
    count = looked_at if isinstance(looked_at, int) else sum(1 for _ in looked_at)
    return Checked(count, tuple(findings))


def share(part: float, whole: float) -> str:
    """``12 of 3,400 (0.35 %)``; the percentage with two digits that say something."""
    percent = 100 * part / whole if whole else 0.0
    digits = 0 if percent >= TEN else 1 if percent >= 1 else 2
    return f"{part:,.0f} of {whole:,.0f} ({'under 0.01' if 0 < percent < LEAST else f'{percent:.{digits}f}'} %)"
