"""Features and segments: the things that reports are about, and the groups they tell apart."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from prodops_metrics.calendar import Grain
from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.faults import Flaw, refusal
from prodops_metrics.definitions.fields import Day, Duration, EntityId, Frequency, TeamId
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.positions import EventPosition

Stage = Literal["idea", "alpha", "beta", "ga", "sunset"]

ROLES = ("exposed", "used", "succeeded", "failed", "attempted")
GRAINS: Mapping[Frequency, Grain] = {"daily": "day", "weekly": "week", "monthly": "month"}


def used_or_failed(fields: Mapping[str, object]) -> EventPosition | None:
    """The attempts of a feature that does not declare them: its uses and its failures."""
    match fields:
        case {"used": EventPosition(used), "failed": EventPosition(failed)}:
            return EventPosition(used + failed)
    return None


class Feature(Part):
    """A feature of the product, by the events that tell how it fares.

    ``attempted`` is ``used`` or ``failed`` where ``failed`` is declared. ``eligible`` says whom it is for, by
    attributes of users. ``standard`` changes or skips standard metrics.
    """

    id: Annotated[str, GIVEN]
    name: str = Field(min_length=1)
    description: str = ""
    owner: TeamId | None = None
    stage: Stage = "ga"
    launched: Day | None = None
    exposed: EventPosition | None = None
    used: EventPosition | None = None
    succeeded: EventPosition | None = None
    failed: EventPosition | None = None
    attempted: EventPosition | None = Field(default_factory=used_or_failed)
    eligible: Condition | None = None
    activation_window: Duration = timedelta(days=7)
    frequency: Frequency = "weekly"
    standard: Mapping[str, Mapping[str, object]] = Field(default_factory=dict)
    links: Mapping[str, str] = Field(default_factory=dict)
    product: str | None = None
    place: Annotated[Place, GIVEN] = NOWHERE

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_id(cls, raw: object) -> object:
        if not isinstance(raw, dict) or raw.get("name") is not None:
            return raw
        return {**raw, "name": str(raw.get("id", "")).replace("_", " ").capitalize()}

    @model_validator(mode="after")
    def _used_declared(self) -> Self:
        if self.used is None and self.stage != "idea":
            cure = "Add `used: <event>`; only a feature with `stage: idea` goes without."
            raise refusal([Flaw("E102", "`used` is missing: the event that says it was used", cure)])
        return self

    @property
    def grain(self) -> Grain:
        """The grain of its natural frequency."""
        return GRAINS[self.frequency]


class Segment(Part):
    """A group of units, by a condition on their attributes."""

    id: Annotated[str, GIVEN]
    description: str = ""
    entity: EntityId = Field(default="user", validate_default=True)
    condition: Condition
    place: Annotated[Place, GIVEN] = NOWHERE
