"""``tests:`` - worked examples of a metric: a few events, and the numbers that they must give."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from prodops_metrics.definitions.checks.tables import no_such_axis, nothing_expected
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.fields import Day, MetricId, Number
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.scope import scope_of
from prodops_metrics.definitions.tables import event_flaws, unit_flaws

Reason = Literal["no_data", "no_denominator", "window_open", "too_few", "not_declared", "before_launch", "needs_refresh"]


class Expected(Part):
    """What a point must be; only what is written is compared.

    ``n`` counts the independent units behind it (``units`` of the result frame). ``step``, ``age``, ``state`` and
    ``active_days`` say which part of the point is meant, where the type of the metric has such an axis. A point with a
    ``reason`` has no number.
    """

    point: Number | None = None
    """The number itself."""
    n: int | None = Field(default=None, ge=0)
    """How many independent units are behind it."""
    numerator: Number | None = None
    """What is above the line."""
    denominator: Number | None = None
    """What is below the line."""
    low: Number | None = None
    """The lower end of its interval."""
    high: Number | None = None
    """The upper end of its interval."""
    complete: bool | None = None
    """Whether all days that it needs are there."""
    reason: Reason | None = None
    """Why there is no number."""
    step: int | None = None
    """The step of a funnel."""
    age: int | None = None
    """The age of a cohort."""
    state: str | None = None
    """The state of a unit."""
    active_days: int | None = None
    """The number of active days."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.values:
            raise refusal([nothing_expected()])
        return self

    @property
    def axes(self) -> Mapping[str, int | str]:
        """The part of the point that is meant, by axis."""
        every = {name: getattr(self, name) for name in AXES}
        return {name: value for name, value in every.items() if value is not None}

    @property
    def values(self) -> Mapping[str, float | bool | str]:
        """What is compared, by column of the result frame; ``n`` is its ``units``."""
        names = (name for name in type(self).model_fields if name not in AXES)
        written = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return {"units" if name == "n" else name: value for name, value in written.items()}


AXES = ("step", "age", "state", "active_days")


def read_points(raw: object) -> object:
    """Each date with a list of what is expected there: a number alone is a point, one mapping a list of one."""
    if not isinstance(raw, dict) or not raw:
        raise refusal([nothing_expected()])
    if empty := [day for day, value in raw.items() if value in ([], None)]:
        raise refusal(replace(nothing_expected(), at_key=True).under(day) for day in empty)
    return {day: _points(value) for day, value in raw.items()}


def _points(raw: object) -> object:
    each = raw if isinstance(raw, list) else [raw]
    return [value if isinstance(value, dict | Expected) else {"point": value} for value in each]


class MetricTest(Part):
    """One test: ``given`` these events, ``metric`` is what ``expect`` says.

    ``given`` is CSV with the columns ``time``, ``event``, entities (such as ``user``) and properties; an empty cell is no
    value. Times are local ones of the project unless they carry an offset. ``units`` holds CSV by entity: the unit's id in
    a column named as the entity, then its attributes. The data is complete through ``at``, or the newest day given.
    ``expect`` names a point by the date that answers show for it: the first day of its week or other bucket, or the
    last day of a rolling window.
    """

    id: Annotated[str, GIVEN]
    description: str = ""
    """What it shows, in one sentence."""
    metric: MetricId
    """The metric that is tested."""
    given: str = Field(min_length=1)
    """Events as CSV: `user,time,event` and properties in the first line."""
    units: Mapping[str, str] = Field(default_factory=dict)
    """Attributes of units as CSV, by entity: its name and attributes in the first line."""
    at: Day | None = None
    """The last complete day; the newest day given unless it says so."""
    expect: Annotated[Mapping[Day, tuple[Expected, ...]], BeforeValidator(read_points)]
    """What the metric must be, by date."""
    place: Annotated[Place, GIVEN] = NOWHERE

    @field_validator("given")
    @classmethod
    def _events_known(cls, text: str, info: ValidationInfo) -> str:
        if (scope := scope_of(info)) and (flaws := event_flaws(text, scope)):
            raise refusal(flaws)
        return text

    @field_validator("units")
    @classmethod
    def _units_known(cls, tables: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        scope = scope_of(info)
        flaws = [flaw for entity, text in tables.items() for flaw in unit_flaws(entity, text, scope)] if scope else []
        if flaws:
            raise refusal(flaws)
        return tables

    @field_validator("expect")
    @classmethod
    def _within_reach(
        cls, expect: Mapping[date, tuple[Expected, ...]], info: ValidationInfo
    ) -> Mapping[date, tuple[Expected, ...]]:
        scope = scope_of(info)
        facts = scope.facts.get(str(info.data.get("metric"))) if scope else None
        if facts is None:
            return expect
        flaws = [
            no_such_axis(name, facts.axes).under(str(day), *([index] if len(points) > 1 else []), name)
            for day, points in expect.items()
            for index, point in enumerate(points)
            for name in point.axes
            if name not in facts.axes
        ]
        if flaws:
            raise refusal(flaws)
        return expect
