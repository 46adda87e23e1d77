"""A case's funnel as a definition, and its answer as the words of the case."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import mean
from typing import Any

import polars as pl

from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query, query_units
from prodops_metrics.reports.session import Session
from tests.conformance.case import Case, column
from tests.conformance.project import PADDING, project

ORDERS = {"unordered": "any"}
TOUCHES = {"first_touch": "first", "last_touch": "last", "all_events": "any"}


def definition(case: Case, **more: object) -> dict[str, Any]:
    """The funnel of a case; one of a single step gets a second that nobody does."""
    steps = [case.position(step) for step in case.query["steps"]]
    order = case.query.get("order") or "ordered"
    keys: dict[str, Any] = {
        "steps": steps if len(steps) > 1 else [*steps, PADDING],
        "window": f"{case.query['window_seconds']} seconds",
        "order": ORDERS.get(order, order),
        "exclusions": [_exclusion(case, one) for one in case.query.get("exclusions") or ()],
    }
    return case.metric("funnel", **{**keys, **more})


def _exclusion(case: Case, one: Mapping[str, Any]) -> dict[str, Any]:
    position = case.position(one)
    assert isinstance(position, dict)
    return {**position, "after_step": one["from_step"] + 1, "before_step": one["to_step"] + 1}


def whole(case: Case) -> Asked:
    """One figure for the range, by the property or attribute that the case breaks it down by."""
    span, breakdown = case.span, case.query.get("breakdown") or {}
    name = breakdown.get("property") or breakdown.get("user_property")
    last = span.closes - timedelta(microseconds=1) if span.ends else span.last_day
    shape = Shape(by=column(name) if name else None, whole=True, touch=_touch(breakdown))
    return Asked(span.starts or span.start, last, shape)


def _touch(breakdown: Mapping[str, Any]) -> str | None:
    if "property" not in breakdown:
        return None
    word, _, step = breakdown["attribution"].partition(":")
    return f"step:{int(step) + 1}" if step else TOUCHES[word]


def opened_funnel(case: Case, folder: Path, **more: object) -> Session:
    """The project of a case that asks for one funnel, ``asked``."""
    return project(case, folder, asked=definition(case, **more))


def answer(session: Session, asked: Asked, steps: int) -> dict[str | None, dict[str, Any]]:
    """By segment (None: all) what a case may expect: ``counts``, ``users_by_step``, ``avg_seconds``, ``median_seconds``."""
    counted = query(session, "asked", asked).frame
    units = query_units(session, "asked", asked)
    seconds = query_units(session, "asked:step_times", asked)
    medians = query(session, "asked:step_times", asked).frame
    segments = counted["segment"].unique().to_list() if asked.shape.by else [None]
    return {
        segment: {
            "counts": _counts(_of(counted, segment), steps),
            "users_by_step": _users(_of(units, segment), steps),
            "avg_seconds": _averages(_of(seconds, segment), steps),
            "median_seconds": _medians(_of(medians, segment), steps),
        }
        for segment in segments
    }


def _of(frame: pl.DataFrame, segment: str | None) -> pl.DataFrame:
    return frame if segment is None else frame.filter(pl.col("segment") == segment)


def _counts(frame: pl.DataFrame, steps: int) -> list[float]:
    found = dict(frame.select("step", "numerator").iter_rows())
    return [found.get(step, 0) for step in range(1, steps + 1)]


def _users(units: pl.DataFrame, steps: int) -> list[list[str]]:
    reached = units.filter(pl.col("value") > 0)
    return [sorted(reached.filter(pl.col("step") == step)["unit"].to_list()) for step in range(1, steps + 1)]


def _averages(seconds: pl.DataFrame, steps: int) -> list[float | None]:
    values = defaultdict(list)
    for step, value in seconds.select("step", "value").iter_rows():
        values[step].append(value)
    return [mean(values[step]) if values[step] else None for step in range(1, steps + 1)]


def _medians(frame: pl.DataFrame, steps: int) -> list[float | None]:
    found = dict(frame.select("step", "point").iter_rows())
    return [found.get(step) for step in range(1, steps + 1)]


def differing(expected: Mapping[str, Any], found: Mapping[str, Any], tolerance: float, what: str = "") -> Iterator[str]:
    """What an expectation says otherwise; what it leaves out is not compared."""
    for name in ("counts", "users_by_step", "avg_seconds", "median_seconds"):
        if name in expected and expected[name] is not None:
            yield from _differing(expected[name], found[name], tolerance, f"{what}{name}")


def _differing(expected: Sequence[Any], found: Sequence[Any], tolerance: float, what: str) -> Iterator[str]:
    seconds = what.endswith("seconds")
    for step, (wanted, got) in enumerate(zip(expected, found, strict=True), 1):
        if wanted is None and not seconds:
            continue
        if not _same(wanted, got, tolerance):
            yield f"{what} at step {step}: {got} for {wanted}"


def _same(wanted: Any, got: Any, tolerance: float) -> bool:  # noqa: ANN401
    if isinstance(wanted, int | float) and isinstance(got, int | float):
        return abs(wanted - got) <= tolerance
    return bool((sorted(wanted) if isinstance(wanted, list) else wanted) == got)
