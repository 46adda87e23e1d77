"""Values that were left out as personal though nobody said so: how many, of which columns."""

import duckdb

from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.report import LeftOut


def keep_left_out(refreshing: Refreshing) -> None:
    """Writes down how many values of each column were left out of each file."""
    refreshing.connection.execute(
        "INSERT INTO dropped_values SELECT d.load_id, l.source, d.property, sum(d.values)::UBIGINT FROM temp.dropped AS d "
        "JOIN loads AS l USING (load_id) GROUP BY d.load_id, l.source, d.property ORDER BY d.load_id, d.property"
    )


def left_out_of(connection: duckdb.DuckDBPyConnection, first: int) -> tuple[LeftOut, ...]:
    """What was left out of the loads from ``first`` on, by source and column."""
    found = connection.execute(
        "SELECT source, property, sum(values)::BIGINT FROM dropped_values WHERE load_id >= $first "
        "GROUP BY source, property ORDER BY source, property",
        {"first": first},
    ).fetchall()
    return tuple(LeftOut(*row) for row in found)
