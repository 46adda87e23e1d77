"""Properties that are added up: declared on the events that they are read from, as a number."""

from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from prodops_metrics.definitions.faults import Flaw, refusal
from prodops_metrics.definitions.filters import unknown_column
from prodops_metrics.definitions.positions import EventPosition
from prodops_metrics.definitions.scope import Columns, scope_of

NUMERIC = frozenset({"integer", "number"})


def read_numeric(name: str, info: ValidationInfo) -> str:
    """A property of the events under ``event``, which stands before it; outside any project every name is taken."""
    columns = _columns(info)
    if columns is None:
        return name
    if name not in columns:
        raise refusal([replace(unknown_column(name, columns, "E206"), at_key=False)])
    kind = columns[name].type
    if kind not in NUMERIC:
        cure = "Declare it as `integer` or `number`, or count events instead."
        raise refusal([Flaw("E207", f"`{name}` is declared as {kind}, which cannot be added up", cure)])
    return name


def _columns(info: ValidationInfo) -> Columns:
    scope, position = scope_of(info), info.data.get("event")
    if scope is None or not isinstance(position, EventPosition):
        return None
    return scope.event_columns(match.event for match in position)


NumericProperty = Annotated[str, AfterValidator(read_numeric)]
