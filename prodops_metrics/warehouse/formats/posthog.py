"""The batch exports of PostHog: JSON lines or Parquet, where `properties` is text that holds an object.

The user is `distinct_id`, and `person_id`, where it is exported, is whose that id is. Old files keep the person of
their time; of several the latest stands, so that a later merge also moves the events before it. `$identify`,
`$create_alias` and `$merge_dangerously` are control rows that tell identities. Times are `timestamp`, UTC. Rows with
the same `uuid` are the same event; exports that were tried again repeat them.
"""

from prodops_metrics.warehouse.staging.layout import Layout, Same

_ALIASES = "{event} IN ('$create_alias', '$merge_dangerously')"

LAYOUT = Layout(
    event="{event}",
    time="{timestamp}",
    unit="coalesce({distinct_id}, {person_id})",
    id="{uuid}",
    received=("created_at",),
    control=f"coalesce({{event}}, '') = '$identify' OR coalesce({_ALIASES}, FALSE)",
    same=(
        Same("{distinct_id}", "{person_id}"),
        Same("CASE WHEN {event} = '$identify' THEN {properties.$anon_distinct_id} END", "{distinct_id}"),
        Same(f"CASE WHEN {_ALIASES} THEN {{properties.alias}} END", "{distinct_id}"),
    ),
    bags=("properties",),
    spent=("event", "timestamp", "distinct_id", "uuid"),
    signs=(("event", "distinct_id", "properties", "timestamp", "uuid"),),
)
