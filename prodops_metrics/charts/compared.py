"""Several lines on one scale, each named at its end, with the interval of its last point."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import polars as pl

from prodops_metrics.charts.style import DARK, FONT_SIZE, WEEK_TICKS, Kind, Spec, Theme, finished, unit_axis, unit_text

HEIGHT, LONGEST_NAME, DOT = 230, 18, "\N{BLACK CIRCLE}"
APART = 0.085
"""How far names stand apart at least, as a part of the scale."""
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 1])
INKS = ("#4338CA", "#D9680D", "#0E8A83", "#A1327F", "#2B3344")
DARK_INKS = ("#8D93F8", "#F2913F", "#35C2B5", "#DD7BBE", "#D3D7DF")
"""Told apart by colour-blind readers too, and by their dashes."""


@dataclass(frozen=True, slots=True)
class Named:
    """One line: its name, its place among all lines of the page, and its points with the column ``bucket`` or ``age``."""

    name: str
    place: int
    points: pl.DataFrame


def compared(lines: Sequence[Named], kind: Kind, theme: Theme, *, by_age: bool) -> Spec:
    """Lines over days, or over weeks since launch; a line keeps its colour and dash in every panel of a page."""
    rows = [row for line in lines for row in _rows(line, kind, by_age=by_age)]
    x = _x(rows, by_age=by_age)
    y = alt.Y("point:Q", axis=alt.Axis(**unit_axis(kind), title=None, tickCount=4), scale=alt.Scale(zero=True))
    names = [line.name for line in lines]
    inks = DARK_INKS if theme == DARK else INKS
    colour = alt.Color(
        "name:N", scale=alt.Scale(domain=names, range=[inks[line.place % len(inks)] for line in lines]), legend=None
    )
    dash = alt.StrokeDash(
        "name:N", scale=alt.Scale(domain=names, range=[DASHES[line.place % len(DASHES)] for line in lines]), legend=None
    )
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, color=colour)
    tips = [alt.Tooltip(f"{name}:N") for name in ("name", "when", "value", "interval", "counted")]
    last = [[row for row in rows if row["name"] == name][-1] for name in names]
    ends = alt.Chart(alt.Data(values=[row for row in last if row["low"] is not None])).encode(x=x, color=colour)
    placed = alt.Chart(alt.Data(values=_apart(last))).encode(x=alt.value("width"), y=alt.Y("at:Q"))
    words = placed.mark_text(align="left", dx=20, color=theme.ink, fontSize=FONT_SIZE)
    layers = [
        base.mark_line(strokeWidth=2).encode(y=y, strokeDash=dash),
        ends.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_circle(size=34, opacity=1).encode(y=y, tooltip=tips),
        placed.mark_text(align="left", dx=8, text=DOT, fontSize=FONT_SIZE).encode(color=colour),
        words.encode(text="label:N"),
    ]
    return finished(alt.layer(*layers), theme, HEIGHT)


def _rows(line: Named, kind: Kind, *, by_age: bool) -> list[dict[str, Any]]:
    return [_row(line.name, row, kind, by_age=by_age) for row in line.points.iter_rows(named=True)]


def _row(name: str, row: dict[str, Any], kind: Kind, *, by_age: bool) -> dict[str, Any]:
    low, high, bucket = row["low"], row["high"], row["bucket"]
    day = f"{bucket.day} {bucket:%b %Y}" if isinstance(bucket, date) else str(bucket)
    of = "" if row["denominator"] is None else f" of {row['denominator']:,.0f}"
    return {
        "name": name,
        "x": row["age"] if by_age else str(bucket),
        "when": f"{row['age']} weeks after launch, {day}" if by_age else day,
        "point": row["point"],
        "low": None if low is None else max(low, 0.0),
        "high": high,
        "value": unit_text(row["point"], kind),
        "interval": "none" if low is None else f"{unit_text(max(low, 0.0), kind)} to {unit_text(high, kind)}",
        "counted": f"{row['numerator']:,.0f}{of}",
    }


def _x(rows: Sequence[dict[str, Any]], *, by_age: bool) -> alt.X:
    if by_age:
        axis = alt.Axis(title="weeks since launch", format="d", grid=False, tickMinStep=1)
        return alt.X("x:Q", axis=axis, scale=alt.Scale(nice=False))
    days = sorted({row["x"] for row in rows})
    step = max(1, -(-len(days) // WEEK_TICKS))
    axis = alt.Axis(values=days[::-1][::step][::-1], format="%-d %b", title=None, grid=False, labelFlush=True)
    return alt.X("x:T", axis=axis, scale=alt.Scale(type="utc"))


def _apart(last: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where each name stands: at its last point, or higher where another name stands there."""
    highest = max((row["high"] or row["point"] for row in last), default=1.0) or 1.0
    placed: list[dict[str, Any]] = []
    for row in sorted(last, key=lambda row: row["point"]):
        lowest = placed[-1]["at"] + APART * highest if placed else 0.0
        name = row["name"] if len(row["name"]) <= LONGEST_NAME else f"{row['name'][: LONGEST_NAME - 1]}…"
        placed.append({"name": row["name"], "at": max(row["point"], lowest), "label": f"{name} {row['value']}"})
    return placed
