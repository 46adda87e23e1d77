"""The one place that decides which table answers a question.

A ``Query`` names relations by meaning (``Source``, ``ActiveDays``, ``KnownUnits``, ``People``); here each becomes a CTE over
a table of the snapshot. Days without conditions on properties come from the roll-ups, all else from ``events``.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import timedelta

from prodops_metrics.calendar import DAY
from prodops_metrics.definitions import Catalog, Condition, EventMatch, EventPosition
from prodops_metrics.metrics.query import ActiveDays, Asked, KnownUnits, People, Query, Relation, Scalar, Source
from prodops_metrics.warehouse.schema import (
    SQL_TYPES,
    attributes_table,
    column_name,
    days_table,
    event_days_table,
    key_column,
    quote,
    units_table,
)


@dataclass(slots=True)
class Parameters:
    """Values on their way into SQL: each becomes ``$p1``, ``$p2``, …, never text."""

    values: dict[str, Scalar] = field(default_factory=dict)

    def bind(self, value: Scalar) -> str:
        """The placeholder of a value; equal values share one."""
        for name, known in self.values.items():
            if known == value and type(known) is type(value):
                return f"${name}"
        name = f"p{len(self.values) + 1}"
        self.values[name] = value
        return f"${name}"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with named parameters, ready to run."""

    sql: str
    parameters: dict[str, Scalar]

    def pasteable(self) -> str:
        """The same SQL with the values written in, for a person to paste into the DuckDB shell."""
        quoted = r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'"
        return re.sub(
            rf"{quoted}|\$(p\d+)\b",
            lambda found: _literal(self.parameters[found[1]]) if found[1] else found[0],
            self.sql,
        )


def compile_query(query: Query, catalog: Catalog, event_columns: frozenset[str]) -> Statement:
    """The whole statement: windows, relations and people as CTEs in front of the query's body.

    ``event_columns`` are the columns that ``events`` has in this snapshot; a property declared since is read from the
    JSON column.
    """
    compiler = _Compiler(query, catalog, event_columns, Parameters())
    ctes = [compiler.windows(), *(f"{relation.name} AS (\n{compiler.relation(relation)}\n)" for relation in query.relations)]
    if query.people.needed:
        ctes.append(f"people AS (\n{compiler.people(query.people)}\n)")
    text = "WITH " + ",\n".join([*ctes, query.body])
    return Statement(text, compiler.parameters.values)


@dataclass(frozen=True, slots=True)
class _Compiler:
    query: Query
    catalog: Catalog
    event_columns: frozenset[str]
    parameters: Parameters

    @property
    def asked(self) -> Asked:
        return self.query.asked

    @property
    def key(self) -> str:
        return quote(key_column(self.query.entity))

    def windows(self) -> str:
        """``window_id, first_day, last_day`` (local) and ``starts_at, ends_at`` (naive UTC, half-open)."""
        bind, instant = self.parameters.bind, self.asked.calendar.instant
        rows = [
            f"({number}, {bind(w.start)}::DATE, {bind(w.last_day)}::DATE, "
            f"{bind(instant(w.start))}::TIMESTAMP, {bind(instant(w.end))}::TIMESTAMP)"
            for number, w in enumerate(self.asked.windows)
        ]
        values = ",\n    ".join(rows)
        return f"windows(window_id, first_day, last_day, starts_at, ends_at) AS (\n  VALUES {values}\n)"

    def relation(self, relation: Relation) -> str:
        """The SELECT behind one relation."""
        if isinstance(relation, ActiveDays):
            return self._active_days()
        if isinstance(relation, KnownUnits):
            return self._known_units()
        return self._from_rollup(relation) if self._rollup_answers(relation) else self._from_events(relation)

    def people(self, people: People) -> str:
        """Units with what the fold needs of them, one row per stretch of unchanged attributes."""
        segment = f", {self._segment(people)} AS segment" if people.breakdown else ""
        parent = ", u.parent_key::BIGINT AS parent" if people.clustered else ""
        return f"""\
SELECT a.key::BIGINT AS unit, a.since, a.until, {self._counts(people)} AS counts{parent}{segment}
FROM {quote(attributes_table(self.query.entity))} AS a
JOIN {quote(units_table(self.query.entity))} AS u ON u.key = a.key"""

    def _known_units(self) -> str:
        zone = self.parameters.bind(self.asked.calendar.timezone)
        return f"""\
SELECT key::BIGINT AS unit, timezone({zone}, timezone('UTC', first_seen))::DATE AS first_day
FROM {quote(units_table(self.query.entity))}"""

    def _active_days(self) -> str:
        if not self.query.left_out:
            return f"SELECT key::BIGINT AS unit, day FROM {quote(days_table(self.query.entity))}{_where(self._days(None))}"
        quiet = ", ".join(self.parameters.bind(name) for name in sorted(self.catalog.activity_off))
        active = [f"event NOT IN ({quiet})"] if quiet else []
        filters = [*active, f"{self.key} IS NOT NULL", *self._kept_below(), *self._days(None)]
        return f"SELECT {self.key}::BIGINT AS unit, day FROM events{_where(filters)}"

    def _rollup_answers(self, source: Source) -> bool:
        """Whether the roll-up knows enough; anonymous events are numbered by the table, so all come from one."""
        alike = [other for other in self.query.relations if isinstance(other, Source) and other.anonymous]
        return not self.query.left_out and all(_plain(one) for one in (alike if source.anonymous else [source]))

    def _from_rollup(self, source: Source) -> str:
        unit = "coalesce(key::BIGINT, -1 - rowid)" if source.anonymous else "key::BIGINT"
        known = [] if source.anonymous else ["key IS NOT NULL"]
        filters = [*self._named(source.position), *known, *self._days(source)]
        return f"SELECT {unit} AS unit, day, events FROM {quote(event_days_table(self.query.entity))}{_where(filters)}"

    def _from_events(self, source: Source) -> str:
        anonymous = source.anonymous and not _firsts(source.position)  # nobody's first event cannot be told
        unit = f"coalesce({self.key}::BIGINT, -1 - rowid)" if anonymous else f"{self.key}::BIGINT"
        known = [] if anonymous else [f"{self.key} IS NOT NULL"]
        filters = [*self._named(source.position), *known, *self._kept_below(), *self._days(source)]
        matches = " OR ".join(self._matches(position) for position in source.steps or (source.position,))
        firsts, conditional = _firsts(source.position), any(match.condition for match in source.position)
        qualify = f"\nQUALIFY {matches}" if firsts else ""
        conditions = [*filters, f"({matches})"] if conditional and not firsts else filters
        return f"SELECT {unit} AS unit, {self._columns(source)} FROM events{_where(conditions)}{qualify}"

    def _kept_below(self) -> list[str]:
        """Filters that leave out the events of excluded units of entities below, by what is known of them now."""
        filters = []
        for entity, condition in self.query.left_out:
            key, table = quote(key_column(entity)), quote(attributes_table(entity))
            excluded = f"SELECT a.key FROM {table} AS a WHERE {self._of_unit(condition)} AND a.until = DATE '9999-12-31'"
            filters.append(f"({key} IS NULL OR {key} NOT IN ({excluded}))")
        return filters

    def _columns(self, source: Source) -> str:
        if source.needs == "days":
            return "day, 1 AS events"
        columns = ["day", "ts", "rowid AS seq"]
        if source.property:
            columns.append(f"TRY_CAST({self._property(source.property)} AS DOUBLE) AS value")
        if source.steps:
            bits = [f"({self._matches(step)})::INTEGER << {bit}" for bit, step in enumerate(source.steps)]
            columns.append(f"({' | '.join(f'({bit})' for bit in bits)}) AS mask")
        return ", ".join(columns)

    def _named(self, position: EventPosition) -> list[str]:
        names = [match.event for match in position]
        if None in names:
            return []
        listed = ", ".join(self.parameters.bind(name) for name in dict.fromkeys(names) if name is not None)
        return [f"event IN ({listed})"]

    def _matches(self, position: EventPosition) -> str:
        """Whether an event is one of a position's alternatives; never NULL."""
        anytime = [self._alternative(match) for match in position if not match.first_time]
        kinds = dict.fromkeys(match.first_time for match in position if match.first_time)
        return " OR ".join(f"({part})" for part in [*anytime, *(self._first(position, kind) for kind in kinds)])

    def _alternative(self, match: EventMatch) -> str:
        condition = f"coalesce({self._render(match.condition)}, FALSE)" if match.condition else "TRUE"
        return " AND ".join(part for part in (self._is_named(match), condition) if part != "TRUE") or "TRUE"

    def _is_named(self, match: EventMatch) -> str:
        return "TRUE" if match.event is None else f"event = {self.parameters.bind(match.event)}"

    def _first(self, position: EventPosition, kind: str) -> str:
        """The unit's first event ever of any of these names, or its first that matches; a match wins a tie."""
        own = [match for match in position if match.first_time == kind]
        matching = " OR ".join(f"({self._alternative(match)})" for match in own)
        group = matching if kind == "matching" else " OR ".join(f"({self._is_named(match)})" for match in own)
        order = f"ts, ({matching}) DESC, event_id"
        return f"({matching}) AND row_number() OVER (PARTITION BY {self.key}, ({group}) ORDER BY {order}) = 1"

    def _days(self, source: Source | None) -> list[str]:
        windows = self.asked.windows
        first, after = min(w.start for w in windows), timedelta(0) if source is None else source.after
        history = source is not None and (source.all_history or _firsts(source.position))
        filters = [] if history else [f"day >= {self.parameters.bind(first)}::DATE"]
        if after is not None:
            end = max(w.end for w in windows) + timedelta(days=math.ceil(after / DAY))
            filters.append(f"day {'<=' if after else '<'} {self.parameters.bind(end)}::DATE")
        return filters

    def _render(self, condition: Condition) -> str:
        return condition.render(self._property, self.parameters.bind)

    def _property(self, name: str) -> str:
        column = column_name(name)
        if column in self.event_columns:
            return quote(column)
        kind = SQL_TYPES[self.catalog.property_types.get(name, "string")]
        path = self.parameters.bind(f"/{name.replace('~', '~0').replace('/', '~1')}")
        return f"TRY_CAST(json_extract_string(extra, {path}) AS {kind})"

    def _counts(self, people: People) -> str:
        kept = [f"coalesce({self._of_unit(people.eligible)}, FALSE)"] if people.eligible else []
        kept += [f"NOT coalesce({self._of_unit(excluded)}, FALSE)" for excluded in people.exclusions]
        return " AND ".join(kept) or "TRUE"

    def _segment(self, people: People) -> str:
        breakdown = people.breakdown
        if breakdown is None or breakdown.condition is None:
            return (
                f"coalesce(a.{quote(column_name(breakdown.attribute or ''))}::VARCHAR, 'unknown')" if breakdown else "NULL"
            )
        inside, name = self._of_unit(breakdown.condition), self.parameters.bind(breakdown.name)
        rest = self.parameters.bind(f"not {breakdown.name}")
        return f"CASE WHEN {inside} THEN {name} WHEN NOT ({inside}) THEN {rest} ELSE 'unknown' END"

    def _of_unit(self, condition: Condition) -> str:
        return condition.render(lambda name: f"a.{quote(column_name(name))}", self.parameters.bind)


def _plain(source: Source) -> bool:
    """Whether a source asks for days only, and for whole events of their names."""
    return source.needs == "days" and all(not match.condition and not match.first_time for match in source.position)


def _firsts(position: EventPosition) -> bool:
    """Whether some alternative wants a unit's first event ever, for which all history has to be read."""
    return any(match.first_time for match in position)


def _where(filters: list[str]) -> str:
    return "\nWHERE " + "\n  AND ".join(filters) if filters else ""


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
