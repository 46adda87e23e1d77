"""Attributes of units with the days they were in force, those of the parent included.

Each source states a history of its own; histories are laid over each other, so that every unit is covered for all
time by rows that do not overlap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prodops_metrics.definitions import Catalog
from prodops_metrics.warehouse.parents import moved_units
from prodops_metrics.warehouse.pending import new_units
from prodops_metrics.warehouse.received import json_pointer
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.schema import BEGINNING, END_OF_TIME, attributes_table, column_name, quote, units_table
from prodops_metrics.warehouse.staging.area import Values
from prodops_metrics.warehouse.staging.expressions import typed
from prodops_metrics.warehouse.staging.rows import Column


@dataclass(frozen=True, slots=True)
class _Layer:
    """A relation of ``key, since, until`` and attribute columns that covers every unit for all time."""

    sql: str
    names: tuple[str, ...]


def rebuild_attributes(refreshing: Refreshing) -> None:
    """Writes attributes, parents before their children: of all units, or of those that are new or have moved."""
    changes, plan = refreshing.changes, refreshing.plan
    everything = plan.fresh or changes.stated or bool(plan.redone)
    entities = refreshing.catalog.project.entities
    for entity in sorted(entities, key=lambda name: len(refreshing.catalog.project.ancestors(name))):
        if not everything:
            _find_touched(refreshing, entity)
        _rebuild(refreshing, entity, everything=everything)


def _find_touched(refreshing: Refreshing, entity: str) -> None:
    """``temp.<entity>_touched(key)``: units that are new or merged, have another parent, or whose parent is touched."""
    table, parent = quote(units_table(entity)), refreshing.area.parents.get(entity)
    above = f" UNION SELECT key FROM {table} WHERE parent_key IN (SELECT key FROM temp.{_touched(parent)})" if parent else ""
    refreshing.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_touched(entity)} AS SELECT key FROM temp.{quote(new_units(entity))} "
        f"UNION SELECT key FROM temp.{quote(moved_units(entity))} UNION SELECT unnest($moved::UINTEGER[]){above}",
        {"moved": list(refreshing.changes.moved.keys.get(entity, ()))},
    )


def _touched(entity: str) -> str:
    return quote(f"{entity}_touched")


def _rebuild(refreshing: Refreshing, entity: str, *, everything: bool) -> None:
    values, catalog, run = Values(), refreshing.catalog, refreshing.connection.execute
    units, touched = quote(units_table(entity)), f"SELECT key FROM temp.{_touched(entity)}"
    # What is known of a unit that counts for another is nobody's.
    members = f"(SELECT * FROM {units} WHERE merged_into IS NULL{'' if everything else f' AND key IN ({touched})'})"
    columns = "".join(f", {quote(column_name(name))}" for name in catalog.attributes(entity))
    relation = _overlaid(_layers(catalog, entity, values, members), members)
    table = quote(attributes_table(entity))
    written = f"SELECT key, since, until{columns} FROM ({relation}) ORDER BY key, since"
    if everything:
        run(f"CREATE OR REPLACE TABLE {table} AS {written}", values.bound)
        return
    run(f"DELETE FROM {table} WHERE key IN ({touched}) OR key NOT IN (SELECT key FROM {units})")
    run(f"INSERT INTO {table} {written}", values.bound)


def _layers(catalog: Catalog, entity: str, values: Values, members: str) -> Sequence[_Layer]:
    layers: list[_Layer] = []
    taken: set[str] = set()
    for source in catalog.sources.values():
        if source.kind == "units" and source.entity == entity:
            own = {name: declared.type for name, declared in source.properties.items() if name not in taken}
            taken |= set(own)
            layers.append(_stated(source.id, own, values, catalog, members))
    parent = catalog.project.entities[entity].parent
    inherited = tuple(name for name in catalog.attributes(parent) if name not in taken) if parent else ()
    if parent and inherited:
        layers.append(_inherited(members, parent, inherited))
    return layers


def _stated(source: str, kinds: Mapping[str, str], values: Values, catalog: Catalog, members: str) -> _Layer:
    time, entity = catalog.sources[source].time, catalog.sources[source].entity
    typed_columns = "".join(
        f", {typed(_attribute(name, values), kind, time, values)} AS {quote(column_name(name))}"
        for name, kind in kinds.items()
    )
    sql = f"""
        WITH said AS (
            SELECT u.key, s.since, s.attributes FROM stated AS s JOIN loads AS l USING (load_id)
            JOIN {members} AS u ON u.id = s.id
            WHERE s.source = {values.bind(source)} AND s.entity = {values.bind(entity)}
            QUALIFY row_number() OVER (PARTITION BY u.key, s.since ORDER BY l.path DESC, s.ordinal DESC) = 1),
        complete AS (
            SELECT key, since, attributes FROM said
            UNION ALL SELECT key, {BEGINNING}, NULL FROM {members}
            WHERE key NOT IN (SELECT key FROM said WHERE since = {BEGINNING}))
        SELECT key, since, lead(since, 1, {END_OF_TIME}) OVER (PARTITION BY key ORDER BY since) AS until{typed_columns}
        FROM complete"""
    return _Layer(sql, tuple(kinds))


def _attribute(name: str, values: Values) -> Column:
    return Column(f"json_extract_string(attributes, {values.bind(json_pointer(name))})", "VARCHAR")


def _inherited(members: str, parent: str, names: tuple[str, ...]) -> _Layer:
    columns = "".join(f", p.{quote(column_name(name))}" for name in names)
    sql = f"""
        SELECT u.key, coalesce(p.since, {BEGINNING}) AS since, coalesce(p.until, {END_OF_TIME}) AS until{columns}
        FROM {members} AS u LEFT JOIN {quote(attributes_table(parent))} AS p ON p.key = u.parent_key"""
    return _Layer(sql, names)


def _overlaid(layers: Sequence[_Layer], members: str) -> str:
    """Histories laid over each other: a row for every stretch in which none of them changes."""
    if not layers:
        return f"SELECT key, {BEGINNING} AS since, {END_OF_TIME} AS until FROM {members}"
    sql, names = layers[0].sql, list(layers[0].names)
    for layer in layers[1:]:
        columns = "".join(
            [
                *(f", a.{quote(column_name(name))}" for name in names),
                *(f", b.{quote(column_name(name))}" for name in layer.names),
            ]
        )
        sql = (
            f"SELECT a.key, greatest(a.since, b.since) AS since, least(a.until, b.until) AS until{columns} "
            f"FROM ({sql}) AS a JOIN ({layer.sql}) AS b ON a.key = b.key AND a.since < b.until AND b.since < a.until"
        )
        names += layer.names
    return sql
