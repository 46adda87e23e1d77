"""Texts to start a definition from: one for each metric type, written with a project's own events, or one that exists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from sys import modules
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from prodops_metrics.definitions import GIVEN, Catalog, EventPosition, NumericProperty, Part
from prodops_metrics.definitions.emitting import definition
from prodops_metrics.definitions.literals import Plain
from prodops_metrics.metrics import METRIC_TYPES

NUMERIC = frozenset({"integer", "number"})
FIRST_ID = "my_metric"
DESCRIPTION = "Say in one sentence what it counts"


def purpose(word: str) -> str:
    """What a metric type measures: the first line of its docstring."""
    return (modules[METRIC_TYPES[word].__module__].__doc__ or word).strip().split("\n")[0].rstrip(".:").replace("``", "`")


def start_text(catalog: Catalog, option: str) -> str:
    """The text to start from: a new metric of a type, or a copy of a metric that exists."""
    if option in METRIC_TYPES:
        return starter(catalog, option)
    return copied(catalog, option, (catalog.root / catalog.metric(option).place.file).read_text(encoding="utf-8-sig"))


def starter(catalog: Catalog, word: str) -> str:
    """The text of a first metric of this type, with every key that it cannot do without."""
    values = {"description": DESCRIPTION, "type": word, **dict(_Sample(catalog).required(METRIC_TYPES[word]))}
    values |= {"feature": feature} if (feature := _Sample(catalog).feature) else {}
    return "\n".join(["metrics:", *definition(FIRST_ID, values, 2)]) + "\n"


def copied(catalog: Catalog, name: str, text: str) -> str:
    """A metric as its file has it, comments and all, under an id of its own.

    Args:
        catalog: The definitions that it is one of.
        name: Its id.
        text: The file that its place names.
    """
    start = catalog.metric(name).place.line - 1
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")[start:]
    margin = len(lines[0]) - len(lines[0].lstrip())
    body = [lines[0].replace(name, _free(catalog, name), 1), *_below(lines[1:], margin)]
    return "\n".join(["metrics:", *(f"  {line[margin:]}".rstrip() for line in body)]).rstrip() + "\n"


def _below(lines: list[str], margin: int) -> Iterator[str]:
    """The lines that are indented further than a margin, and empty ones between them."""
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) <= margin:
            return
        yield line


def _free(catalog: Catalog, name: str) -> str:
    """An id that nothing has yet."""
    numbers = (f"{name}_{number}" for number in range(2, len(catalog.metrics) + 3))
    return next(each for each in numbers if each not in catalog.metrics)


@dataclass(frozen=True)
class _Sample:
    """Values that a key can have in this project, so that what is written with them has no fault."""

    catalog: Catalog

    @cached_property
    def events(self) -> tuple[str, ...]:
        """Events to write with, the most telling first: those of the first feature in the order of its roles."""
        feature = next(iter(self.catalog.features.values()), None)
        roles = (feature.used, feature.succeeded, feature.exposed) if feature else ()
        named = [match.event for position in roles if position for match in position if match.event]
        return tuple(dict.fromkeys([*named, *self.catalog.events])) or ("event_of_yours",)

    @property
    def feature(self) -> str:
        """The first feature, of which the first event is."""
        return next(iter(self.catalog.features), "")

    @cached_property
    def measured(self) -> tuple[str, str]:
        """An event with a numeric property, and that property."""
        for event in (*self.events, *self.catalog.events):
            declared = self.catalog.events[event].properties if event in self.catalog.events else {}
            for name, each in declared.items():
                if each.type in NUMERIC:
                    return event, name
        return self.events[0], "number_of_yours"

    def required(self, model: type[Part]) -> Iterator[tuple[str, object]]:
        """A value for each key that a model cannot do without, and for the property that it measures."""
        numeric = any(_holds(field, NumericProperty) for field in model.model_fields.values())
        for name, field in model.model_fields.items():
            needed = field.is_required() or _holds(field, NumericProperty)
            if not needed or GIVEN in field.metadata or name in {"type", "description"}:
                continue
            yield field.alias or name, self._value(name, field, self.measured[0] if numeric else self.events[0])

    def _value(self, name: str, field: FieldInfo, event: str) -> object:
        if _holds(field, EventPosition):
            many = get_origin(field.annotation) is tuple
            return [*reversed(self.events[:1]), *self.events[1:2]] if many else event
        if _holds(field, NumericProperty):
            return self.measured[1]
        models = [one for one in _members(field.annotation) if isinstance(one, type) and issubclass(one, Part)]
        if models:
            told = {"type": _word(models[0]), **dict(self.required(models[0]))} if _word(models[0]) else {}
            return {**told, "event": self.events[1]} if name == "numerator" and self.events[1:] else told
        return self._plain(name, field)

    def _plain(self, name: str, field: FieldInfo) -> object:
        members = list(_members(field.annotation))
        words = [word for each in members if get_origin(each) is Literal for word in get_args(each)]
        if timedelta in members:
            return Plain("7 days")
        if float in members or int in members:
            return Plain("0.9")
        if any(get_origin(each) in {dict, Mapping} or isinstance(each, type(Mapping)) for each in members):
            return {"a": next((one for one in self.catalog.metrics if "." not in one), "metric_of_yours")}
        return words[0] if words else "a" if name == "formula" else f"{name}_of_yours"


def _word(model: type[Part]) -> str:
    field = model.model_fields.get("type")
    return str(get_args(field.annotation)[0]) if field and get_origin(field.annotation) is Literal else ""


def _holds(field: FieldInfo, wanted: Any) -> bool:  # noqa: ANN401
    return any(one is wanted or one == wanted for one in _members(field.annotation)) or (
        wanted is NumericProperty and any(one in field.metadata for one in get_args(NumericProperty)[1:])
    )


def _members(annotation: Any) -> Iterator[Any]:  # noqa: ANN401
    """The types that an annotation is made of, however deep in unions and tuples."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield annotation
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, UnionType, tuple}:
        for part in get_args(annotation):
            yield from _members(part)
    else:
        yield annotation
