"""Segment: JSON lines as its storage destinations write them, or a table of its warehouses (tracks, pages, one event's).

The user is the user id, else the anonymous id; rows with both tell whose the anonymous one is, and `alias` rows which
id came before. `identify`, `alias` and `group` rows are control rows. The event is the name as it was sent
(`event_text` in warehouses, where `event` is a slug); of pages and screens `page` and `screen`. Times are `timestamp`,
which Segment corrects for clocks that are off. Rows with the same message id (`id` in warehouses) are the same event.
`traits` and `context` keep their paths, such as `context.page.url`.
"""

from prodops_metrics.warehouse.staging.layout import Layout, Same

_USER = "coalesce({userId}, {user_id})"
_ANONYMOUS = "coalesce({anonymousId}, {anonymous_id})"
_PAGE = "CASE WHEN coalesce({url}, {path}) IS NOT NULL THEN 'page' END"

LAYOUT = Layout(
    event=f"coalesce({{event_text}}, {{event}}, {{type}}, {_PAGE})",
    time="coalesce({timestamp}, {originalTimestamp}, {original_timestamp})",
    unit=f"coalesce(nullif({_USER}, ''), {_ANONYMOUS})",
    id="coalesce({messageId}, {message_id}, {id})",
    received=("receivedAt", "received_at"),
    control="coalesce({type}, '') IN ('identify', 'alias', 'group')",
    same=(
        Same(_ANONYMOUS, _USER),
        Same("CASE WHEN {type} = 'alias' THEN coalesce({previousId}, {previous_id}) END", _USER),
    ),
    bags=("properties",),
    spent=("event", "event_text", "type", "timestamp", "userId", "user_id"),
    signs=(("messageId", "type", "timestamp"), ("id", "anonymous_id", "received_at", "sent_at", "timestamp")),
)
