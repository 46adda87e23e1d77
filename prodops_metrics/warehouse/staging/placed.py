"""Rows of several bodies that were landed at once: which body each is of, and which row of it."""

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.staging.rows import Pieces

NAMED = ", filename = 'path_read'"
"""What has the engine say, while it reads bodies into ``temp.landed``, which body a row is of."""
PLACED = (
    "(SELECT l.* EXCLUDE (path_read), l.rowid AS position, l.rowid - p.first + 1 AS ordinal, p.load_id "
    "FROM temp.landed AS l JOIN (SELECT unnest($paths::VARCHAR[]) AS path_read, unnest($loads::UINTEGER[]) AS load_id, "
    "unnest($firsts::BIGINT[]) AS first) AS p USING (path_read))"
)
"""The landed rows with ``load_id``, ``ordinal`` and ``position``; its parameters are those of ``placed``."""


def placed(area: StagingArea, pieces: Pieces) -> dict[str, object]:
    """The parameters of ``PLACED``.

    Raises:
        ExportError: the rows do not lie body after body.
    """
    loads = {str(piece.body.path): piece.load_id for piece in pieces}
    found = area.connection.execute(
        "SELECT path_read, min(rowid), max(rowid) - min(rowid) + 1 = count(*) FROM temp.landed GROUP BY path_read"
    ).fetchall()
    if len(loads) < len(pieces) or not all(path in loads and together for path, _, together in found):
        raise ExportError("the rows of these files cannot be told apart")
    return {
        "paths": [path for path, *_ in found],
        "loads": [loads[path] for path, *_ in found],
        "firsts": [first for _, first, _ in found],
    }
