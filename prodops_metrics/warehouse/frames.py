"""What the engine found, as a frame with the types that the engine gave it."""

from collections.abc import Mapping
from typing import Any

import duckdb
import polars as pl

from prodops_metrics.warehouse.statement import Statement

TYPES: Mapping[str, Any] = {
    "BOOLEAN": pl.Boolean,
    "INTEGER": pl.Int32,
    "UINTEGER": pl.UInt32,
    "BIGINT": pl.Int64,
    "UBIGINT": pl.UInt64,
    "DOUBLE": pl.Float64,
    "VARCHAR": pl.String,
    "DATE": pl.Date,
    "TIMESTAMP": pl.Datetime("us"),
    '"NULL"': pl.Null,
}
"""The types of answers, by the engine's names for them."""
LISTS, DECIMAL = "[]", "DECIMAL("


def few_rows(cursor: duckdb.DuckDBPyConnection, statement: Statement) -> pl.DataFrame:
    """The rows of a statement, which is planned once; the quick way for the few rows of an answer.

    Raises:
        duckdb.Error: the engine refused the statement, or was told to stop.
    """
    cursor.execute(statement.sql, statement.parameters or None)
    types = {name: _type(str(kind)) for name, kind, *_ in cursor.description or ()}
    if None in types.values():
        cursor.abort()
        return many_rows(cursor, statement)
    return pl.DataFrame(cursor.fetchall(), schema=types, orient="row")


def many_rows(cursor: duckdb.DuckDBPyConnection, statement: Statement) -> pl.DataFrame:
    """The same column by column, whatever their types: planned twice, and quicker from some thousand rows on.

    Raises:
        duckdb.Error: the engine refused the statement, or was told to stop.
    """
    return pl.DataFrame(cursor.sql(statement.sql, params=statement.parameters or None).pl())


def _type(name: str) -> Any:  # noqa: ANN401
    """The polars type of a column; None where values would not come out as they are."""
    if name.endswith(LISTS):
        inner = _type(name.removesuffix(LISTS))
        return None if inner is None else pl.List(inner)
    if name.startswith(DECIMAL):  # a constant like 1.0: without its type the whole statement would run twice
        return pl.Decimal(*map(int, name.removeprefix(DECIMAL).rstrip(")").split(",")))
    return TYPES.get(name)
