"""What came, counted once: how many new rows there are of each load, local day and event, for all steps that ask.

New rows that do not fit into memory are read from disk, and written there again, by whoever looks at all of them.
"""

from prodops_metrics.warehouse.refreshing import Refreshing


def count(refreshing: Refreshing) -> None:
    """Makes ``temp.arrivals`` of the new rows as they will be stored, whose ``code`` stands for their event."""
    refreshing.connection.execute(
        "CREATE TEMP TABLE arrivals AS "
        "SELECT load_id, day, code, count(*) AS rows, min(ts) AS first_ts, max(ts) AS last_ts, "
        "coalesce(sum(set_aside), 0)::BIGINT AS set_aside FROM temp.pending GROUP BY load_id, day, code"
    )
