"""``work:`` - what people do by hand to get at numbers, and what has replaced it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from prodops_metrics.definitions.fields import Day, FeatureId, MetricId, Number, one_or_many
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place

Pillar = Literal["data_analytics", "research", "collaboration", "communication"]
Every = Literal["day", "week", "month", "quarter", "year"]


class WorkOwner(Part):
    """Who is meant to do it, if anybody, and who does."""

    official: str | None = None
    """Who is meant to do it; nobody if empty."""
    actual: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()
    """Who does it."""


class Replacement(Part):
    """The metric that answers it since a day."""

    metric: MetricId
    """The metric that answers it now."""
    since: Day
    """The local day since when."""


class WorkItem(Part):
    """A task that comes back ``every`` so often and takes ``hours`` each time; ``impact`` says what it costs besides."""

    id: Annotated[str, GIVEN]
    pillar: Pillar
    """What kind of work it is."""
    task: str = Field(min_length=1)
    """What is done, in one sentence."""
    feature: FeatureId | None = None
    """The feature that it is about."""
    owner: WorkOwner = WorkOwner()
    """Who is meant to do it, and who does."""
    every: Every
    """How often it comes back."""
    hours: Annotated[Number, Field(gt=0)]
    """How many hours it takes each time."""
    impact: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()
    """What it costs besides time, in words of your own."""
    tried: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ()
    """What was tried to be rid of it."""
    replaced_by: Replacement | None = None
    """The metric that made it needless."""
    links: Mapping[str, str] = Field(default_factory=dict)
    """Pages about it, by name."""
    place: Annotated[Place, GIVEN] = NOWHERE

    @property
    def hours_a_year(self) -> float:
        """How long it takes in a year."""
        return self.hours * TIMES_A_YEAR[self.every]


TIMES_A_YEAR: Mapping[Every, int] = {"day": 250, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How often a task comes back; one of every day on working days only."""
