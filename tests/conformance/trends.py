"""Totals, distinct units and figures of a property, by interval."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query
from tests.conformance.case import Case, column, number_column, segment_of, start_of
from tests.conformance.project import project

Series = Mapping[str, Any]
"""The part of a query that says what is counted: ``match``, ``math`` and ``math_property``."""


def _rolling(days: int) -> Callable[[Case, Series], dict[str, Any]]:
    return lambda case, one: {"type": "count_distinct", "window": f"{days} days", "grains": ["day", "hour"]}


def _ranked(at: float) -> Callable[[Case, Series], dict[str, Any]]:
    return lambda case, one: {"type": "percentile", "at": at, "property": number_column(one["math_property"])}


MATHS: dict[str, Callable[[Case, Series], dict[str, Any]]] = {
    "total": lambda case, one: {"type": "count"},
    "unique": lambda case, one: {"type": "count_distinct"},
    "sum": lambda case, one: {"type": "sum", "property": number_column(one["math_property"])},
    "avg": lambda case, one: {"type": "mean", "per": "event", "property": number_column(one["math_property"])},
    "min": _ranked(0),
    "max": _ranked(1),
    "median": _ranked(0.5),
    "p75": _ranked(0.75),
    "p90": _ranked(0.9),
    "p95": _ranked(0.95),
    "p99": _ranked(0.99),
    "avg_per_user": lambda case, one: {"type": "mean", "per": "unit"},
    "max_per_user": lambda case, one: {"type": "percentile", "at": 1, "per": "unit"},
    "active_7d": _rolling(7),
    "active_30d": _rolling(30),
}
"""For every word in ``math`` the keys of the metric that answers it."""

OF_UNITS = {"unique", "active_7d", "active_30d", "avg_per_user", "max_per_user"}
"""The maths that ask who did it; all others are of events, whoever did them."""


def metric(case: Case, one: Series, interval: str) -> dict[str, Any]:
    """The definition of one series."""
    keys = MATHS[one["math"]](case, one)
    if "window" in keys and interval in {"week", "month"}:
        keys = MATHS["unique"](case, one)
    if "window" not in keys:
        keys = {**keys, "grain": "day" if interval == "whole" else interval}
    more = {"cumulative": True} if case.query.get("cumulative") else {}
    found = case.metric(keys.pop("type"), event=case.position(one["match"]), **keys, **more)
    return found if one["math"] in OF_UNITS else {key: value for key, value in found.items() if key != "entity"}


def check(case: Case, folder: Path) -> Iterator[str]:
    """Every value of every interval, by value of the breakdown."""
    session = project(case, folder, asked=metric(case, case.query, case.query["interval"]))
    frame = query(session, "asked", asked(case)).frame
    yield from compared(case, frame, case.expected)


def asked(case: Case) -> Asked:
    """The question: by interval, or one figure for the whole range; of a rolling metric that of its last day."""
    interval, span = case.query["interval"], case.span
    by, touch = breakdown_of(case)
    if interval == "whole" and case.query.get("math", "").startswith("active"):
        last = span.last_day
        return Asked(last, last if not span.ends else span.closes - timedelta(microseconds=1), Shape("day", by, touch=touch))
    grain = interval if interval in {"hour", "day"} else None
    first, last_moment = span.starts or span.start, span.closes - timedelta(microseconds=1) if span.ends else span.last_day
    return Asked(first, last_moment, Shape(grain, by, whole=interval == "whole", touch=touch))


def breakdown_of(case: Case) -> tuple[str | None, str | None]:
    """The attribute or event property that a query is broken down by; of the latter, every value."""
    breakdown = case.query.get("breakdown") or {}
    if "property" in breakdown:
        return column(breakdown["property"]), "any"
    return (column(breakdown["user_property"]), None) if breakdown else (None, None)


def compared(case: Case, frame: pl.DataFrame, expected: Mapping[str, Any]) -> Iterator[str]:
    """What differs; values of a breakdown are rows of a segment each."""
    if "breakdown" not in expected:
        yield from differing(case, frame, expected["values"], "")
        return
    segments = {segment_of(value): value for value in frame["segment"].unique()}
    for value, one in expected["breakdown"].items():
        values = one["values"] if isinstance(one, dict) else one
        rows = frame.filter(pl.col("segment") == segments.get(segment_of(value), ""))
        yield from differing(case, rows, values, f"{value!r} ")
    others = segments.keys() - {segment_of(value) for value in expected["breakdown"]}
    if expected.get("exhaustive") and others:
        yield f"also {sorted(others)}"


def differing(case: Case, frame: pl.DataFrame, values: Sequence[float | None], what: str) -> Iterator[str]:
    """Each interval whose figure is another one; where nothing happened none and 0 are the same."""
    interval = case.query["interval"]
    found = {start_of(label, interval): point for label, point in frame.select("bucket", "point").iter_rows()}
    starts = list(found)[-1:] or [case.span.opens] if interval == "whole" else case.starts(interval)
    if found and case.query.get("cumulative") and interval != "hour":  # a running total stands at the end of its interval
        starts = list(found)
    if len(starts) != len(values):
        yield f"{what}{len(starts)} intervals for {len(values)} values"
    point = 0.0
    for start, value in zip(starts, values, strict=False):
        # What a running total or a rolling window stood at before an hour that the clocks leave out, it stands at then.
        point = found[start] or 0.0 if start in found else point if _lasts(case) else 0.0
        if value is not None and abs(point - value) > case.tolerance:
            yield f"{what}{start}: {point:g} for {value:g}"


def _lasts(case: Case) -> bool:
    """Whether a figure is of more than its own interval."""
    return bool(case.query.get("cumulative")) or str(case.query.get("math")).startswith("active")
