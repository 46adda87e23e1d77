"""How many use it on so many days or more: one bar for each number of days."""

from typing import Any

import altair as alt
import polars as pl

from prodops_metrics.charts.style import FONT_SIZE, Spec, Theme, finished, unit_axis, unit_text

HEIGHT = 190
LEAST_SHOWN = 0.002


def active_days_bars(frame: pl.DataFrame, marked: int, theme: Theme) -> Spec:
    """``active_days`` and measures, as far as anybody comes; the bar of ``marked`` days is labelled with its share."""
    shown = frame.filter((pl.col("active_days") > 1) & (pl.col("point") > LEAST_SHOWN))
    rows = [{**_said(row), "marked": row["active_days"] == marked} for row in shown.iter_rows(named=True)]
    base = alt.Chart(alt.Data(values=rows))
    x = alt.X("days:O", axis=alt.Axis(title="days of use, or more", labelAngle=0, labelOverlap="greedy"))
    y = alt.Y("point:Q", axis=alt.Axis(**unit_axis("percent"), title=None, tickCount=4), scale=alt.Scale(zero=True))
    colour = alt.condition("datum.marked", alt.value(theme.series), alt.value(theme.scale[1]))
    tips = [alt.Tooltip(f"{name}:N") for name in ("days", "value", "interval", "counted")]
    bars = base.mark_bar(cornerRadiusEnd=2).encode(x=x, y=y, color=colour, tooltip=tips)
    words = base.transform_filter("datum.marked").mark_text(
        align="left", dx=-6, dy=-8, fontSize=FONT_SIZE, fontWeight=600, color=theme.ink
    )
    return finished(alt.layer(bars, words.encode(x=x, y=y, text="value:N")), theme, HEIGHT)


def _said(row: dict[str, Any]) -> dict[str, object]:
    low, high = row["low"], row["high"]
    return {
        "days": row["active_days"],
        "point": row["point"],
        "value": unit_text(row["point"], "percent"),
        "interval": "none" if low is None else f"{unit_text(low, 'percent')} to {unit_text(high, 'percent')}",
        "counted": f"{row['numerator']:,.0f} of {row['denominator']:,.0f}",
    }
