"""The project: time zone, entities, teams and exclusions, all from ``metric_defs/project.yml``."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from prodops_metrics.calendar import WeekStart
from prodops_metrics.definitions.checks.names import own_parent
from prodops_metrics.definitions.checks.values import unknown_timezone
from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.engine import Engine
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.fields import EntityId, Share, TeamId
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.repository import Repository

USER = {"user": {"column": "user"}}


def read_timezone(name: str) -> str:
    """A name of the IANA database."""
    if name in timezones():
        return name
    raise refusal([unknown_timezone(name, timezones())])


@cache
def timezones() -> frozenset[str]:
    """Every name of the IANA database, read from disk once."""
    return frozenset(available_timezones())


def keyed(raw: object) -> object:
    """Gives each value of a mapping its key as ``id``."""
    if not isinstance(raw, dict):
        return raw
    return {key: {**value, "id": key} if isinstance(value, dict) else value for key, value in raw.items()}


TimeZone = Annotated[str, AfterValidator(read_timezone)]


def lineage(entity: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """An entity, its parent, the parent of that, and so on up; a circle ends where it closes."""
    found: list[str] = []
    step: str | None = entity
    while step is not None and step in parents and step not in found:
        found.append(step)
        step = parents[step]
    return tuple(found)


class Entity(Part):
    """What can be counted: its id in exports stands in ``column``; each of its units belongs to one of ``parent``."""

    id: Annotated[str, GIVEN]
    column: str = Field(min_length=1)
    """The column of exports that holds its id, unless a source says otherwise."""
    parent: EntityId | None = None
    """What its units sit in, such as the account of a user."""


class Team(Part):
    """A team that owns features and metrics."""

    id: Annotated[str, GIVEN]
    name: str
    """What people call it."""
    contact: str | None = None
    """Where to reach it."""


class Exclusion(Part):
    """Units that no metric counts, such as the company's own people."""

    id: Annotated[str, GIVEN]
    description: str
    """Who they are, in one sentence."""
    entity: EntityId = Field(default="user", validate_default=True)
    """Whose attributes the condition looks at."""
    condition: Condition


class Project(Part):
    """The settings of a project."""

    name: str = Field(min_length=1)
    """The name of the product."""
    timezone: TimeZone
    """Where days, weeks and months are cut, whatever zone the exports are in."""
    week_start: WeekStart = "monday"
    """The day that weeks begin on."""
    small_sample: int = Field(default=30, ge=1)
    """Below this many units, pages say "7 of 12": no colour, no arrow."""
    level: Annotated[Share, Field(gt=0.5, lt=1)] = 0.95
    """The level of the intervals shown."""
    entities: Annotated[Mapping[str, Entity], BeforeValidator(keyed), Field(min_length=1)] = Field(
        default_factory=lambda: {"user": Entity(id="user", column="user")}
    )
    """What can be counted, by id."""
    teams: Annotated[Mapping[str, Team], BeforeValidator(keyed)] = Field(default_factory=dict)
    """Who owns features and metrics, by id."""
    exclusions: Annotated[Mapping[str, Exclusion], BeforeValidator(keyed)] = Field(default_factory=dict)
    """Units that no metric counts, by id."""
    snapshots_kept: int = Field(default=5, ge=1)
    """How many snapshots are kept to roll back to."""
    engine: Engine = Engine()
    """What questions may take of the machine."""
    owner: TeamId | None = None
    """The team that settings and standard metrics belong to, such as product operations."""
    repository: Repository | None = None
    """Where the definitions are reviewed: the dashboard opens a new one there as a pull request."""

    @model_validator(mode="after")
    def _parents_end(self) -> Self:
        for entity in self.entities:
            top = self.entities[(entity, *self.ancestors(entity))[-1]]
            if top.parent == entity:
                raise refusal([own_parent(entity).under("entities", entity, "parent")])
        return self

    def parent(self, entity: str) -> str | None:
        """What units of an entity sit in, if anything."""
        return self.entities[entity].parent if entity in self.entities else None

    def ancestors(self, entity: str) -> tuple[str, ...]:
        """Its parent, the parent of that, and so on up."""
        return lineage(entity, {name: each.parent for name, each in self.entities.items()})[1:]
