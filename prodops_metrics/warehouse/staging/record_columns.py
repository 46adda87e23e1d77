"""The columns of records by their roles: which there are, which hold a value, and which hold what they should not."""

from prodops_metrics.definitions import Source
from prodops_metrics.definitions.records import COLUMNS, NEEDED
from prodops_metrics.warehouse.staging.area import Values
from prodops_metrics.warehouse.staging.expressions import identifier, typed
from prodops_metrics.warehouse.staging.rows import Column, Rows


def optional(rows: Rows, role: str) -> Column | None:
    """The column of a role; None where the file has none and the source does not insist on it.

    Raises:
        ExportError: the source names a column that the file does not have.
    """
    source = rows.source
    name = source.columns.get(role)
    usual = COLUMNS[source.kind].get(role) == name and role not in NEEDED[source.kind]
    if not isinstance(name, str) or (usual and name not in rows.columns):
        return None
    return rows.column(name)


def given(column: Column, source: Source, values: Values) -> str:
    """Whether a column holds a value at all."""
    return f"{identifier(column, source.null_values, values)} IS NOT NULL"


def declared_misfits(rows: Rows, source: Source, values: Values) -> str:
    """How many declared properties of a row hold something else than their type; they are kept as they were written."""
    lost = (
        f"({given(rows.columns[name], source, values)} AND "
        f"{typed(rows.columns[name], declared.type, source.time, values)} IS NULL)::INTEGER"
        for name, declared in source.properties.items()
        if name in rows.columns
    )
    return " + ".join(lost) or "0"
