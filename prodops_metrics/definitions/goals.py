"""``goals:`` - where a metric is meant to be, and by when."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, ClassVar, cast

from pydantic import Field, ValidationInfo, field_validator

from prodops_metrics.calendar import DAY
from prodops_metrics.definitions.aims import Change, Days, Guardrails
from prodops_metrics.definitions.consistency import GoalFields, goal_flaws
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.fields import Day, Duration, MetricId, Quantity, RollingWindow, TeamId
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.scope import scope_of


class Pilot(Part):
    """Who asked for it, what they asked, and which teams try it first."""

    sponsor: str | None = None
    """Who asked for it."""
    teams: tuple[TeamId, ...] = ()
    """The teams that try it first."""
    asked: str | None = None
    """The question, in their words."""


class Goal(Part):
    """A metric that is meant to reach ``target``, or to change by ``change`` from its ``baseline``.

    ``start`` is the day after the baseline unless it is given, and the goal ends ``by`` a day or ``within`` a time from
    the start. "Now" is the metric over the last ``window`` days from the start on, by default as many as the
    baseline has. ``path`` says how far it should be when, in the form of the aim. It holds if it is still
    true ``hold`` after the end. ``learned`` is the one sentence that a ``closed`` goal leaves.
    """

    wording: ClassVar[frozenset[str]] = frozenset(
        {"id", "description", "owner", "pilot", "closed", "learned", "links", "place"}
    )

    id: Annotated[str, GIVEN]
    description: str = Field(min_length=1)
    """What is to change, in one sentence."""
    metric: MetricId
    """The metric that it is measured by."""
    owner: TeamId | None = None
    """The team that answers for it; that of the metric unless it says so."""
    baseline: Days | None = None
    """The days that the change is measured from, both included."""
    window: RollingWindow | None = None
    """How many days "now" looks back on, as many as the baseline has unless it says so."""
    target: Quantity | None = None
    """The level to reach: `2%` or `0.02` of a percent metric, else a bare number."""
    change: Change | None = None
    """The change from the baseline: `{relative: -66%}` or `{points: -4}`."""
    start: Day | None = None
    """The first day that counts; the day after the baseline unless it says so."""
    by: Day | None = None
    """The last day that counts."""
    within: RollingWindow | None = None
    """How long it lasts from its start, instead of `by`."""
    path: Mapping[Day, Quantity] = Field(default_factory=dict)
    """How far it should be on days in between, in the form of the target or change."""
    hold: Duration | None = None
    """How long it has to last after the end."""
    guardrails: Guardrails = ()
    """Metrics that must not suffer from it."""
    pilot: Pilot | None = None
    """Who asked for it, and who tries it first."""
    closed: Day | None = None
    """The local day on which it was closed; it then says what was `learned`."""
    learned: str | None = None
    """What was learned, in one sentence."""
    links: Mapping[str, str] = Field(default_factory=dict)
    """Pages about it, by name."""
    place: Annotated[Place, GIVEN] = Field(default=NOWHERE, validate_default=True)

    @field_validator("place")
    @classmethod
    def _consistent(cls, place: Place, info: ValidationInfo) -> Place:
        """Runs on the last field, so that it sees all that could be read and one fault hides no other."""
        if flaws := list(goal_flaws(cast("GoalFields", info.data), scope_of(info))):
            raise refusal(flaws)
        return place

    @property
    def starts(self) -> date:
        """The first day that counts towards it."""
        return self.start or (self.baseline.window.end if self.baseline else date.min)

    @property
    def ends(self) -> date:
        """The last day that counts towards it."""
        return self.by or self.starts + (self.within or timedelta(0)) - DAY

    @property
    def length(self) -> timedelta | None:
        """How long the window of "now" is; None where the metric's own window is meant, as there is no baseline."""
        return self.window or (timedelta(days=self.baseline.window.days) if self.baseline else None)

    def aim(self, baseline: float | None, *, percent: bool) -> float | None:
        """The number to reach, from the metric's number over the baseline; None where that is not known.

        Args:
            baseline: The metric over the baseline.
            percent: Whether the metric is read in percent, so that points are percentage points.
        """
        if self.target is not None:
            return self.target.value
        if self.change is None or baseline is None:
            return None
        return self.change.applied(baseline, percent=percent)

    def waypoint(self, day: date, baseline: float | None, *, percent: bool) -> float | None:
        """The number that ``path`` asks for on one of its days; the arguments are those of ``aim``."""
        if self.change is None:
            return self.path[day].value
        return None if baseline is None else self.change.by(self.path[day]).applied(baseline, percent=percent)
