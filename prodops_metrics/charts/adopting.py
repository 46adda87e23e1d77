"""How a share grows with the days since a start: steps of a survival curve turned over, and the figures quoted from it."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from prodops_metrics.charts.style import FONT_SIZE, AnyChart, Spec, Theme, finished, unit_axis, unit_text

HEIGHT = 190
WEEKS, MOST_TICKS = (1, 7, 14, 28, 56, 112), 8
"""Ticks stand this many days apart, and there are no more of them."""
Quoted = tuple[float, float, float | None, float | None]
"""Days, share, and the interval of the share."""


def adopted_curve(curve: pl.DataFrame, quoted: Sequence[Quoted], theme: Theme) -> Spec:
    """``day, point, watched`` as steps, with the figures that are quoted as dots with their intervals."""
    longest = float(curve["day"].max() or 0)  # type: ignore[arg-type]
    every = next((step for step in WEEKS if longest / step <= MOST_TICKS), WEEKS[-1])
    ticks = list(range(0, int(longest) + 1, every))
    x = alt.X("day:Q", axis=alt.Axis(title="days later", values=ticks, grid=False), scale=alt.Scale(nice=False))
    y = alt.Y("point:Q", axis=alt.Axis(**unit_axis("percent"), title=None, tickCount=4), scale=alt.Scale(zero=True))
    steps = [{**row, "value": unit_text(row["point"], "percent")} for row in curve.iter_rows(named=True)]
    line = alt.Chart(alt.Data(values=steps)).mark_line(interpolate="step-after", color=theme.series, strokeWidth=2.25)
    tips = [alt.Tooltip(f"{name}:{kind}") for name, kind in (("day", "Q"), ("value", "N"), ("watched", "Q"))]
    found = alt.Chart(alt.Data(values=[row for row in steps if row["day"] in ticks]))
    points = found.mark_circle(color=theme.series, size=24, opacity=0.01).encode(x=x, y=y, tooltip=tips)
    return finished(alt.layer(line.encode(x=x, y=y), points, *_quoted(quoted, x, y, theme)), theme, HEIGHT)


def _quoted(quoted: Sequence[Quoted], x: alt.X, y: alt.Y, theme: Theme) -> list[AnyChart]:
    rows = [
        {"day": day, "point": point, "low": point if low is None else low, "high": point if high is None else high,
         "text": unit_text(point, "percent")}
        for day, point, low, high in quoted
    ]  # fmt: skip
    if not rows:
        return []
    base = alt.Chart(alt.Data(values=rows))
    bars = base.mark_rule(color=theme.series, strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    dots = base.mark_circle(color=theme.series, size=64, opacity=1).encode(x=x, y=y)
    words = base.mark_text(align="left", dx=8, dy=10, fontSize=FONT_SIZE, fontWeight=600, color=theme.ink)
    return [bars, dots, words.encode(x=x, y=y, text="text:N")]
