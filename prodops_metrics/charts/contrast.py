"""Segments against the rest: a dot with its interval for each side, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from prodops_metrics.charts.style import FONT_SIZE, Kind, Spec, Theme, finished, unit_axis

ROW = 44


@dataclass(frozen=True, slots=True)
class Dot:
    """One side of a comparison: its group, its name, its figures and the words for them."""

    group: str
    name: str
    label: str
    point: float
    low: float | None
    high: float | None
    clear: bool
    """Whether it is one of two sides that surely differ."""


def contrast_dots(dots: Sequence[Dot], kind: Kind, theme: Theme) -> Spec:
    """Rows in the order given, two for each group; grey where nothing is claimed."""
    rows = [
        {
            "row": f"{dot.group} {dot.name}",
            "name": dot.name,
            "label": dot.label,
            "point": dot.point,
            "low": dot.point if dot.low is None else dot.low,
            "high": dot.point if dot.high is None else dot.high,
            "clear": dot.clear,
        }
        for dot in dots
    ]
    base = alt.Chart(alt.Data(values=rows))
    y = alt.Y("row:N", sort=[f"{dot.group} {dot.name}" for dot in dots], axis=None, scale=alt.Scale(paddingInner=0.5))
    axis = alt.Axis(**unit_axis(kind), title=None, tickCount=4, grid=False)
    x = alt.X("point:Q", axis=axis, scale=alt.Scale(zero=True))
    colour = alt.condition("datum.clear", alt.value(theme.series), alt.value(theme.muted))
    tips = [alt.Tooltip("name:N"), alt.Tooltip("label:N", title="figures")]
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q", y=y, color=colour)
    marks = base.mark_circle(size=80, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips)
    words = base.mark_text(align="left", baseline="bottom", dy=-7, fontSize=FONT_SIZE, color=theme.ink)
    said = base.mark_text(align="right", baseline="bottom", dy=-7, fontSize=FONT_SIZE, color=theme.muted)
    named = words.encode(x=alt.value(0), y=y, text="name:N")
    told = said.encode(x=alt.value("width"), y=y, text="label:N")
    return finished(alt.layer(bars, marks, named, told), theme, ROW * len(rows))
