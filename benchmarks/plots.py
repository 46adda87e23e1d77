"""The plots of ``RESULTS.md``, as SVG that needs nothing to be seen."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl

from benchmarks.findings import PEERS
from benchmarks.peers.asking import ROLLING_LENGTHS

WIDTH, HEIGHT = 620, 320
Chart = Any
"""Altair has one type for a chart, another for layers and a third for facets."""
INK, GREY = "#1b1b2f", "#6b7280"
_POWERS = alt.Axis(format="~g", values=[10.0**power for power in range(-4, 4)])
_FORMS = {"open", "natural", "gaps", "bitmaps"}
PALETTE = ["#4f46e5", "#ea580c", "#0d9488", "#9d174d", "#374151", "#a16207", "#0284c7", "#16a34a", "#dc2626"]


def draw(rows: Sequence[dict[str, Any]], folder: Path) -> None:
    """Writes ``growth.svg``, ``window.svg`` and ``memory.svg``."""
    for name, chart in (("growth", growth(rows)), ("window", window(rows)), ("memory", memory(rows))):
        styled = chart.configure_view(stroke=None).configure_axis(labelColor=GREY, titleColor=INK, gridColor="#e5e7eb")
        styled.properties(background="white").save(folder / f"{name}.svg")


def growth(rows: Sequence[dict[str, Any]]) -> Chart:
    """Seconds against events, a small plot for every question, ours beside the natural forms of the others."""
    points = [
        {
            "question": row["question"].replace("_", " "),
            "events": row["events"],
            "seconds": row["seconds"],
            "of": PEERS.get(row["peer"], "ours"),
        }
        for row in rows
        if row["seconds"]
        and row["form"] in {"open", "natural"}
        and row["equal"] is not False
        and not row["question"].startswith("page")
    ]
    base = alt.Chart(_frame(points, ("question", "events", "seconds", "of"))).mark_line(point=True)
    drawn = base.encode(
        x=alt.X(
            "events:Q",
            scale=alt.Scale(type="log"),
            title="events",
            axis=alt.Axis(format="~s", values=_sizes(rows), grid=False),
        ),
        y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), title="seconds", axis=_POWERS),
        color=_colour("of"),
    )
    return drawn.properties(width=170, height=130).facet(facet=alt.Facet("question:N", title=None, sort=None), columns=4)


def window(rows: Sequence[dict[str, Any]]) -> Chart:
    """Seconds against the days of a rolling window, over the largest data."""
    largest = max((row["events"] for row in rows), default=0)
    points = [
        {"days": ROLLING_LENGTHS[row["question"]], "seconds": row["seconds"], "of": _named(row)}
        for row in rows
        if row["events"] == largest and row["question"] in ROLLING_LENGTHS and row["seconds"] and row["form"] in _FORMS
    ]
    base = alt.Chart(_frame(points, ("days", "seconds", "of"))).mark_line(point=True)
    return base.encode(
        x=alt.X("days:Q", title=f"days of the rolling window, over {largest:,} events"),
        y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), axis=_POWERS),
        color=_colour("of"),
    ).properties(width=WIDTH, height=HEIGHT)


def memory(rows: Sequence[dict[str, Any]]) -> Chart:
    """Peak memory of the process tree, by what ran and how many events."""
    points = [
        {"what": _ran(row), "events": f"{row['events']:,} events", "megabytes": row["megabytes"]}
        for row in rows
        if row.get("megabytes")
    ]
    base = alt.Chart(_frame(points, ("what", "events", "megabytes"))).mark_bar()
    return base.encode(
        x=alt.X("megabytes:Q", title="peak memory, MB"),
        y=alt.Y("what:N", title=None, sort=None, axis=alt.Axis(labelLimit=260)),
        yOffset=alt.YOffset("events:N", sort=None),
        color=_colour("events"),
    ).properties(width=WIDTH)


def _ran(row: dict[str, Any]) -> str:
    if row["question"] == "build":
        return f"our build from {row['form']}"
    if row["question"] == "memory":
        return f"all questions, {PEERS.get(row['peer'], 'ours')}"
    if row["question"].startswith("page"):
        return "serving pages"
    return str(row["question"])


def _named(row: dict[str, Any]) -> str:
    return "ours" if row["peer"] == "ours" else f"{PEERS[row['peer']]}, {row['form']}"


def _sizes(rows: Sequence[dict[str, Any]]) -> list[int]:
    return sorted({row["events"] for row in rows})


def _colour(field: str) -> alt.Color:
    return alt.Color(f"{field}:N", title=None, scale=alt.Scale(range=PALETTE), sort=None)


def _frame(points: Sequence[dict[str, Any]], columns: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(list(_complete(points, columns)), orient="row", schema=list(columns))


def _complete(points: Sequence[dict[str, Any]], columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    return (tuple(point[column] for column in columns) for point in points)
