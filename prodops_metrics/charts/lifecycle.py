"""Users by where they come from, period by period: who is there above the line, who left below it."""

from collections.abc import Mapping
from datetime import date

import altair as alt
import polars as pl

from prodops_metrics.charts.style import WEEK_TICKS, Spec, Theme, categories, finished

HEIGHT = 220
ORDER = ("returning", "resurrected", "new", "dormant")
PALE = 0.4
"""Opacity of bars that are not complete yet."""


def lifecycle_bars(frame: pl.DataFrame, theme: Theme) -> Spec:
    """A result frame over ``bucket`` and ``state``: stacked bars, those who did not come back below nought.

    Of a period that is not over it is not known who will not come back, so only who is there already is drawn, paler.
    """
    known = pl.col("complete") | (pl.col("state") != "dormant")
    shown = frame.filter(pl.col("point").is_not_null() & known)
    rows = [_said(row) for row in shown.sort("bucket").iter_rows(named=True)]
    days = sorted({str(row["bucket"]) for row in rows})
    ticks = days[::-1][:: max(1, -(-len(days) // WEEK_TICKS))][::-1]
    band = alt.X(
        "bucket:O", sort=days, axis=alt.Axis(values=ticks, labelExpr=_DAY, title=None, labelAngle=0, labelOverlap="greedy")
    )
    axis = alt.Axis(title=None, tickCount=5, labelExpr="format(abs(datum.value), ',')")
    tones = _tones(theme)
    legend = alt.Legend(orient="top", title=None, symbolType="square", labelColor=theme.muted, columnPadding=6, offset=4)
    scale = alt.Scale(domain=list(ORDER), range=[tones[state] for state in ORDER])
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            x=band,
            y=alt.Y("height:Q", axis=axis, stack="zero"),
            color=alt.Color("state:N", scale=scale, sort=list(ORDER), legend=legend),
            order=alt.Order("rank:Q"),
            opacity=alt.condition("datum.complete", alt.value(1.0), alt.value(PALE)),
            tooltip=[alt.Tooltip(f"{name}:N") for name in ("week", "state", "users", "interval", "so_far")],
        )
    )
    zero = alt.Chart(alt.Data(values=[{}])).mark_rule(color=theme.muted, strokeWidth=1, aria=False).encode(y=alt.datum(0))
    return finished(alt.layer(bars, zero), theme, HEIGHT)


_DAY = "timeFormat(toDate(datum.value + 'T12:00:00'), '%-d %b')"


def _said(row: dict[str, object]) -> dict[str, object]:
    state, bucket, count = str(row["state"]), row["bucket"], float(str(row["point"]))
    day = bucket if isinstance(bucket, date) else None
    return {
        "bucket": str(bucket),
        "week": f"{day.day} {day:%b %Y}" if day else str(bucket),
        "state": state,
        "users": f"{count:,.0f}",
        "height": -count if state == "dormant" else count,
        "rank": ORDER.index(state) if state in ORDER else len(ORDER),
        "interval": "none" if row["low"] is None else f"{max(0.0, float(str(row['low']))):,.0f} to {row['high']:,.0f}",
        "complete": row["complete"],
        "so_far": "complete" if row["complete"] else "incomplete",
    }


def _tones(theme: Theme) -> Mapping[str, str]:
    indigo, _, teal, plum, ink = categories(theme)
    return dict(zip(ORDER, (indigo, plum, teal, ink), strict=True))
