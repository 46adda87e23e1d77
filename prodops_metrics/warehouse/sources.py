"""The one place that decides which table answers a question.

A ``Query`` names relations by meaning (``Source``, ``ActiveDays``, ``KnownUnits``, ``People``); here each becomes a CTE over
a table of the snapshot. Days without conditions on properties come from the roll-ups, all else from ``events``.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from prodops_metrics.calendar import DAY
from prodops_metrics.definitions import Catalog, Condition, EventMatch, EventPosition, PropertyEntity
from prodops_metrics.metrics.blocks import Blocks
from prodops_metrics.metrics.folds.walked import WalkedDays
from prodops_metrics.metrics.query import (
    LABELS,
    NAMELESS,
    ActiveDays,
    Asked,
    AttemptDays,
    KnownUnits,
    Labels,
    OfDays,
    People,
    Query,
    Relation,
    Source,
    UnitIds,
)
from prodops_metrics.metrics.question import UNKNOWN
from prodops_metrics.warehouse.day_masks import DayMasks, as_bits, as_words, together
from prodops_metrics.warehouse.event_rows import EventRows
from prodops_metrics.warehouse.positions import by_history, firsts, kept, plain, touching
from prodops_metrics.warehouse.schema import (
    attributes_table,
    column_name,
    day_masks_table,
    event_days_table,
    key_column,
    quote,
    units_table,
)
from prodops_metrics.warehouse.statement import Parameters, Statement
from prodops_metrics.warehouse.window_rows import window_rows

KEYED = "keyed"
"""The CTE that numbers the values of an event property, where these are what is counted."""


def compile_query(query: Query, catalog: Catalog, event_columns: frozenset[str]) -> Statement:
    """The whole statement: windows, relations and people as CTEs in front of the query's body.

    ``event_columns`` are the columns that ``events`` has in this snapshot; a property declared since is read from the
    JSON column.
    """
    compiler = _Compiler(query, catalog, event_columns, Parameters())
    return Statement(_text(compiler), compiler.parameters.values, query.finish)


def compile_days(
    relation: OfDays, blocks: Blocks, query: Query, catalog: Catalog, event_columns: frozenset[str]
) -> Statement:
    """The statement of a relation's days in these blocks: ``unit, block, bits``, a unit perhaps several times in a block.

    Those of attempts have the bits of each step.
    """
    asked = replace(query.asked, windows=(blocks.span,), through=None)
    if isinstance(relation, AttemptDays):
        body = f"step_rows AS (\n{relation.body}\n)\nFROM step_rows"
        finish = WalkedDays(len(relation.names), relation.lasts, relation.made, blocks, asked.calendar)
        whole = Query(query.entity, asked, (relation.source,), People(), body, (), query.left_out, finish=finish)
        return compile_query(whole, catalog, event_columns)
    if isinstance(relation, Source):  # blocks say which days: what asks for the same ones asks by the same words
        relation = replace(relation, all_history=False, after=timedelta(0))
    whole = Query(query.entity, asked, (relation,), People(), "", (), query.left_out)
    compiler = _Compiler(whole, catalog, event_columns, Parameters())
    return Statement(compiler.bits(relation), compiler.parameters.values)


def _text(compiler: "_Compiler") -> str:
    query = compiler.query
    ctes = [f"{name} AS (\n{_text(replace(compiler, query=part))}\n)" for name, part in query.parts]
    ctes += [compiler.windows(), *compiler.numbered(), *compiler.named_relations(), *compiler.touched()]
    if query.people.needed:
        ctes.append(f"people AS (\n{compiler.people(query.people)}\n)")
    return "WITH " + ",\n".join([*ctes, query.body])


@dataclass(frozen=True)  # without slots: what follows from the query is worked out once
class _Compiler:
    query: Query
    catalog: Catalog
    event_columns: frozenset[str]
    parameters: Parameters

    @property
    def asked(self) -> Asked:
        return self.query.asked

    @property
    def entity(self) -> str:
        return self.query.entity

    @property
    def by_property(self) -> bool:
        """Whether the values of an event property are counted, not units of an entity."""
        return isinstance(self.entity, PropertyEntity)

    @property
    def labels(self) -> Labels | None:
        """The event property whose every value is a segment; None for all other questions."""
        labels = self.query.labels
        return labels if labels and labels.touch == "any" else None

    @cached_property
    def rows(self) -> EventRows:
        """What is said of a row of events."""
        key = f"{KEYED}.unit" if self.by_property else f"e.{quote(key_column(self.entity))}"
        return EventRows(self.catalog, self.event_columns, self.parameters, key)

    @cached_property
    def events(self) -> str:
        """The events, with what numbers their units and labels."""
        parts = ["events AS e"]
        if self.by_property:
            parts.append(f"JOIN {KEYED} ON {KEYED}.value = {self.rows.property(self.entity)}::VARCHAR")
        if self.labels:
            parts.append(f"JOIN {self.labels.name} ON {self.labels.name}.label = {self.rows.label(self.labels.property)}")
        return " ".join(parts)

    def windows(self) -> str:
        """The CTE of the windows that are asked about."""
        return f"windows AS (\n  {window_rows(self.asked, self.parameters)}\n)"

    def numbered(self) -> list[str]:
        """CTEs that number the values of a property: those that are counted, and those that are segments."""
        found = []
        if self.by_property:
            values = f"SELECT DISTINCT nullif({self.rows.property(self.entity)}::VARCHAR, '') AS value FROM events AS e"
            found.append(
                f"{KEYED} AS (\n  SELECT value, row_number() OVER (ORDER BY value) AS unit\n"
                f"  FROM ({values})\n  WHERE value IS NOT NULL\n)"
            )
        if self.labels:
            number = "row_number() OVER (ORDER BY label) - 1"
            message = self.parameters.bind(f"{self.labels.property} has too many values to break a metric down by")
            found.append(
                f"{self.labels.name} AS (\n"
                f"  SELECT label, CASE WHEN {number} < {LABELS} THEN {number} ELSE error({message}) END AS number\n"
                f"  FROM (\n{self._labels_read(self.labels.property)}\n)\n)"
            )
        return found

    def _labels_read(self, name: str) -> str:
        """The values that the events have which the sources may read."""
        sources = (one for source in self.query.relations if isinstance(source, Source) for one in by_history(source))
        read = (_where([*self.rows.named(one.position), *self._days(one)]) for one in sources)
        # The values as they are stored first: equal ones are found sooner before anything is made of each.
        values = "\nUNION ".join(
            f"SELECT DISTINCT {self.rows.property(name)}::VARCHAR AS value FROM events AS e{where}" for where in read
        )
        return f"SELECT DISTINCT coalesce(nullif(value, ''), '{UNKNOWN}') AS label FROM (\n{values}\n)"

    def named_relations(self) -> list[str]:
        """The CTEs of the relations that the query names."""
        return [f"{relation.name} AS {kept(relation)}(\n{self.relation(relation)}\n)" for relation in self.query.relations]

    def touched(self) -> list[str]:
        """The CTE of each unit's first or last value of a property among the metric's events in a window."""
        labels = self.query.labels
        if labels is None or labels.touch not in {"first", "last"}:
            return []
        sources = [touching(relation) for relation in self.query.relations if isinstance(relation, Source)]
        columns = ", ".join(
            ["e.day", "e.ts", f"{self.rows.value(labels.property)} AS label", f"{self.rows.received or 'NULL'} AS received"]
        )
        rows = "\n  UNION ALL ".join(self._from_events(source, columns) for source in sources)
        ever = labels.touch == "first" and any(source.all_history for source in sources)
        within = "s.ts < w.ends_at" if ever else self.asked.within("s")
        order = ", ".join(f"s.{key}{'' if labels.touch == 'first' else ' DESC'}" for key in ("ts", "received", "label"))
        return [
            f"{labels.name} AS (\n"
            f"  SELECT w.window_id, s.unit, first(s.label ORDER BY {order}) AS label\n"
            f"  FROM (\n{rows}\n) AS s\n  JOIN windows AS w ON {within}\n"
            "  WHERE s.label IS NOT NULL\n  GROUP BY w.window_id, s.unit\n)"
        ]

    def relation(self, relation: Relation) -> str:
        """The SELECT behind one relation."""
        if isinstance(relation, ActiveDays):
            return self._first_active_days(relation) if relation.earliest else self._active_days(relation)
        if isinstance(relation, KnownUnits):
            return self._known_units()
        if isinstance(relation, UnitIds):
            return self._unit_ids()
        if relation.words:
            return self._words(relation, relation.words)
        found = self._from_rollup(relation) if self._rollup_answers(relation) else self._from_events(relation)
        if self._is_once(relation):
            return found
        return f"SELECT unit, day, sum(events)::BIGINT AS events FROM (\n{found}\n) GROUP BY unit, day"

    def people(self, people: People) -> str:
        """Units with what the fold needs of them; where that is ``dated``, a row per stretch of unchanged attributes."""
        parent = ", u.parent_key::BIGINT AS parent" if people.clustered else ""
        units = quote(units_table(self.query.entity))
        if not people.dated:
            nobody = f"\nUNION ALL SELECT {NAMELESS}, NULL" if people.nameless else ""
            return f"SELECT u.key::BIGINT AS unit{parent} FROM {units} AS u WHERE u.merged_into IS NULL{nobody}"
        segment = f", {self._segment(people)} AS segment" if people.breakdown else ""
        return f"""\
SELECT a.key::BIGINT AS unit, a.since, a.until, {self._counts(people)} AS counts{parent}{segment}
FROM {quote(attributes_table(self.query.entity))} AS a
JOIN {units} AS u ON u.key = a.key"""

    def _first_active_days(self, relation: ActiveDays) -> str:
        if not (self.query.left_out or self.asked.timed or self.by_property):
            return DayMasks(quote(day_masks_table(self.entity)), self.parameters.bind).first_days(relation.since)
        since = [f"day >= {self.parameters.bind(relation.since)}::DATE"] if relation.since else []
        return f"SELECT unit, min(day) AS day FROM (\n{self._active_days(relation)}\n){_where(since)}\nGROUP BY unit"

    def _unit_ids(self) -> str:
        if self.by_property:
            return f"SELECT unit, value AS id FROM {KEYED}"
        return f"SELECT key::BIGINT AS unit, id FROM {quote(units_table(self.entity))}"

    def _known_units(self) -> str:
        zone, day = self.asked.calendar.timezone, "first_seen::DATE"
        if zone != "UTC":  # to put every moment into a zone takes longer than all else about it
            day = f"timezone({self.parameters.bind(zone)}, timezone('UTC', first_seen))::DATE"
        seen = f"SELECT key::BIGINT AS unit, first_seen FROM {quote(units_table(self.entity))} WHERE merged_into IS NULL"
        if self.by_property:
            seen = f"SELECT {self.rows.key} AS unit, min(e.ts) AS first_seen FROM {self.events} GROUP BY {self.rows.key}"
        return f"""\
SELECT unit, first_seen, {day} AS first_day
FROM ({seen})"""

    def _active_days(self, relation: ActiveDays) -> str:
        if not (self.query.left_out or self.asked.timed or self.by_property):
            return self._stored_days(relation)
        days = [] if relation.all_history else self._days(None)
        quiet = ", ".join(self.parameters.bind(name) for name in sorted(self.catalog.activity_off))
        active = [f"e.event NOT IN ({quiet})"] if quiet else []
        filters = [*active, f"{self.rows.key} IS NOT NULL", *self._kept_below(), *days]
        found = f"SELECT {self.rows.key}::BIGINT AS unit, e.day, e.ts FROM {self.events}{_where(filters)}"
        return as_words(found, self.asked.blocks, relation.words, self.parameters.bind) if relation.words else found

    def _stored_days(self, relation: ActiveDays) -> str:
        stored = DayMasks(quote(day_masks_table(self.entity)), self.parameters.bind)
        if relation.words:
            return stored.words(self.asked.blocks, relation.words)
        if relation.all_history:
            return stored.days(None)
        return f"SELECT e.unit, e.day FROM (\n{stored.days(self.asked.blocks)}\n) AS e{_where(self._days(None))}"

    def _words(self, source: Source, name: str) -> str:
        """Each unit once, with the bits of its days; of any event also those of what is no activity."""
        rolled = self._rollup_answers(source)
        if rolled and source.position.events is None and not source.anonymous:
            active, quiet = self._stored_days(ActiveDays(source.name, words=name)), sorted(self.catalog.activity_off)
            if not quiet:
                return active
            rest = replace(source, position=EventPosition(tuple(EventMatch(event) for event in quiet)))
            return together(active, self._words(rest, name), self.asked.blocks, name)
        found = self._from_rollup(source) if rolled else self._from_events(source)
        return as_words(found, self.asked.blocks, name, self.parameters.bind)

    def bits(self, relation: Source | ActiveDays | KnownUnits) -> str:
        """The days of a relation as bits; stored ones as they are stored."""
        if isinstance(relation, KnownUnits):
            return as_bits(f"SELECT unit, first_day AS day FROM (\n{self._known_units()}\n) WHERE first_day IS NOT NULL")
        stored = DayMasks(quote(day_masks_table(self.entity)), self.parameters.bind)
        if isinstance(relation, ActiveDays):
            if not self.query.left_out:
                return stored.bits(self.asked.blocks)
            return as_bits(self._active_days(replace(relation, all_history=False)))
        rolled = self._rollup_answers(relation)
        if rolled and relation.position.events is None:
            quiet = tuple(EventMatch(event) for event in sorted(self.catalog.activity_off))
            rest = [as_bits(self._from_rollup(replace(relation, position=EventPosition(quiet))))] if quiet else []
            return "\nUNION ALL\n".join([stored.bits(self.asked.blocks), *rest])
        return as_bits(self._from_rollup(relation) if rolled else self._from_events(relation))

    def _rollup_answers(self, source: Source) -> bool:
        """Whether the roll-up knows enough; anonymous events are numbered by the table, so all come from one."""
        alike = [other for other in self.query.relations if isinstance(other, Source) and other.anonymous]
        if self.query.left_out or self.asked.timed or self.by_property or self.labels:
            return False
        return all(plain(one) for one in (alike if source.anonymous else [source]))

    def _from_rollup(self, source: Source) -> str:
        unit = "coalesce(e.key::BIGINT, -1 - e.rowid)" if source.anonymous else "e.key::BIGINT"
        known = [] if source.anonymous else ["e.key IS NOT NULL"]
        filters = [*self.rows.named(source.position), *known, *self._days(source)]
        table = quote(event_days_table(self.entity))
        return f"SELECT {unit} AS unit, e.day, e.events FROM {table} AS e{_where(filters)}"

    def _is_once(self, source: Source) -> bool:
        """Whether each day of a unit comes once: where the roll-up answers for one event, or where nobody asks for it."""
        one = len(source.position.events or ()) == 1 and not source.anonymous
        return not (source.once and self.asked.daily) or (one and self._rollup_answers(source))

    def _from_events(self, source: Source, columns: str | None = None) -> str:
        """Matching events with these columns, or those that the source asks for."""
        return "\nUNION ALL\n".join(self._events_of(part, columns) for part in by_history(source))

    def _events_of(self, source: Source, columns: str | None) -> str:
        # Nobody's first event cannot be told; where a property is counted, events without it are nothing.
        anonymous = source.anonymous and not firsts(source.position) and not self.by_property
        known = [] if anonymous else [f"{self.rows.key} IS NOT NULL"]
        filters = [*self.rows.named(source.position), *known, *self._kept_below(), *self._days(source)]
        conditions, qualify = filters, ""
        if firsts(source.position):
            qualify = f"\nQUALIFY {self._any_of(source)}"
        elif any(match.condition for match in source.position):
            conditions = [*filters, f"({self._any_of(source)})"]
        selected = f"{self._unit(anonymous=anonymous)} AS unit, {columns or self._columns(source)}"
        return f"SELECT {selected} FROM {self.events}{_where(conditions)}{qualify}"

    def _any_of(self, source: Source) -> str:
        return " OR ".join(self.rows.matches(position) for position in source.steps or (source.position,))

    def _unit(self, *, anonymous: bool) -> str:
        """The unit of an event; with labels each of its values is a unit of its own."""
        unit = f"coalesce({self.rows.key}::BIGINT, -1 - e.rowid)" if anonymous else f"{self.rows.key}::BIGINT"
        return f"{unit} * {LABELS} + {self.labels.name}.number" if self.labels else unit

    def _kept_below(self) -> list[str]:
        """Filters that leave out the events of excluded units of entities below, by what is known of them now."""
        filters = []
        for entity, condition in self.query.left_out:
            key, table = f"e.{quote(key_column(entity))}", quote(attributes_table(entity))
            excluded = f"SELECT a.key FROM {table} AS a WHERE {self._of_unit(condition)} AND a.until = DATE '9999-12-31'"
            filters.append(f"({key} IS NULL OR {key} NOT IN ({excluded}))")
        return filters

    def _columns(self, source: Source) -> str:
        if source.needs == "days":
            return f"e.day, {'e.ts, ' if self.asked.timed else ''}1 AS events"
        if source.needs == "hours":
            zone = self.parameters.bind(self.asked.calendar.timezone)
            clock = f"timezone({zone}, timezone('UTC', e.ts))"
            return f"e.day, e.ts, date_diff('hour', TIMESTAMP '1970-01-01', {clock}) AS hour, 1 AS events"
        return ", ".join(["e.day", "e.ts", "e.rowid AS seq", *self._extras(source)])

    def _extras(self, source: Source) -> Iterator[str]:
        """What a source of single events says of each beside when it was."""
        labels = self.query.labels
        own = labels if labels and labels.touch not in {"any", "first", "last"} else None
        if own:
            yield f"{self.rows.value(own.property)} AS label"
        if source.arrival or own:
            yield f"{self.rows.received or 'NULL::TIMESTAMP'} AS received"
        if source.shared:
            yield f"{self.rows.value(source.shared)} AS shared"
        if source.property:
            yield f"TRY_CAST({self.rows.property(source.property)} AS DOUBLE) AS value"
        if source.steps:
            bits = [f"({self.rows.matches(step)})::INTEGER << {bit}" for bit, step in enumerate(source.steps)]
            yield f"({' | '.join(f'({bit})' for bit in bits)}) AS mask"
            yield from (f"({self.rows.matches(step)}) AS fits_{number}" for number, step in enumerate(source.steps, 1))

    def _days(self, source: Source | None) -> list[str]:
        windows = self.asked.windows
        first, after = min(w.start for w in windows), timedelta(0) if source is None else source.after
        history = source is not None and (source.all_history or firsts(source.position))
        filters = [] if history else [f"e.day >= {self.parameters.bind(first)}::DATE"]
        if after is not None:
            end = max(w.end for w in windows) + timedelta(days=math.ceil(after / DAY))
            filters.append(f"e.day {'<=' if after else '<'} {self.parameters.bind(end)}::DATE")
        return filters

    def _counts(self, people: People) -> str:
        kept = [f"coalesce({self._of_unit(people.eligible)}, FALSE)"] if people.eligible else []
        kept += [f"NOT coalesce({self._of_unit(excluded)}, FALSE)" for excluded in people.exclusions]
        return " AND ".join(kept) or "TRUE"

    def _segment(self, people: People) -> str:
        breakdown = people.breakdown
        if breakdown is None or breakdown.condition is None:
            return f"coalesce(a.{quote(column_name((breakdown and breakdown.attribute) or ''))}::VARCHAR, '{UNKNOWN}')"
        inside, name = self._of_unit(breakdown.condition), self.parameters.bind(breakdown.name)
        rest = self.parameters.bind(f"not {breakdown.name}")
        return f"CASE WHEN {inside} THEN {name} WHEN NOT ({inside}) THEN {rest} ELSE '{UNKNOWN}' END"

    def _of_unit(self, condition: Condition) -> str:
        return condition.render(lambda name: f"a.{quote(column_name(name))}", self.parameters.bind)


def _where(filters: list[str]) -> str:
    return "\nWHERE " + "\n  AND ".join(filters) if filters else ""
