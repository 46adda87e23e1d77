"""How many rows of an event came on each day."""

from collections.abc import Sequence
from datetime import date

import altair as alt

from prodops_metrics.charts.style import Spec, Theme, finished

HEIGHT = 160
PALE = 0.4
"""Opacity of days that are not complete yet."""


def volume_bars(days: Sequence[tuple[date, int]], through: date, theme: Theme) -> Spec:
    """A bar per local day, paler after the last complete one; days without a row are nought."""
    rows = [
        {"day": f"{day.isoformat()}T12:00:00Z", "events": events, "said": f"{day.day} {day:%b %Y}", "whole": day <= through}
        for day, events in days
    ]
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color=theme.series)
        .encode(
            x=alt.X(
                "day:T", scale=alt.Scale(type="utc"), axis=alt.Axis(title=None, tickCount=6, format="%-d %b", grid=False)
            ),
            y=alt.Y("events:Q", axis=alt.Axis(title=None, tickCount=4, format=",~f")),
            opacity=alt.condition("datum.whole", alt.value(1.0), alt.value(PALE)),
            tooltip=[alt.Tooltip("said:N", title="day"), alt.Tooltip("events:Q", format=",")],
        )
    )
    return finished(bars, theme, HEIGHT)
