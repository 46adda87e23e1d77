"""What every metric has, whatever its type; the types themselves extend this with their own fields."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from prodops_metrics.calendar import Grain
from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.fields import CountedEntity, Day, FeatureId, MetricId, RollingWindow, Status, TeamId
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place

Format = Literal["number", "percent", "currency", "duration"]


class Deprecation(Part):
    """Since when not to use a metric, and what to use instead."""

    since: Day
    """The local day from which not to use it."""
    replaced_by: MetricId | None = None
    """The metric to use instead."""
    reason: str | None = None
    """Why, in a few words."""


class MetricDefinition(Part):
    """A metric as its YAML says; ``eligible`` is the condition of its feature, on attributes of its units.

    ``window`` is a rolling window of whole days, and never stands beside ``grain``. A type that gives ``window`` another
    meaning declares the field again, and both may then be given.
    """

    wording: ClassVar[frozenset[str]] = frozenset(
        {
            *("id", "description", "feature", "owner", "status", "format", "unit", "higher_is_better", "question"),
            *("change_note", "deprecated", "issue", "aliases", "place"),
        }
    )

    axes: ClassVar[tuple[str, ...]] = ()
    estimator: ClassVar[str] = "total"

    id: Annotated[str, GIVEN]
    type: str
    """What is computed: each type is one word, and has keys of its own."""
    aliases: tuple[str, ...] = ()
    """Ids that it had before, so that old links and references still find it."""
    description: str = Field(min_length=1)
    """What is counted, and of whom, in one sentence."""
    feature: FeatureId | None = None
    """The feature it is about: gives it its owner, and the units it is for."""
    owner: TeamId | None = None
    """The team that answers for it; that of its feature unless it says so."""
    entity: CountedEntity = Field(default="user", validate_default=True)
    """What is counted: users unless it says so."""
    status: Status = "active"
    """`draft` is shown and marked, and outside verdicts; `broken` needs an `issue`, `deprecated` a date."""
    format: Format | None = None
    """How the number is shown."""
    unit: str | None = None
    """The word behind the number, such as `searches`."""
    higher_is_better: bool = True
    """Which way is good news: decides colours, goals and verdicts."""
    grain: Grain | None = None
    """The bucket that it is counted in; a week unless it says otherwise."""
    grains: tuple[Grain, ...] = ()
    """Further grains that it may be asked for."""
    window: RollingWindow | None = None
    """A rolling window of whole days, instead of a grain."""
    question: str | None = None
    """The question that it answers, as people would ask it."""
    change_note: str | None = None
    """Why its meaning was changed, for those who see the seam in a chart."""
    deprecated: Deprecation | None = None
    """Since when not to use it, and what to use instead."""
    issue: str | None = None
    """Where it says why it is broken."""
    place: Annotated[Place, GIVEN] = NOWHERE
    eligible: Annotated[Condition | None, GIVEN] = None

    @property
    def percent(self) -> bool:
        """Whether it is read and written in percent."""
        return self.format == "percent" or (self.format is None and self.estimator == "share")

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The ids of the metrics that it is made from; a type with inputs says which."""
        return ()

    def resolve(self, metrics: Mapping[str, "MetricDefinition | None"]) -> Self:
        """The same metric with what it says of others found among them; None stands for a metric with faults of its own.

        Raises:
            FlawedError: it refers to a metric that is not there, or to one that does not fit.
        """
        return self
