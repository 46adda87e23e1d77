"""RudderStack: tables of its warehouses, or JSON lines as its storage destinations write them.

It is laid out as Segment's, with `uuid_ts` and `channel` besides. `timestamp` is corrected for clocks that are off;
without it `original_timestamp` counts. `event_text` is the name of the event, `event` a slug of it. Rows with the same
`id` (the message id) are the same event.
"""

from dataclasses import replace

from prodops_metrics.warehouse.formats.segment import LAYOUT as SEGMENT

LAYOUT = replace(
    SEGMENT,
    signs=(("id", "anonymous_id", "received_at", "uuid_ts", "channel"), ("messageId", "originalTimestamp", "rudderId")),
)
