"""What a statement says of a row of events ``e``: whether it matches, and what its properties are."""

from dataclasses import dataclass
from functools import cached_property

from prodops_metrics.definitions import Catalog, Condition, EventMatch, EventPosition
from prodops_metrics.metrics.question import UNKNOWN
from prodops_metrics.warehouse.received import json_pointer, received
from prodops_metrics.warehouse.schema import SQL_TYPES, column_name, quote
from prodops_metrics.warehouse.statement import Parameters


@dataclass(frozen=True)  # without slots: what follows from the catalog is worked out once
class EventRows:
    """``event_columns`` are the columns that ``events`` has; ``key`` is SQL of the unit of a row."""

    catalog: Catalog
    event_columns: frozenset[str]
    parameters: Parameters
    key: str

    @cached_property
    def received(self) -> str | None:
        """When an event was received, which tells events of one moment apart; None where exports do not say."""
        return received(self.catalog.sources, self.parameters)

    def named(self, position: EventPosition) -> list[str]:
        """Filters that keep events of a position's names; none where any event may match."""
        names = [match.event for match in position]
        if None in names:
            return []
        listed = ", ".join(self.parameters.bind(name) for name in dict.fromkeys(names) if name is not None)
        return [f"e.event IN ({listed})"]

    def matches(self, position: EventPosition) -> str:
        """Whether an event is one of a position's alternatives; never NULL."""
        anytime = [self._alternative(match) for match in position if not match.first_time]
        kinds = dict.fromkeys(match.first_time for match in position if match.first_time)
        return " OR ".join(f"({part})" for part in [*anytime, *(self._first(position, kind) for kind in kinds)]) or "FALSE"

    def _alternative(self, match: EventMatch) -> str:
        condition = f"coalesce({self._render(match.condition)}, FALSE)" if match.condition else "TRUE"
        return " AND ".join(part for part in (self._is_named(match), condition) if part != "TRUE") or "TRUE"

    def _is_named(self, match: EventMatch) -> str:
        return "TRUE" if match.event is None else f"e.event = {self.parameters.bind(match.event)}"

    def _first(self, position: EventPosition, kind: str) -> str:
        """The unit's first event ever of any of these names, or its first that matches; a match wins a tie."""
        own = [match for match in position if match.first_time == kind]
        matching = " OR ".join(f"({self._alternative(match)})" for match in own)
        group = matching if kind == "matching" else " OR ".join(f"({self._is_named(match)})" for match in own)
        order = ", ".join(["e.ts", *([self.received] if self.received else []), f"({matching}) DESC", "e.event_id"])
        return f"({matching}) AND row_number() OVER (PARTITION BY {self.key}, ({group}) ORDER BY {order}) = 1"

    def _render(self, condition: Condition) -> str:
        return condition.render(self.property, self.parameters.bind)

    def property(self, name: str) -> str:
        """A property; one declared since the snapshot was made is read from the JSON column."""
        column = column_name(name)
        if column in self.event_columns:
            return f"e.{quote(column)}"
        kind = SQL_TYPES[self.catalog.property_types.get(name, "string")]
        path = self.parameters.bind(json_pointer(name))
        return f"TRY_CAST(json_extract_string(e.extra, {path}) AS {kind})"

    def value(self, name: str) -> str:
        """A property as text; NULL where it is empty."""
        return f"nullif({self.property(name)}::VARCHAR, '')"

    def label(self, name: str) -> str:
        """The same, with a word where it is empty."""
        return f"coalesce({self.value(name)}, '{UNKNOWN}')"
