"""The BigQuery export of Google Analytics 4, as JSON lines or Parquet.

The user is `user_id`, else the client: `user_pseudo_id` and `stream_id`; rows with both tell whose a client is, and the
last one stands. Without consent `user_pseudo_id` is null: such a row has no user at all. Times are `event_timestamp`,
microseconds in UTC (`event_date` is in the zone of the property, and is not used). Nothing identifies an event: rows
are the same where date, stream, client, session, name, time and all parameters are, as in Velir's dbt package, and
purchases where their transaction is. So the tables of a day and those of its hours may overlap. Keys of `event_params`
are properties; user properties are `user_properties.plan`.
"""

from prodops_metrics.definitions import TimeFormat
from prodops_metrics.warehouse.staging.layout import Layout, Same, joined

_TYPES = '{"string_value": "VARCHAR", "int_value": "BIGINT", "float_value": "DOUBLE", "double_value": "DOUBLE"}'
_ITEM = f'[{{"key": "VARCHAR", "value": {_TYPES}}}]'
_VALUE = (
    "coalesce(to_json(e.value.string_value), to_json(e.value.int_value), to_json(e.value.double_value), "
    "to_json(e.value.float_value), 'null')"
)


def _object(path: str) -> str:
    """An array of keys and typed values as one object, keys in order."""
    items = f"list_sort(from_json(coalesce(json_extract(raw, '/{path}'), '[]'), '{_ITEM}'))"
    pairs = f"list_transform({items}, lambda e: to_json(e.key)::VARCHAR || ':' || {_VALUE}::VARCHAR)"
    return f"('{{' || array_to_string({pairs}, ',') || '}}')::JSON"


_CLIENT = "{user_pseudo_id} || '|' || coalesce({stream_id}, '')"
_SAME = joined(
    *("event_date", "stream_id", "user_pseudo_id", "event_params.ga_session_id"),
    *("event_name", "event_timestamp", "event_params"),
)
_BOUGHT = "coalesce({ecommerce.transaction_id}, {event_params.transaction_id})"

LAYOUT = Layout(
    event="{event_name}",
    time="{event_timestamp}",
    time_as=TimeFormat(unit="us"),
    unit=f"coalesce({{user_id}}, {_CLIENT})",
    id=f"CASE WHEN {{event_name}} = 'purchase' AND {_BOUGHT} <> '' THEN 'purchase' || chr(31) || {_BOUGHT} ELSE {_SAME} END",
    same=(Same(_CLIENT, "{user_id}"),),
    rows=(
        f"json_merge_patch(raw, json_object('event_params', {_object('event_params')}, "
        f"'user_properties', {_object('user_properties')}))"
    ),
    bags=("event_params",),
    spent=("event_name", "event_timestamp", "user_id"),
    signs=(("event_name", "event_timestamp", "event_params"),),
)
