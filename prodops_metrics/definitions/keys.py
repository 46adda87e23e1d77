"""Unknown keys: checked before the models see them, so that one fault never hides another."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from prodops_metrics.definitions.checks.shape import key_of_another, unknown_key
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.foreign import ours
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.definitions.part import CONDITION_KEYS, GIVEN, Part
from prodops_metrics.definitions.places import Node

Path = tuple[str | int, ...]


@cache
def shape(model: type[Part]) -> Mapping[str, Any]:
    """The keys of a model as YAML writes them, each with what may stand there."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if GIVEN in field.metadata:
            continue
        if name == "condition":
            found |= dict.fromkeys(CONDITION_KEYS, Any)
        else:
            found[field.alias or name] = field.annotation
    return found


def unknown_keys(node: Node, model: Any, elsewhere: Mapping[str, str], path: Path = ()) -> Iterator[tuple[Flaw, str]]:  # noqa: ANN401
    """Every key, at any depth, that the model has no field for, with the likeliest one instead (or nothing).

    ``elsewhere`` says of keys unknown at the top whose they are.
    """
    for part in _parts(model, node):
        keys = shape(part)
        for key, child in node.entries.items():
            if key in keys:
                yield from unknown_keys(child, keys[key], {}, (*path, key))
            else:
                yield _unknown(key, keys, elsewhere, path)
    for step, child, inner in _inside(model, node):
        yield from unknown_keys(child, inner, {}, (*path, step))


def _unknown(key: str, keys: Mapping[str, Any], elsewhere: Mapping[str, str], path: Path) -> tuple[Flaw, str]:
    near = ours(key, keys) or nearest(key, keys)
    if not near and key in elsewhere:
        return key_of_another(key, elsewhere[key], keys).under(*path, key), ""
    return unknown_key(key, keys, near=near).under(*path, key), near[0] if near else ""


def _parts(annotation: Any, node: Node) -> Iterator[type[Part]]:  # noqa: ANN401
    """The one model that a mapping is read as; none where that is open or no model is meant."""
    options = list(_options(annotation))
    options += [inner for option in options for inner in _options(_item(option))]
    models = [option for option in options if isinstance(option, type) and issubclass(option, Part)]
    tag = node.child("type")
    if len(models) > 1 and tag is not None:
        models = [model for model in models if tag.value in _tags(model)]
    if len(models) == 1 and isinstance(node.value, dict):
        yield models[0]


def _item(option: Any) -> Any:  # noqa: ANN401
    """What stands in a list, for where one alone may stand in its place; nothing if it is none."""
    return get_args(option)[0] if get_origin(option) in {tuple, list} else None


def _tags(model: type[Part]) -> tuple[Any, ...]:
    field = model.model_fields.get("type")
    return get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()


def _inside(annotation: Any, node: Node) -> Iterator[tuple[str | int, Node, Any]]:  # noqa: ANN401
    """The values of a list or of a mapping with free keys, each with what may stand there."""
    for option in _options(annotation):
        origin, arguments = get_origin(option), get_args(option)
        if isinstance(node.value, list) and origin in {tuple, list}:
            yield from ((index, child, arguments[0]) for index, child in enumerate(node.value))
        elif isinstance(node.value, dict) and isinstance(origin, type) and issubclass(origin, Mapping):
            yield from ((key, child, arguments[1]) for key, child in node.value.items())


def _options(annotation: Any) -> Iterator[Any]:  # noqa: ANN401
    """The members of a union, however deep; the type itself if it is none."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _options(get_args(annotation)[0])
    elif origin is not None and str(origin) in {"typing.Union", "<class 'types.UnionType'>"}:
        for option in get_args(annotation):
            yield from _options(option)
    else:
        yield annotation
