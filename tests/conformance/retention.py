"""Cohorts, and how many of each came back in every later interval."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from prodops_metrics.calendar import Window, between
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query
from tests.conformance.case import Case, clock, column, segment_of
from tests.conformance.project import project


def check(case: Case, folder: Path) -> Iterator[str]:
    """Every cell of the matrix; by value of the breakdown."""
    cohorts = list(_intervals(case))
    span = between(cohorts[0].opens, cohorts[-1].closes)
    session = project(case.until(span), folder, asked=definition(case))
    breakdown = case.query.get("breakdown") or {}
    name = breakdown.get("property") or breakdown.get("user_property")
    shape = Shape(by=column(name) if name else None, touch="any" if "property" in breakdown else None)
    last = span.closes - timedelta(microseconds=1) if span.ends else span.last_day
    frame = query(session, "asked", Asked(span.starts or span.start, last, shape)).frame
    labels: list[date] = [one.opens if case.query["period"] == "hour" else one.start for one in cohorts]
    yield from _compared(case, frame, labels)


def definition(case: Case) -> dict[str, Any]:
    """The retention of a case."""
    ask = case.query
    keys = {
        "start": case.position(ask["target"]),
        "return": case.position(ask["return"]),
        "cohort": ask["mode"],
        "grain": ask["period"],
        "periods": max(1, ask["intervals"] - 1),
        "headline": 1,
        "minimum": ask.get("min_return_events") or 1,
        "return_when": "on_or_after" if ask.get("return_when") == "on_or_after" else "exact",
    }
    return case.metric("retention", **keys)


def _intervals(case: Case) -> Iterator[Window]:
    """The N intervals, hours of the clock on the wall or calendar days, weeks and months."""
    opens, period = clock(case.query["first_interval"]), case.query["period"]
    for step in range(case.query["intervals"]):
        if period == "hour":
            yield between(opens + timedelta(hours=step), opens + timedelta(hours=step + 1))
        else:
            yield case.calendar.bucket(case.calendar.shift(opens.date(), period, step), period)


def _compared(case: Case, frame: pl.DataFrame, labels: Sequence[date]) -> Iterator[str]:
    expected: Mapping[str, Any] = case.expected
    if "breakdown" not in expected:
        yield from _differing(frame, labels, expected["matrix"], "")
        return
    segments = {segment_of(value): value for value in frame["segment"].unique()}
    for value, one in expected["breakdown"].items():
        matrix = one["matrix"] if isinstance(one, dict) else one
        yield from _differing(
            frame.filter(pl.col("segment") == segments.get(segment_of(value))), labels, matrix, f"{value!r} "
        )
    somebody = {segment_of(value) for value in frame.filter(pl.col("numerator") > 0)["segment"]}
    others = somebody - {segment_of(value) for value in expected["breakdown"]}
    if expected.get("exhaustive") and others:
        yield f"also {sorted(others)}"


def _differing(
    frame: pl.DataFrame, labels: Sequence[date], matrix: Sequence[Sequence[float | None]], what: str
) -> Iterator[str]:
    found = {(cohort, age): numerator for cohort, age, numerator in frame.select("cohort", "age", "numerator").iter_rows()}
    for cohort, row in zip(labels, matrix, strict=False):
        for age, wanted in enumerate(row):
            got = found.get((cohort, age), 0)
            if wanted is not None and got != wanted:
                yield f"{what}{cohort} age {age}: {got} for {wanted}"
