"""The project: time zone, entities, teams and exclusions, all from ``metric_defs/project.yml``."""

from collections.abc import Mapping
from typing import Annotated, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from prodops_metrics.calendar import WeekStart
from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.faults import Flaw, refusal
from prodops_metrics.definitions.fields import EntityId, Share
from prodops_metrics.definitions.nearest import did_you_mean
from prodops_metrics.definitions.part import GIVEN, Part

USER = {"user": {"column": "user"}}


def read_timezone(name: str) -> str:
    """A name of the IANA database."""
    if name in available_timezones():
        return name
    cure = did_you_mean(name, available_timezones(), otherwise="Write an IANA name such as `Europe/Berlin` or `UTC`.")
    raise refusal([Flaw("E115", f"there is no time zone `{name}`", cure)])


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
    parent: EntityId | None = None


class Team(Part):
    """A team that owns features and metrics."""

    id: Annotated[str, GIVEN]
    name: str
    contact: str | None = None


class Exclusion(Part):
    """Units that no metric counts, such as the company's own people."""

    id: Annotated[str, GIVEN]
    description: str
    entity: EntityId = Field(default="user", validate_default=True)
    condition: Condition


class Project(Part):
    """The settings of a project."""

    name: str = Field(min_length=1)
    timezone: TimeZone
    week_start: WeekStart = "monday"
    small_sample: int = Field(default=30, ge=1)
    level: Annotated[Share, Field(gt=0.5, lt=1)] = 0.95
    entities: Annotated[Mapping[str, Entity], BeforeValidator(keyed), Field(min_length=1)] = Field(
        default_factory=lambda: {"user": Entity(id="user", column="user")}
    )
    teams: Annotated[Mapping[str, Team], BeforeValidator(keyed)] = Field(default_factory=dict)
    exclusions: Annotated[Mapping[str, Exclusion], BeforeValidator(keyed)] = Field(default_factory=dict)
    snapshots_kept: int = Field(default=5, ge=1)

    @model_validator(mode="after")
    def _parents_end(self) -> Self:
        for entity in self.entities:
            top = self.entities[(entity, *self.ancestors(entity))[-1]]
            if top.parent == entity:
                message = f"`{entity}` is its own parent, directly or by way of others"
                raise refusal([Flaw("E213", message, "A parent is what units sit in.", ("entities", entity, "parent"))])
        return self

    def ancestors(self, entity: str) -> tuple[str, ...]:
        """Its parent, the parent of that, and so on up."""
        return lineage(entity, {name: each.parent for name, each in self.entities.items()})[1:]
