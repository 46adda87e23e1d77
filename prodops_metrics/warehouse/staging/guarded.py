"""The rows of a body without what is personal in them, before anything else is made of them; what is left out is counted."""

import json
from dataclasses import replace

from prodops_metrics.warehouse.personal import REMOVED, Privacy, Rule, hashed_sql, looks_personal_sql, removed_sql
from prodops_metrics.warehouse.staging.area import StagingArea, Values
from prodops_metrics.warehouse.staging.rows import Column, Rows

_PLAIN = frozenset({"BOOLEAN", "DATE", "TIME", "UUID", "FLOAT", "DOUBLE", "HUGEINT"})


def guarded(area: StagingArea, rows: Rows) -> Rows:
    """The same rows with hashes in the place of hashed columns, and nothing in the place of what is left out.

    A column that nobody declared is left out where its name is personal; of all others that nobody declared, single
    values are where they look personal.
    """
    privacy, source = area.privacy, rows.source.id
    rules = {name: rule for name in rows.columns if (rule := privacy.rule(source, name))}
    watched = [name for name, column in rows.columns.items() if _may_hold(column) and privacy.watched(source, name)]
    unasked = [name for name in rules if privacy.unasked(source, name)]
    found = _count(area, rows, unasked, watched)
    if not rules and not found:
        return rows
    values = Values(dict(rows.parameters))
    changed = {name: _ruled(rows.columns[name], rule, privacy, values) for name, rule in rules.items()}
    changed |= {name: _cleaned(rows.columns[name]) for name in watched if name in found}
    relation = _without(rows, list(rules), values, clean=any(name in found for name in watched))
    columns = {**rows.columns, **changed}
    return replace(rows, relation=relation, columns=columns, parameters=values.bound, written=rows.columns)


def _may_hold(column: Column) -> bool:
    """Whether a column can hold text at all."""
    return column.type not in _PLAIN and not column.type.startswith(("TIMESTAMP", "DECIMAL")) and "INT" not in column.type


def _count(area: StagingArea, rows: Rows, unasked: list[str], watched: list[str]) -> frozenset[str]:
    """Writes down how many values of each column are left out though nobody said so; returns of which columns."""
    parts = [f"count({rows.columns[name].sql})" for name in unasked]
    parts += [f"count(*) FILTER (WHERE {looks_personal_sql(rows.columns[name].text)})" for name in watched]
    if not parts:
        return frozenset()
    values, names = Values(dict(rows.parameters)), (*unasked, *watched)
    counted = area.connection.execute(
        f"SELECT load_id, {', '.join(parts)} FROM {rows.relation} GROUP BY load_id", values.used(rows.relation)
    ).fetchall()
    found = [(load, name, count) for load, *own in counted for name, count in zip(names, own, strict=True) if count]
    if found:
        loads, columns, counts = map(list, zip(*found, strict=True))
        area.connection.execute(
            "INSERT INTO temp.dropped SELECT unnest($loads::UINTEGER[]), unnest($names::VARCHAR[]), "
            "unnest($counts::UBIGINT[])",
            {"loads": loads, "names": columns, "counts": counts},
        )
    return frozenset(name for _, name, _ in found)


def _ruled(column: Column, rule: Rule, privacy: Privacy, values: Values) -> Column:
    if rule == "drop":
        return Column("NULL::VARCHAR", "VARCHAR")
    return Column(f"({hashed_sql(column.text, privacy.secret, values)})", "VARCHAR")


def _cleaned(column: Column) -> Column:
    if column.type == "VARCHAR":
        return Column(f"(CASE WHEN {looks_personal_sql(column.sql)} THEN '{REMOVED}' ELSE {column.sql} END)", "VARCHAR")
    return Column(f"({removed_sql(f'to_json({column.sql})::VARCHAR')})::JSON", "JSON")


def _without(rows: Rows, ruled: list[str], values: Values, *, clean: bool) -> str:
    """The relation; of objects, what is not taken out of them as a column is cleaned where it stands."""
    if not rows.documents:
        return rows.relation
    document = f"json_merge_patch(doc, {values.bind(json.dumps(dict.fromkeys(sorted(ruled))))}::JSON)" if ruled else "doc"
    if clean:
        document = f"({removed_sql(f'{document}::VARCHAR')})::JSON"
    return f"(SELECT * REPLACE ({document} AS doc) FROM {rows.relation})"
