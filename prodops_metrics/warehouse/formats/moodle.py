"""The log of a Moodle site as it is exported from its report: CSV with Time, Component, Event name, Description and more.

The user stands in the text of the description (`The user with id '4' viewed …`); rows whose description has none have
no user. Times are like `17/10/21, 12:39` to the minute, in the zone of the site, which is not written in the file:
state `time: {timezone: …}`, and a `format` if the site writes them another way. Nothing identifies an event, and equal
rows within a minute may be two clicks: `duplicates` must be stated.
"""

from prodops_metrics.definitions import TimeFormat
from prodops_metrics.warehouse.staging.layout import Layout

LAYOUT = Layout(
    event="{Event name}",
    time="{Time}",
    time_as=TimeFormat(timezone="UTC", format="%d/%m/%y, %H:%M"),
    unit=r"regexp_extract({Description}, '[Uu]ser with id ''(\d+)''', 1)",
    spent=("Event name", "Time"),
    signs=(("Event name", "Event context", "Description", "Time"),),
)
