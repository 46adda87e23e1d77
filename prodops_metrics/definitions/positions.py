"""An event position: what may stand wherever a definition asks for an event.

A name (an id or an alias), ``any``, ``{event, filter, where, first_time}``, or a list of these (any of).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from prodops_metrics.definitions.conditions import Condition

FirstTime = Literal["event", "matching"]
POSITION_KEYS = ("event", "filter", "where", "first_time")


@dataclass(frozen=True, slots=True)
class EventMatch:
    """Events of one id (None: of any), of which the condition holds.

    ``first_time`` keeps a unit's first one only: ``event`` the first of that id, whether it matches or not;
    ``matching`` the first that matches.
    """

    event: str | None
    condition: Condition | None = None
    first_time: FirstTime | None = None

    def narrowed(self, condition: Condition | None) -> "EventMatch":
        """The same events, of which this condition holds too."""
        return self if condition is None else replace(self, condition=condition & self.condition)


@dataclass(frozen=True, slots=True)
class EventPosition:
    """Events that match any of the alternatives."""

    alternatives: tuple[EventMatch, ...]

    @property
    def events(self) -> frozenset[str] | None:
        """The ids of its events; None where any event will do."""
        names = frozenset(match.event for match in self.alternatives)
        return None if None in names else frozenset(name for name in names if name is not None)

    @property
    def columns(self) -> frozenset[str]:
        """The properties that its conditions look at."""
        return frozenset(name for match in self.alternatives if match.condition for name in match.condition.columns)

    def narrowed(self, condition: Condition | None) -> "EventPosition":
        """The same events, of which this condition holds too: how a metric's own ``filter`` joins its event."""
        return EventPosition(tuple(match.narrowed(condition) for match in self.alternatives))

    def __iter__(self) -> Iterator[EventMatch]:
        """Its alternatives, in the order written."""
        return iter(self.alternatives)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        """Lets a model declare a field of this type; what stands in YAML is read in its scope."""
        # Reading needs the whole grammar, which itself needs this class.
        from prodops_metrics.definitions.reading import read_position

        return core_schema.with_info_plain_validator_function(read_position)
