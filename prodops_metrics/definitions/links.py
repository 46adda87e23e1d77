"""What a definition names: the events, features, metrics, teams and entities that it leads to."""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel

from prodops_metrics.definitions.fields import EntityId, FeatureId, MetricId, TeamId
from prodops_metrics.definitions.positions import EventPosition

Link = tuple[str, str]
"""A kind, such as ``events``, and an id."""

NAMED = ((EntityId, "entities"), (FeatureId, "features"), (TeamId, "teams"), (MetricId, "metrics"))
KINDS: Mapping[object, str] = {get_args(annotation)[1]: kind for annotation, kind in NAMED}
"""The check of a field that holds an id, with the kind that it must be of."""


def links(definition: BaseModel) -> tuple[Link, ...]:
    """All that a definition names, each once, in the order in which it does."""
    return tuple(dict.fromkeys(_of_model(definition)))


def _of_model(model: BaseModel) -> Iterator[Link]:
    for name, field in type(model).model_fields.items():
        if name != "place":
            yield from _of(getattr(model, name), field.annotation, tuple(field.metadata))


def _of(value: object, annotation: Any, metadata: tuple[object, ...] = ()) -> Iterator[Link]:  # noqa: ANN401
    match value:
        case EventPosition():
            yield from (("events", match.event) for match in value if match.event)
        case BaseModel():
            yield from _of_model(value)
        case str():
            yield from ((kind, value) for kind in _kinds(annotation, metadata))
        case tuple():
            yield from _of_each(value, annotation)
        case Mapping():
            for at, half in enumerate((value.keys(), value.values())):
                yield from _of_each(half, annotation, at)


def _of_each(values: Any, annotation: Any, at: int = 0) -> Iterator[Link]:  # noqa: ANN401
    """Of the items of a container, of which ``at`` says whether keys or values are meant."""
    options = [get_args(option) for option, _ in unfolded(annotation) if get_origin(option) is not None]
    inner = options[0][at] if options else None
    for value in values:
        yield from _of(value, inner)


def _kinds(annotation: Any, metadata: tuple[object, ...]) -> Iterator[str]:  # noqa: ANN401
    for _, more in unfolded(annotation, metadata):
        yield from (KINDS[each] for each in more if isinstance(each, AfterValidator) and each in KINDS)


def unfolded(annotation: Any, metadata: tuple[object, ...] = ()) -> Iterator[tuple[Any, tuple[object, ...]]]:  # noqa: ANN401
    """The members of a union, however deep, each with the metadata that it was annotated with."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        yield from unfolded(inner, (*more, *metadata))
    elif origin in {Union, UnionType}:
        for option in get_args(annotation):
            yield from unfolded(option, metadata)
    else:
        yield annotation, metadata
