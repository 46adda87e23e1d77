"""Types for the fields of models: what people write, checked and turned into what code works with."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, PlainValidator, ValidationInfo

from prodops_metrics.definitions.checks.lifecycle import unknown_metric
from prodops_metrics.definitions.checks.references import unknown_entity, unknown_feature, unknown_team
from prodops_metrics.definitions.checks.values import not_a_date, not_a_duration, not_a_number, wrong_kind
from prodops_metrics.definitions.faults import Flaw, refusal
from prodops_metrics.definitions.literals import NUMBER
from prodops_metrics.definitions.scope import Scope, scope_of

Frequency = Literal["daily", "weekly", "monthly"]
Status = Literal["draft", "active", "broken", "deprecated"]

DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)")
UNITS = {"s": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
UNITS |= {"w": 604800, "week": 604800}
AMOUNT = re.compile(r"(.*?)\s*(%|pp|)")
MOST = 1e15
DAY = re.compile(r"\d{4}-\d\d-\d\d")
YEARS = range(1900, 3000)
"""Years that a date can be meant in; others are slips, and too near the ends of the calendar to reckon with."""
DAY_LONG, LONGEST = timedelta(days=1), timedelta(days=3660)


def read_duration(raw: object) -> timedelta:
    """The length of ``7 days``, ``1 hour``, ``30 minutes``, ``28d`` or ``2 weeks``."""
    if isinstance(raw, timedelta):
        return raw
    found = DURATION.fullmatch(raw.strip().lower()) if isinstance(raw, str) else None
    seconds = found and (UNITS.get(found[2]) or UNITS.get(found[2].removesuffix("s")))
    length = timedelta(seconds=min(float(found[1]) * seconds, 1e10)) if found and seconds else timedelta(0)
    if timedelta(0) < length <= LONGEST:
        return length
    raise refusal([not_a_duration(raw)])


def whole_days(length: timedelta) -> timedelta:
    """The length of a rolling window, which counts local days."""
    if length % DAY_LONG:
        raise refusal([not_a_duration(length, days=True)])
    return length


def read_day(raw: object) -> date:
    """The local day written 2026-05-04."""
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str) and DAY.fullmatch(raw):
        try:
            found = date.fromisoformat(raw)
        except ValueError:
            raise refusal([not_a_date(raw)]) from None
        if found.year in YEARS:
            return found
    raise refusal([not_a_date(raw)])


def read_share(raw: object) -> float:
    """The share written 30% or 0.30; 30 alone is refused, as it is one or the other by mistake."""
    text = str(raw).strip()
    number = text.removesuffix("%").rstrip()
    if not NUMBER.fullmatch(number):
        raise refusal([not_a_number(raw, "share")])
    value = float(number) / (100 if text.endswith("%") else 1)
    if -1 <= value <= 1:
        return value
    raise refusal([not_a_number(raw, "share")])


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit: ``30%`` is 0.3 of ``%``, ``-4pp`` is -0.04 of ``pp``, a bare number is as it stands."""

    value: float
    unit: Literal["", "%", "pp"] = ""
    text: str = ""

    def __str__(self) -> str:
        """As it was written."""
        return self.text or f"{self.value:g}"


def read_amount(raw: object) -> Amount:
    """The amount written ``12``, ``0.30``, ``30%``, ``-66%`` or ``4pp`` (percentage points)."""
    if isinstance(raw, Amount):
        return raw
    found = AMOUNT.fullmatch(str(raw).strip()) if isinstance(raw, str | int | float) else None
    if found is None or not NUMBER.fullmatch(found[1]) or abs(float(found[1])) > MOST:
        raise refusal([not_a_number(raw, "amount")])
    units: Mapping[str, Literal["", "%", "pp"]] = {"%": "%", "pp": "pp"}
    unit = units.get(found[2], "")
    return Amount(float(found[1]) / (100 if unit else 1), unit, str(raw).strip())


def read_number(raw: object) -> float:
    """The number written ``12``, ``0.30`` or ``30%``."""
    found = read_amount(raw)
    if found.unit == "pp":
        raise refusal([not_a_number(raw, "plain")])
    return found.value


def reference(
    unknown: Callable[[str, Collection[str]], Flaw], names: Callable[[Scope], Collection[str]], *, of_project: bool = False
) -> AfterValidator:
    """A check that an id exists among ``names``; an alias becomes its id. Outside any project all are taken.

    Where project.yml is missing, all that are ``of_project`` are taken.
    """

    def check(value: str, info: ValidationInfo) -> str:
        scope = scope_of(info)
        if scope is None or isinstance(value, PropertyEntity):
            return value
        known = names(scope)
        if value in known:
            return known[value] if isinstance(known, Mapping) else value
        if scope.may_be_unread(value) or (of_project and scope.no_project):
            return value
        raise refusal([unknown(value, known)])

    return AfterValidator(check)


def not_absent(name: str, info: ValidationInfo) -> str:
    """The id of a metric that its feature can have."""
    scope = scope_of(info)
    if scope is not None and name in scope.absent:
        raise refusal([unknown_metric(name, scope.metrics, scope.absent[name])])
    return name


def one_or_many(raw: object) -> object:
    """A single text for a list of one."""
    return [raw] if isinstance(raw, str) else raw


class PropertyEntity(str):
    """What is counted where it is no entity of the project but the different values of this event property."""


def read_entity(raw: object) -> str:
    """An entity's id, or ``{property: name}``: the values of an event property are counted."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, dict) and set(raw) == {"property"} and isinstance(raw["property"], str):
        return PropertyEntity(raw["property"])
    raise refusal([wrong_kind(raw, "entity")])


Duration = Annotated[timedelta, BeforeValidator(read_duration)]
RollingWindow = Annotated[Duration, AfterValidator(whole_days)]
Day = Annotated[date, BeforeValidator(read_day)]
Share = Annotated[float, BeforeValidator(read_share)]
FeatureId = Annotated[str, reference(unknown_feature, lambda scope: scope.features)]
TeamId = Annotated[str, reference(unknown_team, lambda scope: scope.teams, of_project=True)]
EntityId = Annotated[str, reference(unknown_entity, lambda scope: scope.entities, of_project=True)]
MetricId = Annotated[str, reference(unknown_metric, lambda scope: scope.metrics), AfterValidator(not_absent)]
Number = Annotated[float, BeforeValidator(read_number)]
Quantity = Annotated[Amount, BeforeValidator(read_amount)]
CountedEntity = Annotated[str, PlainValidator(read_entity), reference(unknown_entity, lambda scope: scope.entities)]
