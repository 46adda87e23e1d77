"""What came into a warehouse after a snapshot: rows by source, and why some were set aside."""

import polars as pl

from prodops_metrics.warehouse.connection import Warehouse


def loaded_since(warehouse: Warehouse, snapshot: int) -> pl.DataFrame:
    """``source, files, loaded, quarantined`` of every source that was read after a snapshot, by name."""
    return warehouse.table(
        "SELECT source, count(*)::BIGINT AS files, sum(loaded)::BIGINT AS loaded, sum(quarantined)::BIGINT AS quarantined "
        "FROM loads WHERE snapshot > $snapshot GROUP BY source ORDER BY source",
        snapshot=snapshot,
    )


def set_aside_since(warehouse: Warehouse, snapshot: int) -> pl.DataFrame:
    """``source, reason, rows, example`` of the rows that were quarantined after a snapshot, the most first."""
    return warehouse.table(
        "SELECT q.source, reason, count(*)::BIGINT AS rows, arg_min(q.path || ':' || line, (q.path, line)) AS example "
        "FROM quarantine AS q JOIN loads USING (load_id) WHERE snapshot > $snapshot "
        "GROUP BY q.source, reason ORDER BY rows DESC, q.source, reason",
        snapshot=snapshot,
    )


def merged_since(warehouse: Warehouse, snapshot: int) -> pl.DataFrame:
    """``entity, merged, parted, redated``: how many ids were merged and parted, and first dates moved, after a snapshot."""
    return warehouse.table(
        "SELECT entity, sum(merged)::BIGINT AS merged, sum(parted)::BIGINT AS parted, sum(redated)::BIGINT AS redated "
        "FROM merge_history WHERE snapshot > $snapshot GROUP BY entity "
        "HAVING sum(merged) + sum(parted) + sum(redated) > 0 ORDER BY entity",
        snapshot=snapshot,
    )
