"""The values of definitions as a person would say them, for explanations and for what changed."""

from collections.abc import Mapping
from datetime import timedelta
from functools import singledispatch

from pydantic import BaseModel

from prodops_metrics.definitions import GIVEN, Condition, EventMatch, EventPosition

NOTHING = "not set"
UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))
FIRST_TIME = {"event": ", the first ever", "matching": ", the first that matches"}


@singledispatch
def spoken(value: object) -> str:
    """A value as a person would say it: ``7 days``, ``search_submitted where (results = 0)``."""
    return NOTHING if value is None else f"`{value}`"


@spoken.register
def _(value: bool) -> str:  # noqa: FBT001  the value itself
    return "yes" if value else "no"


@spoken.register
def _(value: timedelta) -> str:
    return duration(value)


@spoken.register
def _(value: Condition) -> str:
    return f"`{value.text}`"


@spoken.register
def _(value: EventMatch) -> str:
    name = f"`{value.event}`" if value.event else "any event"
    where = f" where `{value.condition.text}`" if value.condition else ""
    return f"{name}{where}{FIRST_TIME.get(value.first_time or '', '')}"


@spoken.register
def _(value: EventPosition) -> str:
    return " or ".join(spoken(match) for match in value.alternatives)


@spoken.register(tuple)
@spoken.register(list)
@spoken.register(frozenset)
def _(value: tuple[object, ...] | list[object] | frozenset[object]) -> str:
    return ", ".join(spoken(each) for each in value) or NOTHING


@spoken.register(Mapping)
def _(value: Mapping[str, object]) -> str:
    return ", ".join(f"{key}: {spoken(each)}" for key, each in value.items()) or NOTHING


@spoken.register
def _(value: BaseModel) -> str:
    said = {name: each for name, each in values_of(value).items() if each is not None}
    return ", ".join(f"{key_of(value, name)} {spoken(each)}" for name, each in said.items())


def values_of(model: BaseModel) -> dict[str, object]:
    """The fields of a definition that somebody wrote or that its feature gives it."""
    given = {name for name, field in type(model).model_fields.items() if GIVEN in field.metadata}
    return {name: getattr(model, name) for name in type(model).model_fields if name not in given - {"eligible"}}


def key_of(model: BaseModel, field: str) -> str:
    """The key that people write for a field of a model."""
    return "filter" if field == "condition" else type(model).model_fields[field].alias or field


def duration(value: timedelta) -> str:
    """``7 days``, ``1 hour``: in the largest unit that it is a whole number of."""
    for word, unit in UNITS:
        if value >= unit and value % unit == timedelta(0):
            count = value // unit
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{value.total_seconds():g} seconds"
