"""Features and segments: the things that reports are about, and the groups they tell apart."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from prodops_metrics.calendar import Grain
from prodops_metrics.definitions.checks.shape import missing_key
from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.fields import Day, Duration, EntityId, Frequency, Quantity, TeamId, one_or_many
from prodops_metrics.definitions.numeric import NumericProperty
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.positions import EventPosition

Stage = Literal["idea", "alpha", "beta", "ga", "sunset"]

DurationUnit = Literal["ms", "s", "min", "h"]

Role = Literal["exposed", "used", "succeeded", "failed", "attempted"]
ROLES: tuple[Role, ...] = get_args(Role)
GRAINS: Mapping[Frequency, Grain] = {"daily": "day", "weekly": "week", "monthly": "month"}


def used_or_failed(fields: Mapping[str, object]) -> EventPosition | None:
    """The attempts of a feature that does not declare them: its uses and its failures."""
    match fields:
        case {"used": EventPosition(used), "failed": EventPosition(failed)}:
            return EventPosition(used + failed)
    return None


class DurationRole(Part):
    """How long a use takes: the ``property`` of ``event`` that says it, and the ``unit`` that it is in."""

    event: EventPosition
    """The event that carries the duration, such as the one that stands for a result."""
    property: NumericProperty
    """The property that holds it, declared as a number."""
    unit: DurationUnit = "ms"
    """What one of it is: `ms`, `s`, `min` or `h`."""


class RatedRole(Part):
    """How people rate it: the ``property`` of ``event`` that holds the rating, and the word behind the mean of them."""

    event: EventPosition
    """The event that carries a rating, such as the answer to a survey."""
    property: NumericProperty
    """The property that holds it, declared as a number."""
    unit: str = "points"
    """What stands behind the mean, such as `of 5`."""


class Override(Part):
    """Thresholds of one metric for one feature, by the verdict whose rule they belong to, and why it has its own."""

    too_early: Quantity | None = None
    """Up to where it is too early."""
    not_enough: Quantity | None = None
    """Below which there is not enough data."""
    at_risk: Quantity | None = None
    """From where on it is at risk."""
    watch: Quantity | None = None
    """From where on it is watched."""
    healthy: Quantity | None = None
    """Up to where it is healthy."""
    because: str = Field(min_length=1)
    """Why this feature is judged by other numbers than everyone's; stands beside the verdict."""

    @property
    def thresholds(self) -> Mapping[str, str]:
        """The thresholds that are given, as they were written, by verdict."""
        given = {name: getattr(self, name) for name in type(self).model_fields if name != "because"}
        return {name: str(amount) for name, amount in given.items() if amount is not None}


class Feature(Part):
    """A feature of the product, by the events that tell how it fares.

    ``attempted`` is ``used`` or ``failed`` where ``failed`` is declared. ``eligible`` says whom it is for, by
    attributes of users. ``standard`` changes or skips standard metrics.
    """

    id: Annotated[str, GIVEN]
    name: str = Field(min_length=1)
    """What people call it; its id, spaced out, unless it says so."""
    aliases: tuple[str, ...] = ()
    """Ids that it had before, so that old links and references still find it."""
    description: str = ""
    """What it does, in one sentence."""
    owner: TeamId | None = None
    """The team that it belongs to; its metrics belong to it too unless they say otherwise."""
    stage: Stage = "ga"
    """How far it is; verdicts are given for `beta` and `ga` only."""
    launched: Day | None = None
    """The local day from which everybody it is for could use it."""
    exposed: EventPosition | None = None
    """The event that says that somebody was shown it."""
    used: EventPosition | None = None
    """The event that says that it was used: the one that every feature must have."""
    succeeded: EventPosition | None = None
    """The event that says that a use brought its result."""
    failed: EventPosition | None = None
    """The event that says that a use went wrong."""
    attempted: EventPosition | None = Field(default_factory=used_or_failed)
    """The event of every attempt; `used` or `failed` unless it says otherwise."""
    duration: DurationRole | None = None
    """How long a use takes."""
    rated: RatedRole | None = None
    """How people rate it."""
    eligible: Condition | None = None
    """Whom it is for, by attributes of units; everybody unless it says so."""
    activation_window: Duration = timedelta(days=7)
    """How long after first being shown it a use counts as activation."""
    frequency: Frequency = "weekly"
    """How often it is naturally used: decides the grain of its retention."""
    standard: Mapping[str, Mapping[str, object]] = Field(default_factory=dict)
    """Changes of standard metrics by their names; `{skip: why}` leaves one out."""
    verdicts: Mapping[str, Override] = Field(default_factory=dict)
    """Thresholds of its own for its verdict, by metric, such as `{failure_rate: {at_risk: 8%, because: why}}`."""
    links: Mapping[str, str] = Field(default_factory=dict)
    """Pages about it, by name."""
    product: str | None = None
    """The product that it is part of, where there are several."""
    markets: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()
    """The markets that it is offered in."""
    place: Annotated[Place, GIVEN] = Field(default=NOWHERE, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_id(cls, raw: object) -> object:
        if not isinstance(raw, dict) or raw.get("name") is not None:
            return raw
        return {**raw, "name": str(raw.get("id", "")).replace("_", " ").capitalize()}

    @field_validator("place")
    @classmethod
    def _used_declared(cls, place: Place, info: ValidationInfo) -> Place:
        """Runs on the last field, so that it sees all that could be read and one fault hides no other."""
        fields = info.data
        if "used" in fields and fields["used"] is None and fields.get("stage", "idea") != "idea":
            raise refusal([missing_key("used")])
        return place

    @property
    def grain(self) -> Grain:
        """The grain of its natural frequency."""
        return GRAINS[self.frequency]


class Segment(Part):
    """A group of units, by a condition on their attributes."""

    id: Annotated[str, GIVEN]
    description: str = ""
    """Who they are, in one sentence."""
    entity: EntityId = Field(default="user", validate_default=True)
    """Whose attributes the condition looks at; users also carry those of their account."""
    condition: Condition
    product: str | None = None
    """The product that it is about, where there are several."""
    markets: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()
    """The markets that it is about."""
    place: Annotated[Place, GIVEN] = NOWHERE
