"""What the data really holds, for definitions to be held against: events, values of properties, attributes of units."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from prodops_metrics.definitions import Condition, EventMatch, Property
from prodops_metrics.warehouse.connection import Warehouse
from prodops_metrics.warehouse.received import json_pointer
from prodops_metrics.warehouse.schema import SQL_TYPES, attributes_table, column_name, quote
from prodops_metrics.warehouse.staging.area import Values
from prodops_metrics.warehouse.staging.expressions import typed
from prodops_metrics.warehouse.staging.rows import Column
from prodops_metrics.warehouse.statement import Parameters, Statement

MOST_VALUES = 50
"""So many values of a property are looked at beyond those that are declared."""

Wanted = Mapping[str | None, Mapping[str, Property]]
"""Properties by event; those under None are common to all events."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A property or attribute in the data: of so many rows, how many hold it, and how many hold what it cannot be.

    ``example`` is one of the latter; ``values`` are those that rows hold, with how many, the most frequent first.
    """

    rows: int
    filled: int
    misfits: int = 0
    example: str | None = None
    values: Mapping[Any, int] = field(default_factory=dict)


@dataclass(frozen=True)  # without slots: the columns are looked up once
class Facts:
    """Looks at the data of a snapshot by the definitions that it is opened with."""

    warehouse: Warehouse

    def event_rows(self) -> pl.DataFrame:
        """``event, source, events`` of every name of an event that any row has, by the ids that aliases stand for."""
        return self.warehouse.table(
            "SELECT event::VARCHAR AS event, source, events FROM event_sources ORDER BY events DESC, event"
        )

    def properties(self, wanted: Wanted) -> dict[tuple[str | None, str], Filled]:
        """What the rows of each event hold in each of the properties that are wanted of it."""
        rows, misfits = self._filled(sorted({name for table in wanted.values() for name in table})), self._misfits(wanted)
        found = {}
        for event, table in wanted.items():
            of_event = rows.get(event, Counter())
            for name, declared in table.items():
                values = self._values(event, name, declared) if declared.enum and of_event[name] else {}
                found[event, name] = Filled(of_event[""], of_event[name], *misfits.get((event, name), (0, None)), values)
        return found

    def any_row(self, match: EventMatch) -> bool:
        """Whether any row is this event and fulfils its condition, with a unit or without."""
        parameters = Parameters()
        tests = [f"event = {parameters.bind(match.event)}"] if match.event else []
        if match.condition:
            tests.append(match.condition.render(lambda name: self._column(name, parameters), parameters.bind))
        return bool(self._rows(f"SELECT 1 FROM events WHERE {' AND '.join(tests) or 'TRUE'} LIMIT 1", parameters))

    def any_unit(self, entity: str, condition: Condition | None = None) -> bool:
        """Whether there is any unit, and any that fulfils a condition on attributes, today or at any time before."""
        parameters = Parameters()
        test = condition.render(lambda name: quote(column_name(name)), parameters.bind) if condition else "TRUE"
        return bool(self._rows(f"SELECT 1 FROM {quote(attributes_table(entity))} WHERE {test} LIMIT 1", parameters))

    def attributes(self, source: str) -> dict[str, Filled]:
        """What the rows of a source of units hold in each of its declared properties."""
        declared = self.warehouse.catalog.sources[source].properties
        return {name: self._attribute(source, name, each) for name, each in declared.items()}

    @cached_property
    def _there(self) -> frozenset[str]:
        columns = self.warehouse.table("SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'")
        return frozenset(columns["column_name"])

    def _column(self, name: str, parameters: Parameters) -> str:
        """A property as SQL: its column, or its text in the JSON column where it was declared since the refresh."""
        if column_name(name) in self._there:
            return quote(column_name(name))
        kind = SQL_TYPES[self.warehouse.catalog.property_types[name]]
        return f"TRY_CAST(json_extract_string(extra, {parameters.bind(json_pointer(name))}) AS {kind})"

    def _rows(self, sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        return self.warehouse.run(Statement(sql, parameters.values)).rows()

    def _filled(self, names: Sequence[str]) -> dict[str | None, Counter[str]]:
        """For each event, and for all under None, the rows that hold each property; under the empty name, all rows."""
        parameters = Parameters()
        counts = "".join(f", count({self._column(name, parameters)}) AS c{at}" for at, name in enumerate(names))
        rows = self._rows(f"SELECT event::VARCHAR, count(*){counts} FROM events GROUP BY event", parameters)
        found: dict[str | None, Counter[str]] = {
            row[0]: Counter(dict(zip(("", *names), row[1:], strict=True))) for row in rows
        }
        return {**found, None: sum(found.values(), Counter())}

    def _misfits(self, wanted: Wanted) -> dict[tuple[str | None, str], tuple[int, str | None]]:
        """How many rows of each event keep a property as it was written, as it is not of its type; and one such text."""
        names = {name for table in wanted.values() for name, declared in table.items() if declared.type != "string"}
        kept = self.warehouse.table("SELECT DISTINCT unnest(json_keys(extra)) AS name FROM events WHERE extra IS NOT NULL")
        parameters = Parameters()
        parts = [self._misfit(name, parameters) for name in sorted(names & set(kept["name"]))]
        found: dict[tuple[str | None, str], tuple[int, str | None]] = {}
        for event, name, count, example in self._rows(" UNION ALL ".join(parts), parameters) if parts else ():
            found[event, name] = (count, example)
            found[None, name] = (found.get((None, name), (0, None))[0] + count, example)
        return found

    def _misfit(self, name: str, parameters: Parameters) -> str:
        written = f"json_extract_string(extra, {parameters.bind(json_pointer(name))})"
        return (
            f"SELECT event::VARCHAR, {parameters.bind(name)}, count(*), min({written}) FROM events "
            f"WHERE {self._column(name, parameters)} IS NULL AND extra IS NOT NULL AND {written} IS NOT NULL GROUP BY event"
        )

    def _values(self, event: str | None, name: str, declared: Property) -> dict[Any, int]:
        parameters = Parameters()
        of_event = "" if event is None else f" WHERE event = {parameters.bind(event)}"
        relation = f"SELECT {self._column(name, parameters)} AS value FROM events{of_event}"
        return self._counted(relation, declared, parameters)

    def _counted(self, relation: str, declared: Property, parameters: Parameters) -> dict[Any, int]:
        """How often each value stands in the column ``value``: all that are declared, and the most frequent others."""
        value = "unnest(value)" if declared.type == "list" else "value"
        known = ", ".join(parameters.bind(each) for each in declared.enum)
        sql = (
            f"SELECT value, count(*) AS n FROM (SELECT {value} AS value FROM ({relation})) WHERE value IS NOT NULL "
            f"GROUP BY value QUALIFY row_number() OVER (ORDER BY n DESC, value) <= {MOST_VALUES} OR value IN ({known}) "
            "ORDER BY n DESC, value"
        )
        return dict(self._rows(sql, parameters))

    def _attribute(self, source: str, name: str, declared: Property) -> Filled:
        time, values = self.warehouse.catalog.sources[source].time, Values()
        written = f"json_extract_string(attributes, {values.bind(json_pointer(name))})"
        read = typed(Column(written, "VARCHAR"), declared.type, time, values)
        relation = f"SELECT {written} AS written, {read} AS value FROM stated WHERE source = {values.bind(source)}"
        parameters = Parameters({name: value for name, value in values.bound.items() if isinstance(value, str)})
        sql = (
            "SELECT count(*), count(value), count(*) FILTER (value IS NULL AND written IS NOT NULL), "
            f"min(written) FILTER (value IS NULL) FROM ({relation})"
        )
        rows, filled, misfits, example = self._rows(sql, parameters)[0]
        seen = self._counted(relation, declared, parameters) if declared.enum and filled else {}
        return Filled(rows, filled, misfits, example, seen)
