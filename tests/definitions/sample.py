"""Small metric models and a small project, from which each test changes what it is about."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import Field

from prodops_metrics.definitions import (
    Catalog,
    Condition,
    Duration,
    EventPosition,
    Fault,
    MetricDefinition,
    MetricId,
    Part,
    load,
)
from prodops_metrics.errors import DefinitionError


class CountInput(Part):
    type: Literal["count"]
    event: EventPosition
    condition: Condition | None = None


class SumInput(Part):
    type: Literal["sum"]
    event: EventPosition
    property: str


Input = Annotated[CountInput | SumInput, Field(discriminator="type")]


class Ratio(MetricDefinition):
    type: Literal["ratio"]
    numerator: Input
    denominator: Input


class ShareOfUnits(MetricDefinition):
    type: Literal["share"]
    event: EventPosition
    condition: Condition | None = None
    of: Literal["eligible_active", "active", "eligible", "all"] = "eligible_active"


class Count(MetricDefinition):
    type: Literal["count"]
    event: EventPosition
    condition: Condition | None = None


class Derived(MetricDefinition):
    type: Literal["derived"]
    inputs: Mapping[str, MetricId]

    @property
    def rests_on(self) -> tuple[str, ...]:
        return tuple(self.inputs.values())


class CountDistinct(MetricDefinition):
    type: Literal["count_distinct"]
    event: EventPosition
    condition: Condition | None = None


class Funnel(MetricDefinition):
    axes: ClassVar[tuple[str, ...]] = ("step",)
    type: Literal["funnel"]
    steps: Annotated[tuple[EventPosition, ...], Field(min_length=2)]
    window: Duration | Literal["none"] = "none"  # type: ignore[assignment]
    mode: Literal["strict", "loose"] = "loose"


class Retention(MetricDefinition):
    type: Literal["retention"]
    start: EventPosition
    return_: EventPosition = Field(alias="return")
    cohort: Literal["first_time", "recurring"] = "first_time"
    return_when: Literal["exact", "on_or_after"] = "exact"
    headline: int = 4


class Use(MetricDefinition):
    """What the other standard metrics have in common."""

    type: str
    event: EventPosition
    condition: Condition | None = None


class Population(Use):
    of: Literal["eligible_active", "active", "eligible", "all"] = "eligible_active"


class TimeTo(Use):
    by: Duration | None = None


class Mean(Use):
    per: Literal["event", "unit"]
    measured: str | None = Field(default=None, alias="property")


class Stickiness(Use):
    form: Literal["ratio", "distribution"] = "ratio"
    cumulative: bool = False


class Percentile(Use):
    at: float
    measured: str | None = Field(default=None, alias="property")


MODELS: Mapping[str, type[MetricDefinition]] = {
    "ratio": Ratio,
    "share": ShareOfUnits,
    "count": Count,
    "count_distinct": CountDistinct,
    "derived": Derived,
    "funnel": Funnel,
    "retention": Retention,
    "population": Population,
    "time_to": TimeTo,
    "frequency": Use,
    "mean": Mean,
    "stickiness": Stickiness,
    "lifecycle": Use,
    "percentile": Percentile,
}

PROJECT = """\
project:
  name: Demo
  timezone: Europe/Berlin
  entities: {user: {column: user, parent: account}, account: {column: account}}
  teams: {team-discovery: {name: Discovery, contact: "#discovery"}}
  exclusions: {internal_users: {description: Our own people, filter: {plan: internal}}}
"""
SOURCES = """\
sources:
  app:
    kind: events
    files: data/*.csv
    columns: {id: event_id}
    time: {timezone: UTC}
  accounts:
    kind: units
    entity: account
    key: account_id
    files: [data/accounts.csv]
    properties: {plan: {enum: [free, pro, viewer, internal, NO]}, seats: integer, signed_up: time}
"""
EVENTS = """\
properties: {Component: string, Event.context: string}
events:
  search_opened: {description: The box was opened}
  search_submitted:
    description: User pressed enter
    aliases: [Search Submitted]
    properties:
      source: {enum: [navbar, page, NO]}
      results: integer
      rate: number
      cached: boolean
      at: time
      tags: list
      version: string
  search_clicked: {description: A result was opened, properties: {rank: integer}}
  search_failed: {description: No answer came, activity: false}
"""
FEATURES = """\
features:
  search:
    description: Full-text search
    owner: team-discovery
    launched: 2026-05-04
    exposed: search_opened
    used: Search Submitted
    failed: search_failed
    eligible: {plan: {not: viewer}}
"""
METRIC = """\
metrics:
  weekly:
    description: People who searched
    type: count_distinct
    event: search_submitted
"""
FILES = {"project": PROJECT, "sources": SOURCES, "events": EVENTS, "features": FEATURES}


def project(folder: Path, **files: str) -> Path:
    """A project folder; ``files`` replace those of the sample or join them, an empty text leaves one out."""
    for name, text in {**FILES, **files}.items():
        path = folder / "metric_defs" / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(dedent(text), encoding="utf-8")
    return folder


def loaded(folder: Path, **files: str) -> Catalog:
    return load(project(folder, **files), MODELS)


def faults(folder: Path, **files: str) -> list[Fault]:
    with pytest.raises(DefinitionError) as caught:
        loaded(folder, **files)
    return [fault for fault in caught.value.faults if isinstance(fault, Fault)]


def fault(folder: Path, **files: str) -> Fault:
    """The one fault of a project."""
    found = faults(folder, **files)
    assert len(found) == 1, "\n\n".join(map(str, found))
    return found[0]


def seen(found: Fault) -> str:
    """The code of a fault and the text that its carets mark."""
    line, carets = found.excerpt.split("\n")
    start = carets.index("^")
    return f"{found.code} {line[start : start + carets.count('^')]}"
