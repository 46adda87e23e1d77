"""Raw rows as staged ties: which id turned out to be whose, and when that was said."""

from prodops_metrics.warehouse.staging.area import StagingArea, Values
from prodops_metrics.warehouse.staging.events import header_repeated
from prodops_metrics.warehouse.staging.expressions import identifier, instant
from prodops_metrics.warehouse.staging.record_columns import given, optional
from prodops_metrics.warehouse.staging.rows import Rows

USER = "user"

_STAGE = """
INSERT INTO temp.arrived_identities BY NAME
WITH read AS (
    SELECT {id} AS own, {known} AS whose, {moment} AS moment, ({set_aside})::USMALLINT AS lost, {header} AS is_header,
        load_id, ordinal
    FROM {relation})
SELECT load_id, $source AS source, $entity AS entity, own AS id, whose AS canonical, moment,
    lost AS set_aside, ordinal,
    CASE WHEN is_header THEN 'header' WHEN own IS NULL OR whose IS NULL THEN 'key' END AS fault
FROM read
"""


def stage(area: StagingArea, rows: Rows) -> None:
    """Stages every row of a file of identities.

    Raises:
        ExportError: the file lacks a column that the source maps, or times have no declared unit.
    """
    source = rows.source
    own = {"source": source.id, "entity": source.entity or USER}
    values, nulls = Values({**rows.parameters, **own}), source.null_values
    time = optional(rows, "time")
    moment = instant(time, source.time, values) if time else "NULL::TIMESTAMP"
    sql = _STAGE.format(
        id=identifier(rows.column(str(source.columns["anonymous"])), nulls, values),
        known=identifier(rows.column(str(source.columns["known"])), nulls, values),
        moment=moment,
        set_aside=f"({given(time, source, values)} AND ({moment}) IS NULL)::INTEGER" if time else "0",
        header=header_repeated(rows, values) if rows.kind == "text" else "FALSE",
        relation=rows.relation,
    )
    area.connection.execute(sql, values.bound)
