"""What is kept of rows that are set aside: without what is personal, and nothing of rows that mention the forgotten."""

import re
from collections.abc import Iterable
from itertools import islice

from prodops_metrics.warehouse.personal import REMOVED, Redaction
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.staging.layout import Layout
from prodops_metrics.warehouse.staging.records import Header, header
from prodops_metrics.warehouse.staging.rows import Piece

_BATCH = 20_000
_WORD = re.compile(r"[^\s,;|\"'{}\[\]()<>]+")


def redact(area: StagingArea, pieces: Iterable[Piece], layout: Layout) -> None:
    """Takes personal data out of the texts of bodies' rows that are set aside."""
    loads = area.connection.execute("SELECT DISTINCT load_id FROM temp.malformed").fetchall()
    for piece in pieces:
        if (piece.load_id,) in loads:
            _redact(area, piece, layout)


def _redact(area: StagingArea, piece: Piece, layout: Layout) -> None:
    source, body = piece.file.source, piece.body
    head: Header | None = header(body.path, source.delimiter, layout.names) if body.kind == "text" else None
    redaction = Redaction(area.privacy, source.id, head.names if head else (), head.delimiter if head else None)
    own = {"load": piece.load_id}
    texts = area.connection.execute("SELECT rowid, raw FROM temp.malformed WHERE load_id = $load", own).fetchall()
    changed = ((row, kept) for row, text in texts if (kept := _kept(area, redaction, text)) != text)
    while batch := list(islice(changed, _BATCH)):
        area.connection.execute(
            "UPDATE temp.malformed SET raw = n.raw FROM (SELECT unnest($rows::BIGINT[]) AS row, "
            "unnest($texts::VARCHAR[]) AS raw) AS n WHERE malformed.rowid = n.row",
            {"rows": [row for row, _ in batch], "texts": [text for _, text in batch]},
        )


def _kept(area: StagingArea, redaction: Redaction, text: str) -> str:
    if area.forgotten.hashes and any(area.forgotten.covers(word) for word in _WORD.findall(text)):
        return REMOVED
    return redaction(text)
