"""Every condition of a definition as it was written: its place, and what it is about."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel

from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.part import CONDITION_KEYS
from prodops_metrics.definitions.places import Node, Spot
from prodops_metrics.definitions.positions import EventPosition

Subject = EventPosition | Condition
"""The events that a condition leaves, or the condition itself where it is about units."""


def conditions(model: BaseModel, node: Node) -> Iterator[tuple[Spot, Subject]]:
    """The conditions of a definition that stand in its node; what it was given from elsewhere has no place there."""
    positions = []
    for name, info in type(model).model_fields.items():
        child, value = node.child(info.alias or name), getattr(model, name)
        if child is not None:
            yield from _inside(value, child)
            positions += [value] if isinstance(value, EventPosition) else []
    own = getattr(model, "condition", None)
    if isinstance(own, Condition):
        subjects: list[Subject] = [position.narrowed(own) for position in positions] or [own]
        yield from ((_written(node), subject) for subject in subjects)


def _inside(value: object, node: Node) -> Iterator[tuple[Spot, Subject]]:
    match value:
        case EventPosition(alternatives):
            for index, match in enumerate(alternatives):
                if match.condition:
                    yield _written(node.child(index) or node), EventPosition((match,))
        case Condition():
            yield node.named, value
        case BaseModel():
            yield from conditions(value, node)
        case tuple():
            yield from _each(enumerate(value), node)
        case Mapping():
            yield from _each(value.items(), node)


def _each(values: Iterable[tuple[str | int, object]], node: Node) -> Iterator[tuple[Spot, Subject]]:
    for step, value in values:
        if child := node.child(step):
            yield from _inside(value, child)


def _written(node: Node) -> Spot:
    """Where ``filter`` or ``where`` stands."""
    found = [child for key in CONDITION_KEYS if (child := node.child(key))]
    return (found[0] if found else node).named
