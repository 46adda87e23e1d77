"""``insights:`` - what research and feedback found, beside the numbers that it explains."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from prodops_metrics.definitions.fields import Day, FeatureId, MetricId
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place

Method = Literal["interviews", "usability", "survey", "tickets", "sales"]


class Support(Part):
    """A metric that the finding explains: why it is as ``low`` or ``high`` as it is."""

    metric: MetricId
    """The metric that the finding explains."""
    direction: Literal["low", "high"]
    """Whether it explains why the number is low, or high."""


def one_support(raw: object) -> object:
    """A mapping alone for a list of one."""
    return [raw] if isinstance(raw, dict | Support) else raw


class Insight(Part):
    """A ``finding`` about a feature, from so many ``people`` by one ``method``, with where it is written down."""

    id: Annotated[str, GIVEN]
    feature: FeatureId | None = None
    """The feature that it is about."""
    date: Day
    """The local day on which it was found."""
    method: Method
    """How it was found."""
    people: int | None = Field(default=None, ge=1)
    """How many people it rests on."""
    finding: str = Field(min_length=1)
    """What was found, in one sentence."""
    source: str | None = None
    """Where it is written down."""
    supports: Annotated[tuple[Support, ...], BeforeValidator(one_support)] = ()
    """The metrics that it explains."""
    links: Mapping[str, str] = Field(default_factory=dict)
    """Pages about it, by name."""
    place: Annotated[Place, GIVEN] = NOWHERE
