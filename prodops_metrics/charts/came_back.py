"""Retention of the headline's cohorts by age: who came back exactly then, and who did then or later so far."""

from typing import Any

import altair as alt
import polars as pl

from prodops_metrics.charts.style import FONT_SIZE, AnyChart, Spec, Theme, finished, unit_axis, unit_text

HEIGHT = 240
SO_FAR = [4, 4]


def came_back_curve(exact: pl.DataFrame, so_far: pl.DataFrame, period: str, theme: Theme) -> Spec:
    """Two frames over ``age``; the second, which can still grow, is dashed. Either may be empty."""
    last = max([*exact["age"].to_list(), *so_far["age"].to_list()], default=1)
    axis = alt.Axis(title=f"{period}s later", values=list(range(1, last + 1)), format="d", grid=False)
    x = alt.X("age:Q", axis=axis, scale=alt.Scale(domain=[0.8, last + 0.2], nice=False))
    layers = [
        *_line(so_far, "then or later, so far", x, theme, dash=SO_FAR),
        *_line(exact, "exactly then", x, theme, dash=[]),
    ]
    return finished(alt.layer(*layers), theme, HEIGHT, right=12)


def _line(frame: pl.DataFrame, name: str, x: alt.X, theme: Theme, *, dash: list[int]) -> list[AnyChart]:
    rows = [_said(row, name) for row in frame.filter(pl.col("point").is_not_null()).iter_rows(named=True)]
    if not rows:
        return []
    colour = theme.muted if dash else theme.series
    y = alt.Y("point:Q", axis=alt.Axis(**unit_axis("percent"), title=None, tickCount=4), scale=alt.Scale(zero=True))
    base = alt.Chart(alt.Data(values=rows))
    layers: list[AnyChart] = []
    if not dash:
        layers.append(base.mark_area(color=theme.faint, opacity=0.65).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"))
    style: dict[str, Any] = {"strokeDash": dash} if dash else {}
    layers.append(base.mark_line(color=colour, strokeWidth=2.25, **style).encode(x=x, y=y))
    tips = [alt.Tooltip(f"{tip}:N") for tip in ("age", "reading", "value", "interval", "counted")]
    layers.append(base.mark_circle(color=colour, size=48, opacity=1).encode(x=x, y=y, tooltip=tips))
    first = alt.Chart(alt.Data(values=rows[:1])).mark_text(align="left", dx=-4, dy=-14, color=colour, fontSize=FONT_SIZE)
    end = alt.Chart(alt.Data(values=rows[-1:])).mark_text(align="right", dx=6, dy=-12, color=theme.ink, fontWeight=600)
    return [*layers, first.encode(x=x, y=y, text="reading:N"), end.encode(x=x, y=y, text="value:N")]


def _said(row: dict[str, Any], name: str) -> dict[str, object]:
    low, high = row["low"], row["high"]
    return {
        "age": row["age"],
        "reading": name,
        "point": row["point"],
        "low": low,
        "high": high,
        "value": unit_text(row["point"], "percent"),
        "interval": "none" if low is None else f"{unit_text(low, 'percent')} to {unit_text(high, 'percent')}",
        "counted": f"{row['numerator']:,.0f} of {row['denominator']:,.0f}",
    }
