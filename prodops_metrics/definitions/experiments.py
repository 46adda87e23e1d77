"""``experiments:`` - who saw which variant, and what it is meant to change."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from prodops_metrics.definitions.aims import Guardrails
from prodops_metrics.definitions.checks import experiments as checks
from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.consistency import ExperimentFields, experiment_flaws
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.fields import Day, Duration, EntityId, FeatureId, MetricId, Quantity, TeamId, read_amount
from prodops_metrics.definitions.numeric import property_column
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.positions import EventPosition
from prodops_metrics.definitions.scope import Column, scope_of

Analysis = Literal["fixed", "sequential"]


def read_variant(name: str, info: ValidationInfo) -> str:
    """The property that holds the variant, which the events of exposure declare."""
    property_column(name, info)
    return name


def read_weight(raw: object) -> float:
    """The weight written ``50``, ``50%`` or ``0.5``: more than nothing."""
    amount = read_amount(raw)
    if amount.unit == "pp" or amount.value <= 0:
        raise refusal([checks.weight_above_nothing(str(amount))])
    return amount.value * (100 if amount.unit else 1)


class Exposure(Part):
    """The event that says that a unit saw its variant, and the property ``variant`` that says which."""

    event: EventPosition
    """The event that says that a unit saw its variant."""
    condition: Condition | None = None
    variant: Annotated[str, AfterValidator(read_variant)] = "variant"
    """The property of that event that says which variant."""

    @property
    def matched(self) -> EventPosition:
        """The events that count: those of the position of which the condition holds."""
        return self.event.narrowed(self.condition)


class Experiment(Part):
    """A comparison of ``variants``, whose weights add up to 100 (or 1), from ``start`` to ``end``, both included.

    Units of ``entity`` are assigned. Each counts for ``window`` from its first exposure, or until the end. ``analysis:
    fixed`` is read once, at the end; ``sequential`` at any time. ``effect`` is the smallest difference worth having.
    """

    wording: ClassVar[frozenset[str]] = frozenset(
        {"id", "description", "hypothesis", "feature", "owner", "effect", "learned", "links", "place"}
    )

    id: Annotated[str, GIVEN]
    description: str = ""
    """What is tried, in one sentence."""
    hypothesis: str | None = None
    """What is expected to happen, and why."""
    feature: FeatureId | None = None
    """The feature that it is about."""
    owner: TeamId | None = None
    """The team that answers for it; that of the feature unless it says so."""
    entity: EntityId = Field(default="user", validate_default=True)
    """What was assigned to a variant."""
    exposure: Exposure
    """How it is known who saw which variant."""
    variants: Mapping[str, Annotated[float, BeforeValidator(read_weight)]]
    """The share of units that each variant was given; together 100, or 1."""
    control: str = "control"
    """The variant that the others are compared with."""
    analysis: Analysis = "fixed"
    """`fixed` is read once, at the end; `sequential` may be read at any time."""
    start: Day
    """The first day of assignment."""
    end: Day | None = None
    """The last day, which is included."""
    window: Duration | None = None
    """How long each unit counts from its first exposure; until the end unless it says so."""
    primary: MetricId
    """The metric that decides."""
    secondary: tuple[MetricId, ...] = ()
    """Metrics to look at besides."""
    guardrails: Guardrails = ()
    """Metrics that must not suffer."""
    effect: Quantity | None = None
    """The smallest difference worth having: `2pp` of a percent metric, else `5%` or a number of its unit."""
    learned: str | None = None
    """What was learned, in one sentence."""
    links: Mapping[str, str] = Field(default_factory=dict)
    """Pages about it, by name."""
    place: Annotated[Place, GIVEN] = Field(default=NOWHERE, validate_default=True)

    @field_validator("variants")
    @classmethod
    def _variants_declared(cls, variants: Mapping[str, float], info: ValidationInfo) -> Mapping[str, float]:
        scope, exposure = scope_of(info), info.data.get("exposure")
        if scope is None or not isinstance(exposure, Exposure):
            return variants
        columns = scope.event_columns(match.event for match in exposure.event) or {}
        enum = tuple(map(str, columns.get(exposure.variant, Column()).enum))
        if flaws := [checks.variant_outside_the_enum(name, enum) for name in variants if enum and name not in enum]:
            raise refusal(flaws)
        return variants

    @field_validator("place")
    @classmethod
    def _consistent(cls, place: Place, info: ValidationInfo) -> Place:
        """Runs on the last field, so that it sees all that could be read and one fault hides no other."""
        if flaws := list(experiment_flaws(cast("ExperimentFields", info.data), scope_of(info))):
            raise refusal(flaws)
        return place
