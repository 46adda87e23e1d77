"""Types for the fields of models: what people write, checked and turned into what code works with."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from prodops_metrics.definitions.faults import Flaw, refusal
from prodops_metrics.definitions.literals import NUMBER
from prodops_metrics.definitions.nearest import did_you_mean, listed
from prodops_metrics.definitions.scope import Scope, scope_of

Frequency = Literal["daily", "weekly", "monthly"]
Status = Literal["draft", "active", "broken", "deprecated"]

DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)")
UNITS = {"s": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
UNITS |= {"w": 604800, "week": 604800}
DAY = re.compile(r"\d{4}-\d\d-\d\d")
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
    cure = "Write a length up to ten years such as `7 days`, `1 hour`, `30 minutes` or `2 weeks`."
    raise refusal([Flaw("E106", f"{shown(raw)} is not a duration", cure)])


def whole_days(length: timedelta) -> timedelta:
    """The length of a rolling window, which counts local days."""
    if length % DAY_LONG:
        cure = "Write whole days, such as `7 days` or `4 weeks`."
        raise refusal([Flaw("E106", "a rolling window counts local days, and this is no whole number of them", cure)])
    return length


def read_day(raw: object) -> date:
    """The local day written 2026-05-04."""
    if isinstance(raw, date):
        return raw
    if isinstance(raw, str) and DAY.fullmatch(raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            raise refusal([Flaw("E104", f"{shown(raw)} is not a day of the calendar")]) from None
    raise refusal([Flaw("E104", f"{shown(raw)} is not a date", "Write it as 2026-05-04.")])


def read_share(raw: object) -> float:
    """The share written 30% or 0.30; 30 alone is refused, as it is one or the other by mistake."""
    text = str(raw).strip()
    number = text.removesuffix("%").rstrip()
    if not NUMBER.fullmatch(number):
        raise refusal([Flaw("E105", f"{shown(raw)} is not a share", "Write it as `30%` or `0.30`.")])
    value = float(number) / (100 if text.endswith("%") else 1)
    if -1 <= value <= 1:
        return value
    raise refusal([Flaw("E105", f"{shown(raw)} is more than the whole", f"Did you mean `{number}%`?")])


def shown(raw: object) -> str:
    """A raw value for a message: its text, or what kind of thing stands there instead."""
    kinds = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return kinds.get(type(raw)) or f"`{raw}`"


def reference(kind: str, code: str, names: Callable[[Scope], frozenset[str] | tuple[str, ...]]) -> AfterValidator:
    """A check that an id of this kind exists in the project; without a project every id is taken."""

    def check(value: str, info: ValidationInfo) -> str:
        scope = scope_of(info)
        if scope is None or value in names(scope):
            return value
        known = sorted(names(scope))
        otherwise = f"There is: {listed(known)}" if known else f"No {kind} is declared."
        raise refusal([Flaw(code, f"there is no {kind} `{value}`", did_you_mean(value, known, otherwise=otherwise))])

    return AfterValidator(check)


Duration = Annotated[timedelta, BeforeValidator(read_duration)]
RollingWindow = Annotated[Duration, AfterValidator(whole_days)]
Day = Annotated[date, BeforeValidator(read_day)]
Share = Annotated[float, BeforeValidator(read_share)]
FeatureId = Annotated[str, reference("feature", "E202", lambda scope: scope.features)]
TeamId = Annotated[str, reference("team", "E203", lambda scope: scope.teams)]
EntityId = Annotated[str, reference("entity", "E204", lambda scope: scope.entities)]
