"""What every metric has, whatever its type; the types themselves extend this with their own fields."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from prodops_metrics.calendar import Grain
from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.fields import Day, EntityId, FeatureId, RollingWindow, Status, TeamId
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place

Format = Literal["number", "percent", "currency", "duration"]


class Deprecation(Part):
    """Since when not to use a metric, and what to use instead."""

    since: Day
    replaced_by: str | None = None
    reason: str | None = None


class MetricDefinition(Part):
    """A metric as its YAML says; ``eligible`` is the condition of its feature, on attributes of its units.

    ``window`` is a rolling window of whole days, and never stands beside ``grain``. A type that gives ``window`` another
    meaning declares the field again, and both may then be given.
    """

    wording: ClassVar[frozenset[str]] = frozenset(
        {
            *("id", "description", "feature", "owner", "status", "format", "unit", "higher_is_better", "question"),
            *("change_note", "deprecated", "place"),
        }
    )

    id: Annotated[str, GIVEN]
    type: str
    description: str = Field(min_length=1)
    feature: FeatureId | None = None
    owner: TeamId | None = None
    entity: EntityId = Field(default="user", validate_default=True)
    status: Status = "active"
    format: Format | None = None
    unit: str | None = None
    higher_is_better: bool = True
    grain: Grain | None = None
    grains: tuple[Grain, ...] = ()
    window: RollingWindow | None = None
    question: str | None = None
    change_note: str | None = None
    deprecated: Deprecation | None = None
    place: Annotated[Place, GIVEN] = NOWHERE
    eligible: Annotated[Condition | None, GIVEN] = None
