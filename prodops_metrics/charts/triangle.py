"""Retention by cohort and age: a heat map of closed cells, open ones in outline, the cohort's size in front."""

from typing import Any

import altair as alt
import polars as pl

from prodops_metrics.charts.style import FONT_SIZE, Spec, Theme, finished

ROW, NARROWEST_CELL = 30, 40
SMALL, FEW = 10, "\N{BULLET}"
FULL_COLOUR = (0.0, 0.6)
"""Shares from none to the deepest colour: the same on every feature, so that pages can be compared."""


def retention_triangle(frame: pl.DataFrame, theme: Theme, period: str) -> Spec:
    """A result frame over ``cohort`` and ``age``; ``period`` names the ages: week, month, day.

    Age 0 is the cohort itself and stands as its size. Ages that have not begun are left out; those that have not closed are
    outlined; cells with too few units say ``n of N`` in grey.
    """
    sizes = frame.filter((pl.col("age") == 0) & (pl.col("denominator") > 0)).sort("cohort")
    names = {row["cohort"]: _cohort_name(row, period) for row in sizes.iter_rows(named=True)}
    begun = (pl.col("age") > 0) & (pl.col("reason").is_null() | (pl.col("reason") == "too_few"))
    cells = [_cell(row, names) for row in frame.filter(begun).iter_rows(named=True) if row["cohort"] in names]
    y = alt.Y(
        "cohort:N", sort=list(names.values()), axis=alt.Axis(title=None, labelLimit=220), scale=alt.Scale(padding=0.08)
    )
    x = alt.X("age:O", axis=alt.Axis(title=f"{period}s later", orient="top", labelAngle=0), scale=alt.Scale(padding=0.04))
    base = alt.Chart(alt.Data(values=cells)).encode(x=x, y=y)
    columns = max((cell["age"] for cell in cells), default=1)
    layers = [_filled(base, theme), _outlined(base, theme), *_texts(base, theme, columns)]
    return finished(alt.layer(*layers), theme, ROW * max(1, len(names)))


def _cohort_name(row: dict[str, Any], period: str) -> str:
    cohort = row["cohort"]
    day = f"{cohort:%b %Y}" if period == "month" else f"{cohort.day} {cohort:%b}"
    return f"{day} · {row['denominator']:,.0f}"


def _cell(row: dict[str, Any], names: dict[Any, str]) -> dict[str, Any]:
    few = row["reason"] == "too_few"
    short = FEW if few else f"{100 * row['point']:.0f}"
    text = f"{row['numerator']:.0f} of {row['denominator']:.0f}" if few else f"{short} %"
    state = "open" if not row["complete"] else ("few" if few else "closed")
    range_text = "" if row["low"] is None else f"{100 * row['low']:.1f} % to {100 * row['high']:.1f} %"
    return {
        "cohort": names[row["cohort"]],
        "age": row["age"],
        "share": row["point"] or 0.0,
        "text": text,
        "short": short,
        "state": state,
        "counted": f"{row['numerator']:,.0f} of {row['denominator']:,.0f}",
        "interval": range_text,
    }


def _tips() -> list[alt.Tooltip]:
    names = {"cohort": "cohort", "age": "age", "counted": "came back", "interval": "interval", "state": "state"}
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in names.items()]


def _filled(base: alt.Chart, theme: Theme) -> alt.Chart:
    scale = alt.Scale(range=list(theme.scale), domain=FULL_COLOUR, clamp=True)
    closed = base.transform_filter("datum.state == 'closed'").mark_rect(cornerRadius=3)
    return closed.encode(color=alt.Color("share:Q", scale=scale, legend=None), tooltip=_tips())


def _outlined(base: alt.Chart, theme: Theme) -> alt.Chart:
    style: dict[str, Any] = {
        "fill": "transparent",
        "stroke": theme.muted,
        "strokeDash": [3, 3],
        "strokeWidth": 1,
        "cornerRadius": 3,
    }
    return base.transform_filter("datum.state == 'open'").mark_rect(**style).encode(tooltip=_tips())


def _texts(base: alt.Chart, theme: Theme, columns: int) -> list[alt.Chart]:
    """Grey where nothing is claimed; bare percentages where cells are narrower than words."""
    wide = f"width > {NARROWEST_CELL} * {columns}"
    closed, other = (base.transform_filter(f"datum.state {sign} 'closed'") for sign in ("==", "!="))
    drawn = [(closed, theme.ink, FONT_SIZE), (other, theme.muted, FONT_SIZE - 1)]
    words = [one.mark_text(fontSize=size, color=ink, opacity=alt.expr(f"{wide} ? 1 : 0")) for one, ink, size in drawn]
    digits = [one.mark_text(fontSize=SMALL, color=ink, opacity=alt.expr(f"{wide} ? 0 : 1")) for one, ink, _ in drawn]
    return [*(one.encode(text="text:N") for one in words), *(one.encode(text="short:N") for one in digits)]
