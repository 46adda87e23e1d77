"""Sessions with their events inside of them, as in OTTO's recommender data: `{session, events: [{aid, ts, type}]}`.

One line is many events. The user is the session, times are `ts` in milliseconds, the event is `type`. Events of a
session with the same article, time and type are one.
"""

from prodops_metrics.definitions import TimeFormat
from prodops_metrics.warehouse.staging.layout import Layout, joined

_EVENTS = "from_json(json_extract(raw, '/events'), '[\"JSON\"]')"
_SESSION = "json_object('session', json_extract(raw, '/session'))"

LAYOUT = Layout(
    event="{type}",
    time="{ts}",
    time_as=TimeFormat(unit="ms"),
    unit="{session}",
    id=joined("session", "aid", "ts", "type"),
    rows=f"unnest(list_transform({_EVENTS}, lambda e: json_merge_patch(e, {_SESSION})))",
    spent=("type", "ts", "session"),
    signs=(("session", "events"),),
)
