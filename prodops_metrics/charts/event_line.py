"""A few people's events along one line of time each, in the order in which they happened."""

from collections.abc import Sequence
from datetime import datetime

import altair as alt

from prodops_metrics.charts.style import Spec, Theme, categories, finished

Dot = tuple[str, str, datetime]
"""A user, an event, and its local clock time."""
ROW, MARGIN = 30, 26
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")


def event_line(dots: Sequence[Dot], theme: Theme) -> Spec:
    """One row per user, one sign per event; the shape tells events apart as well as the colour does."""
    users = sorted({user for user, _, _ in dots})
    names = list(dict.fromkeys(name for _, name, _ in dots))
    rows = [
        {"user": user, "event": name, "at": f"{at:%Y-%m-%dT%H:%M:%S}Z", "time": f"{at:%-d %b %H:%M:%S}"}
        for user, name, at in dots
    ]
    tones, shapes = _cycled(categories(theme), names), _cycled(SHAPES, names)
    legend = alt.Legend(orient="top", title=None, labelColor=theme.muted, columnPadding=14, offset=4)
    axis = alt.Axis(title=None, tickCount=5, labelOverlap="greedy", grid=True, format=_format([at for _, _, at in dots]))
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_point(filled=True, size=110, opacity=0.9)
        .encode(
            x=alt.X("at:T", scale=alt.Scale(type="utc", padding=14), axis=axis),
            y=alt.Y("user:N", sort=users, axis=alt.Axis(title=None, grid=True, labelFontSize=13)),
            color=alt.Color("event:N", scale=alt.Scale(domain=names, range=tones), legend=legend),
            shape=alt.Shape("event:N", scale=alt.Scale(domain=names, range=shapes), legend=legend),
            tooltip=[alt.Tooltip(f"{name}:N") for name in ("user", "event", "time")],
        )
    )
    return finished(chart, theme, ROW * len(users) + MARGIN)


def _format(times: Sequence[datetime]) -> str:
    """Clock times within a day or two, days beyond."""
    hours = (max(times) - min(times)).total_seconds() / 3600
    return "%H:%M" if hours < 20 else "%a %H:%M" if hours < 60 else "%-d %b"


def _cycled(values: Sequence[str], names: Sequence[str]) -> list[str]:
    return [values[place % len(values)] for place, _ in enumerate(names)]
