"""Properties that are added up: declared on the events that they are read from, as a number."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from prodops_metrics.definitions.checks.references import unknown_property, wrong_type
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.positions import EventPosition
from prodops_metrics.definitions.scope import Column, Columns, scope_of

NUMERIC = frozenset({"integer", "number"})


def read_numeric(name: str, info: ValidationInfo) -> str:
    """A property of the events under ``event``, which stands before it; outside any project every name is taken."""
    column = property_column(name, info)
    if column is not None and column.type is not None and column.type not in NUMERIC:
        raise refusal([wrong_type(name, column.type, lacks="sum")])
    return name


def property_column(name: str, info: ValidationInfo) -> Column | None:
    """What is declared of a property of the events under ``event``; None where that is not known."""
    columns = _columns(info)
    if columns is None:
        return None
    if name not in columns:
        raise refusal([unknown_property(name, columns).at_value()])
    return columns[name]


def _columns(info: ValidationInfo) -> Columns:
    scope, position = scope_of(info), info.data.get("event")
    if scope is None or not isinstance(position, EventPosition):
        return None
    return scope.event_columns(match.event for match in position)


def check_property(name: str, positions: Iterable[EventPosition], path: tuple[str, ...], info: ValidationInfo) -> None:
    """Refuses a property that none of these events has; outside any project every name is taken."""
    scope = scope_of(info)
    columns = scope.event_columns(match.event for position in positions for match in position) if scope else None
    if columns is not None and name not in columns:
        raise refusal([replace(unknown_property(name, columns).at_value(), path=path)])


NumericProperty = Annotated[str, AfterValidator(read_numeric)]
