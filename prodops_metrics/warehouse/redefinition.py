"""Stored events under new definitions: they join the new ones and are stored again, without the exports.

Time zone, aliases and declared properties say how an event stands in its table. Where one of them changed, every stored
event is taken out, given its new day, name and columns, and goes the way of the rows that were just read. What the export
wrote is always there: names under ``written``, values that their column does not give back in the JSON column.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from prodops_metrics.warehouse import schema
from prodops_metrics.warehouse.containers import kind_of
from prodops_metrics.warehouse.pending import NAMED, RARE
from prodops_metrics.warehouse.received import json_pointer, received
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.schema import SQL_TYPES, column_name, key_column, own_column, quote
from prodops_metrics.warehouse.staging.area import Values
from prodops_metrics.warehouse.staging.expressions import local_day, rest, typed
from prodops_metrics.warehouse.staging.rows import Column


def redefine(refreshing: Refreshing) -> None:
    """Moves every stored event among the new ones, under the definitions of now, if they ask for it."""
    if not refreshing.plan.recast:
        return
    refreshing.progress.stage("Reading stored events again")
    area, connection, values = refreshing.area, refreshing.connection, Values()
    move = _Move(refreshing, values)
    sql = move.sql()
    refreshing.pending.name("SELECT DISTINCT coalesce(written, event::VARCHAR) AS event FROM events")
    refreshing.pending.hold(RARE)
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(sql, values.bound)
    connection.execute("DROP TABLE events")
    schema.create_events(connection, area.entities, area.properties)
    connection.execute("DELETE FROM runs")


@dataclass(frozen=True, slots=True)
class _Move:
    refreshing: Refreshing
    values: Values

    def sql(self) -> str:
        area = self.refreshing.area
        before = self._before()
        gone = [name for name in before if area.properties.get(name) != before[name]]
        come = [name for name in area.properties if before.get(name) != area.properties[name]]
        same = [name for name in area.properties if name not in come]
        keys = "".join(f", {quote(key_column(entity))}" for entity in area.entities)
        own = "".join(
            f", coalesce(e.{quote(own_column(entity))}, e.{quote(key_column(entity))}) AS {quote(key_column(entity))}"
            for entity in area.entities
        )
        kept = "".join(f", {quote(column_name(name))}" for name in same)
        moment = received(self.refreshing.catalog.exports, self.values) or "NULL::TIMESTAMP"
        day = local_day(area.timezone, "e.ts", self.values)
        new = "".join(f", {self._typed(name)} AS {quote(column_name(name))}" for name in come)
        return f"""
            INSERT INTO temp.pending BY NAME
            WITH stored AS (
                SELECT coalesce(e.written, e.event::VARCHAR) AS raw{own}, e.ts, {day} AS day{kept},
                    {self._texts(gone)} AS texts, e.event_id, e.load_id, {moment} AS received
                FROM events AS e),
            read AS (SELECT stored.*{new} FROM stored JOIN loads AS l USING (load_id))
            SELECT n.code{keys}, r.ts, r.day{kept}{"".join(f", r.{quote(column_name(name))}" for name in come)},
                {self._left(come)} AS extra, r.event_id, nullif(r.raw, n.event) AS written, r.load_id, r.received,
                0 AS set_aside
            FROM read AS r JOIN ({NAMED}) AS n ON n.raw = r.raw"""

    def _before(self) -> Mapping[str, str]:
        before = self.refreshing.plan.stored.json("property_types", {})
        assert isinstance(before, dict)
        return before

    def _texts(self, gone: Iterable[str]) -> str:
        """The JSON column with what stood in columns that are no more; what the export wrote comes before that."""
        before = self._before()
        columns = {name: Column(f"e.{quote(column_name(name))}", SQL_TYPES[before[name]]) for name in gone}
        if not columns:
            return "e.extra"
        # Delimited text wrote all of them as text, others wrote numbers as numbers.
        texts = {name: (Column(f"{column.sql}::VARCHAR", "VARCHAR"), "TRUE") for name, column in columns.items()}
        typed_ones = rest({name: (column, "TRUE") for name, column in columns.items()}, self.values)
        stood = (
            f"CASE WHEN {self._of({'json', 'parquet'}, 'e.load_id')} THEN {typed_ones} ELSE {rest(texts, self.values)} END"
        )
        return f"CASE WHEN ({stood}) IS NULL THEN e.extra ELSE json_merge_patch({stood}, coalesce(e.extra, '{{}}')) END"

    def _of(self, kinds: Collection[str], load: str) -> str:
        """Whether a load is of a file of some kinds."""
        ids = [one.load_id for one in self.refreshing.plan.stored.loads if kind_of(one.path) in kinds]
        return f"list_contains({self.values.bind(ids)}::UINTEGER[], {load})"

    def _typed(self, name: str) -> str:
        """A property that is declared now, from its text, by the rule for times of the source that brought it."""
        kind = self.refreshing.area.properties[name]
        column = Column(f"json_extract_string(stored.texts, {self.values.bind(json_pointer(name))})", "VARCHAR")
        if kind != "time":
            return typed(column, kind, None, self.values)
        cases = " ".join(
            f"WHEN {self.values.bind(source.id)} THEN {typed(column, kind, source.time, self.values)}"
            for source in self.refreshing.catalog.exports.values()
        )
        return f"CASE l.source {cases} END"

    def _left(self, come: Iterable[str]) -> str:
        """What stays in the JSON column: all but the texts that a new column gives back as they were; keys in order."""
        if not self._changed():
            return "r.texts"
        sources = self.refreshing.catalog.exports.values()
        always = {source.columns.get(role) for source in sources for role in ("received", "id")}
        given = [f"WHEN {self.values.bind(name)} THEN {self._given_back(name)}" for name in come if name not in always]
        left = f"list_filter(list_sort(json_keys(r.texts)), lambda k: NOT CASE k {' '.join(given)} ELSE FALSE END)"
        return _entries("r.texts", left if given else "list_sort(json_keys(r.texts))")

    def _given_back(self, name: str) -> str:
        """Whether a new column says all that its text did; of Parquet, by the same JSON."""
        kind, column = self.refreshing.area.properties[name], f"r.{quote(column_name(name))}"
        pointer = self.values.bind(json_pointer(name))
        same = f"{column}::VARCHAR IS NOT DISTINCT FROM json_extract_string(r.texts, {pointer})"
        if kind == "string":
            return same
        equal = f"{Column(column, SQL_TYPES[kind]).kept} IS NOT DISTINCT FROM json_extract(r.texts, {pointer})::VARCHAR"
        return f"CASE WHEN {self._of({'parquet'}, 'r.load_id')} THEN {equal} ELSE {same} END"

    def _changed(self) -> bool:
        return self._before() != dict(self.refreshing.area.properties)


def _entries(json: str, keys: str) -> str:
    pointer = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"
    pairs = f"list_transform({keys}, lambda k: to_json(k)::VARCHAR || ':' || json_extract({json}, {pointer})::VARCHAR)"
    return f"'{{' || nullif(array_to_string({pairs}, ','), '') || '}}'"
