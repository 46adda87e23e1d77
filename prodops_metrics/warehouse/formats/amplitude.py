"""The Export API of Amplitude: a zip of gzipped JSON lines, or the rows of a connector as a table.

The user is `amplitude_id`, which Amplitude keeps for one person over devices and log-ins; `user_id` may be missing.
Times are `event_time`, UTC, corrected by Amplitude for clocks that are off. Two rows are the same event if `$insert_id`
is equal, or, without it, event id, device, time on the device and user; the one that was uploaded last stays. Keys of
`event_properties` are properties; others inside of objects have their path, such as `user_properties.plan`. An export
of one day is chosen by upload, and holds events of earlier days. People whom Amplitude merged stand in a file of their
own: read it as a source of kind identities with `columns: {anonymous: amplitude_id, known: merged_amplitude_id}`.
"""

from prodops_metrics.warehouse.staging.layout import Layout, joined

_INSERTED = "coalesce({$insert_id}, {_insert_id})"
_OTHERWISE = joined("event_id", "id", "device_id", "client_event_time", "amplitude_id")

LAYOUT = Layout(
    event="{event_type}",
    time="{event_time}",
    unit="{amplitude_id}",
    id=f"coalesce({_INSERTED}, {_OTHERWISE})",
    received=("client_upload_time",),
    bags=("event_properties",),
    spent=("event_type", "event_time", "amplitude_id"),
    signs=(("event_type", "amplitude_id", "event_time"),),
)
