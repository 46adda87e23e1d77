"""A metric over time: what is complete as a line with its interval, what is not dashed beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import altair as alt
import polars as pl

from prodops_metrics.charts.style import (
    FONT_SIZE,
    WEEK_TICKS,
    AnyChart,
    Kind,
    Spec,
    Theme,
    finished,
    unit_axis,
    unit_text,
)

HEIGHT, SPARK_HEIGHT = 260, 36
INCOMPLETE, FORMER, AIM, SEAM = [4, 4], [2, 3], [6, 3], [1, 3]
ROOM_RIGHT, STEEP = 44, 0.05
ABOVE = 7
"""Pixels by which releases stand above the axis, whose labels are below it."""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a line: as many points ``before``, days that are ``marked``, and the number to reach.

    ``before`` has the columns ``bucket``, where each point stands, ``day``, which it is of, and ``point``. ``marked`` are
    (day, kind, words), of which launches get a line and a word, releases and rollbacks a tick on the axis. ``aim`` is a
    number with its words.
    """

    before: pl.DataFrame = field(default_factory=pl.DataFrame)
    marked: Sequence[tuple[date, str, str]] = ()
    aim: tuple[float, str] | None = None


NOTHING = Around()


def over_time(  # noqa: PLR0913 - each is one thing that may stand in the picture
    frame: pl.DataFrame,
    kind: Kind,
    theme: Theme,
    launched: date | None = None,
    headline: str = "",
    around: Around = NOTHING,
) -> Spec:
    """A result frame over ``bucket`` as a line: interval as a band, incomplete points dashed and named.

    Points without a number leave a gap. ``launched`` is marked where it lies in the range shown; ``headline`` is the
    number at the last complete point, as the card writes it.
    """
    shown = _shown(frame)
    x, complete, tail = _x(shown), shown.filter(pl.col("complete")), _tail(shown)
    layers: list[AnyChart] = [_band(complete, theme).encode(x=x, y=_y(kind, "low:Q"), y2="high:Q")]
    layers += [*_aim(around.aim, kind, theme), *_before(around.before, kind, theme, x)]
    layers.append(_chart(complete).mark_line(color=theme.series, strokeWidth=2.25).encode(x=x, y=_y(kind)))
    if (lead := _lead(shown)).height > 1:
        layers.append(_dashed(lead, theme).encode(x=x, y=_y(kind)))
    if tail.height > 1:
        layers += [_dashed(tail, theme).encode(x=x, y=_y(kind)), _named(shown, theme).encode(x=x, y=_y(kind))]
    layers += [_points(shown, kind, theme).encode(x=x, y=_y(kind)), *_launch(shown, x, launched, theme)]
    layers += [*_ticks(shown, x, around.marked, theme), *_seams(shown, x, around.marked, theme)]
    falling = _falling(complete)
    if headline and complete.height:
        layers.append(_headline(complete.tail(1), theme, headline, falling=falling).encode(x=x, y=_y(kind)))
    return finished(alt.layer(*layers), theme, HEIGHT, right=ROOM_RIGHT if headline and falling else 0)


def _aim(aim: tuple[float, str] | None, kind: Kind, theme: Theme) -> list[AnyChart]:
    """The number to reach as a line across, with its words at its beginning."""
    if aim is None:
        return []
    base = alt.Chart(alt.Data(values=[{"point": aim[0], "words": aim[1]}])).encode(y=_y(kind))
    words = base.mark_text(align="left", baseline="bottom", dx=2, dy=-3, color=theme.ink, fontSize=FONT_SIZE - 1)
    rule = base.mark_rule(color=theme.ink, strokeDash=AIM, strokeWidth=1.25)
    return [rule, words.encode(x=alt.value(0), text="words:N")]


def _before(before: pl.DataFrame, kind: Kind, theme: Theme, x: alt.X) -> list[AnyChart]:
    """The points of the time before as a thin dashed line, each under the point that it is compared with by eye."""
    if before.height < 2:
        return []
    rows = [
        {
            "bucket": str(row["bucket"]),
            "point": row["point"],
            "day": _day(row["day"]),
            "value": unit_text(row["point"], kind),
        }
        for row in before.iter_rows(named=True)
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=_y(kind))
    tips = [alt.Tooltip("day:N", title="before"), alt.Tooltip("value:N")]
    line = base.mark_line(color=theme.muted, strokeDash=FORMER, strokeWidth=1.5)
    return [line, base.mark_circle(color=theme.muted, size=24, opacity=0.01).encode(tooltip=tips)]


def _ticks(shown: pl.DataFrame, x: alt.X, marked: Sequence[tuple[date, str, str]], theme: Theme) -> list[AnyChart]:
    """Releases as ticks on the axis, those taken back as crosses; the pointer finds their words."""
    days = shown["bucket"]
    if shown.is_empty():
        return []
    rows = [
        {"bucket": day.isoformat(), "words": words, "shape": "cross" if kind == "rollback" else "stroke"}
        for day, kind, words in marked
        if kind in {"release", "rollback"} and str(days.min()) <= day.isoformat() <= str(days.max())
    ]
    if not rows:
        return []
    style: dict[str, Any] = {"angle": 90, "size": 60, "strokeWidth": 1.5, "opacity": 0.9, "yOffset": -ABOVE}
    points = alt.Chart(alt.Data(values=rows)).mark_point(**style, color=theme.muted)
    shape = alt.Shape("shape:N", scale=None)
    return [points.encode(x=x, y=alt.value("height"), shape=shape, tooltip=alt.Tooltip("words:N", title=None))]


def _seams(shown: pl.DataFrame, x: alt.X, marked: Sequence[tuple[date, str, str]], theme: Theme) -> list[AnyChart]:
    """Changes of the definition as dotted lines from top to foot; the pointer finds their words."""
    days = shown["bucket"]
    rows = [
        {"bucket": day.isoformat(), "words": words}
        for day, kind, words in marked
        if kind == "definition" and str(days.min()) <= day.isoformat() <= str(days.max())
    ]
    if not rows:
        return []
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, tooltip=alt.Tooltip("words:N", title=None))
    rule = base.mark_rule(color=theme.muted, strokeDash=SEAM, strokeWidth=1.25)
    return [rule, base.mark_text(align="left", dx=4, y=8, color=theme.muted, text="definition changed")]


def _day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def sparkline(frame: pl.DataFrame, theme: Theme) -> Spec:
    """The same line without axes, for a card: filled down to zero, its last complete point as a dot."""
    shown = _shown(frame)
    complete, tail = shown.filter(pl.col("complete")), _tail(shown)
    bare = alt.Y("point:Q", axis=None, scale=_from_zero(shown))
    x = alt.X("bucket:T", axis=None, scale=alt.Scale(type="utc"))
    layers: list[AnyChart] = [_chart(complete).mark_area(color=theme.faint, opacity=0.65).encode(x=x, y=bare)]
    layers.append(_chart(complete).mark_line(color=theme.series, strokeWidth=1.75).encode(x=x, y=bare))
    if tail.height > 1:
        layers.append(_chart(tail).mark_line(color=theme.muted, strokeDash=[3, 3], strokeWidth=1.5).encode(x=x, y=bare))
    layers.append(_chart(complete.tail(1)).mark_circle(color=theme.series, size=28, opacity=1).encode(x=x, y=bare))
    return finished(alt.layer(*layers), theme, SPARK_HEIGHT, padding=4)


def _from_zero(shown: pl.DataFrame) -> alt.Scale:
    """Zero at the foot, where Vega would draw nothing but zeros at half height."""
    return alt.Scale(zero=True) if (shown["point"] != 0).any() else alt.Scale(domain=[0, 1])


def _shown(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with a number; days as ISO text, which Vega reads as UTC."""
    return frame.filter(pl.col("point").is_not_null()).with_columns(pl.col("bucket").cast(pl.String))


def _chart(rows: pl.DataFrame) -> alt.Chart:
    return alt.Chart(alt.Data(values=rows.to_dicts()))


def _tail(shown: pl.DataFrame) -> pl.DataFrame:
    """The last complete point and the incomplete ones after it."""
    last = shown.filter(pl.col("complete"))["bucket"].max()
    return shown if last is None else shown.filter(pl.col("bucket") >= last)


def _lead(shown: pl.DataFrame) -> pl.DataFrame:
    """The incomplete points before the first complete one, and that one: windows that begin before the data."""
    first = shown.filter(pl.col("complete"))["bucket"].min()
    return shown.clear() if first is None else shown.filter(pl.col("bucket") <= first)


def _x(rows: pl.DataFrame) -> alt.X:
    """Dates stay the local days that they are: a UTC scale, with ticks that are points of the series."""
    days = (rows.filter(pl.col("complete")) if rows["complete"].any() else rows)["bucket"].unique().sort().to_list()
    step = max(1, -(-len(days) // WEEK_TICKS))
    axis = alt.Axis(values=days[::-1][::step][::-1], format="%-d %b", title=None, grid=False, labelFlush=True)
    return alt.X("bucket:T", scale=alt.Scale(type="utc"), axis=axis)


def _y(kind: Kind, field: str = "point:Q") -> alt.Y:
    return alt.Y(field, axis=alt.Axis(**unit_axis(kind), title=None, tickCount=4), scale=alt.Scale(zero=True))


def _dashed(rows: pl.DataFrame, theme: Theme) -> alt.Chart:
    return _chart(rows).mark_line(color=theme.muted, strokeDash=INCOMPLETE, strokeWidth=2)


def _named(shown: pl.DataFrame, theme: Theme) -> alt.Chart:
    """The word past the newest point, where no line ever runs."""
    return _chart(shown.tail(1)).mark_text(align="left", baseline="middle", dx=7, color=theme.muted, text="incomplete")


def _band(complete: pl.DataFrame, theme: Theme) -> alt.Chart:
    banded = complete.filter(pl.col("low").is_not_null()).with_columns(pl.col("low").clip(lower_bound=0.0))
    return _chart(banded).mark_area(color=theme.faint, opacity=0.65)


def _points(rows: pl.DataFrame, kind: Kind, theme: Theme) -> alt.Chart:
    """What the pointer finds: every figure of the point."""
    tips = ("day", "value", "interval", "counted", "state")
    found = [{**row, **_said(row, kind)} for row in rows.iter_rows(named=True)]
    marks = alt.Chart(alt.Data(values=found)).mark_circle(size=42, opacity=1)
    dimmed = alt.condition("datum.complete", alt.value(theme.series), alt.value(theme.muted))
    return marks.encode(color=dimmed, tooltip=[alt.Tooltip(f"{name}:N") for name in tips])


def _said(row: dict[str, Any], kind: Kind) -> dict[str, str]:
    day, low, high = date.fromisoformat(row["bucket"]), row["low"], row["high"]
    of = "" if row["denominator"] is None else f" of {row['denominator']:,.0f}"
    return {
        "day": _day(day),
        "value": unit_text(row["point"], kind),
        "interval": "none" if low is None else f"{unit_text(max(low, 0.0), kind)} to {unit_text(high, kind)}",
        "counted": f"{row['numerator']:,.0f}{of}",
        "state": "complete" if row["complete"] else "incomplete",
    }


def _falling(complete: pl.DataFrame) -> bool:
    """Whether the line comes down so steeply to its last point that words to the left of it would lie on the line."""
    if complete.height < 2:
        return False
    before, last = complete["point"].to_list()[-2:]
    return bool(before - last > STEEP * complete["point"].max())  # type: ignore[operator]


def _headline(last: pl.DataFrame, theme: Theme, text: str, *, falling: bool) -> alt.Chart:
    """The number above the last complete point, on the side where the line is not."""
    place: dict[str, Any] = {"align": "left", "dx": -4} if falling else {"align": "right", "dx": 6}
    style: dict[str, Any] = {"baseline": "bottom", "dy": -8, "fontSize": FONT_SIZE + 1, "fontWeight": 600}
    return _chart(last).mark_text(**place, **style, color=theme.ink, text=text)


def _launch(shown: pl.DataFrame, x: alt.X, launched: date | None, theme: Theme) -> list[AnyChart]:
    days = shown["bucket"]
    if launched is None or shown.is_empty() or not str(days.min()) <= launched.isoformat() <= str(days.max()):
        return []
    at = alt.Chart(alt.Data(values=[{"bucket": launched.isoformat()}])).encode(x=x)
    rule = at.mark_rule(color=theme.muted, strokeWidth=1)
    return [rule, at.mark_text(align="left", dx=5, y=8, color=theme.muted, text="launch")]
