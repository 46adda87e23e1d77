"""The raw export of Mixpanel: JSON lines of `event` and `properties`, or the rows of a connector as a table.

The user is `distinct_id` as it was at the event. Identities are told by rows with both `$user_id` and `$device_id`, by
`$distinct_id_before_identity`, and by the control rows `$identify` and `$create_alias`. `time` counts seconds (state
`time: {unit: ms, …}` for an export with `time_in_ms`); projects from before 2023 count in the zone of the project
instead of UTC, so the zone must be stated: `time: {timezone: UTC}` or `time: {timezone: America/Los_Angeles}`. Two rows
are the same event if event, user, time and `$insert_id` are equal; the one that was processed last stays.
"""

from prodops_metrics.definitions import TimeFormat
from prodops_metrics.warehouse.staging.layout import Layout, Same

_MICROSECONDS = {None: 1_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
_TIME = "coalesce({properties.time}, {time})"
_USER = "coalesce({properties.distinct_id}, {distinct_id})"
_INSERTED = "coalesce({properties.$insert_id}, {insert_id}, raw::VARCHAR)"


def _moment(time: TimeFormat | None) -> str:
    """The clock that the count shows, which is in the zone of the project."""
    factor = _MICROSECONDS[time.unit if time else None]
    counted = f"TRY(make_timestamp((TRY_CAST({_TIME} AS DECIMAL(38, 6)) * {factor})::BIGINT))"
    return f"coalesce({counted}, TRY_CAST({_TIME} AS TIMESTAMP))"


LAYOUT = Layout(
    event="coalesce({event}, {name})",
    time=_moment,
    time_type="TIMESTAMP",
    unit=_USER,
    id=f"concat_ws(chr(31), coalesce({{event}}, {{name}}), coalesce({_USER}, ''), {_TIME}, {_INSERTED})",
    received=("mp_processing_time_ms",),
    received_as=TimeFormat(unit="ms"),
    control="coalesce({event}, '') IN ('$identify', '$create_alias')",
    same=(
        Same("'$device:' || {properties.$device_id}", "{properties.$user_id}"),
        Same("{properties.$distinct_id_before_identity}", "{properties.distinct_id}"),
        Same("CASE WHEN {event} = '$identify' THEN {properties.$anon_id} END", "{properties.$identified_id}"),
        Same("CASE WHEN {event} = '$create_alias' THEN {properties.alias} END", "{properties.distinct_id}"),
    ),
    bags=("properties",),
    spent=("event", "name", "time", "distinct_id", "properties.time", "properties.distinct_id"),
    signs=(("event", "properties.time"), ("properties.mp_processing_time_ms",), ("mp_processing_time_ms", "insert_id")),
)
