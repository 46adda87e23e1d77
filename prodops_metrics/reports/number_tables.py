"""The numbers behind a picture as a table to be read: headings in words, intervals in one cell, reasons spelled out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from prodops_metrics.reports.answers import REASONS
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.wording import ABSENT

HEADINGS: Mapping[str, str] = {
    "metric": "Metric",
    "bucket": "Day",
    "cohort": "Began",
    "age": "Periods later",
    "step": "Step",
    "name": "Name",
    "state": "State",
    "segment": "Segment",
    "side": "Who",
    "differs": "Surely differs",
    "day": "Day",
    "active_days": "Days of use",
    "watched": "Still watched",
    "week_to": "Week to",
    "verdict": "Verdict",
    "alone": "The week alone",
    "median_seconds": "Median seconds from the step before",
    "numerator": "Counted",
    "denominator": "Of",
    "units": "Units",
    "complete": "Complete",
}
INTERVAL = ("low", "high")


@dataclass(frozen=True, slots=True)
class NumberTable:
    """Headings, and rows as wide as they are; the first cell of a row names it."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number_table(frame: pl.DataFrame, *, percent: bool) -> NumberTable:
    """A frame as a table; cohorts by age stand as one row for each cohort."""
    if {"cohort", "age"} <= set(frame.columns):
        return _cohorts(frame)
    shown = [name for name in frame.columns if name not in {*INTERVAL, "reason"} and not _empty(frame, name)]
    interval = set(INTERVAL) <= set(frame.columns) and not _empty(frame, "low")
    heads = [_heading(name, percent=percent) for name in shown]
    rows = [
        tuple(_cell(row, name, percent=percent) for name in shown) + ((_interval(row, percent=percent),) if interval else ())
        for row in frame.iter_rows(named=True)
    ]
    return NumberTable((*heads, *(("Interval",) if interval else ())), tuple(rows))


def _empty(frame: pl.DataFrame, name: str) -> bool:
    return frame[name].null_count() == frame.height and name != "point"


def _heading(name: str, *, percent: bool) -> str:
    if name == "point":
        return "Share" if percent else "Number"
    return HEADINGS.get(name, name.replace("_", " ").capitalize())


def _cell(row: Mapping[str, Any], name: str, *, percent: bool) -> str:
    value = row[name]
    if name == "point" and value is None and row.get("reason"):
        return REASONS[row["reason"]]
    return _text(value, percent=percent and name == "point")


def _interval(row: Mapping[str, Any], *, percent: bool) -> str:
    low, high = (row[name] for name in INTERVAL)
    return ABSENT if low is None or high is None else f"{_text(low, percent=percent)} to {_text(high, percent=percent)}"


def _text(value: Any, *, percent: bool) -> str:  # noqa: ANN401
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{day(value)} {value:%H:%M}"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int | float):
        return f"{100 * value:.1f} %" if percent else f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"
    return str(value)


def _cohorts(frame: pl.DataFrame) -> NumberTable:
    ages = sorted(age for age in frame["age"].unique() if age)
    named: dict[Any, dict[int, Mapping[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        named.setdefault(row["cohort"], {})[row["age"]] = row
    rows = [_cohort(cohort, found, ages) for cohort, found in named.items() if _size(found)]
    return NumberTable(("Began", "Units", *(f"{age} later" for age in ages)), tuple(rows))


def _size(found: Mapping[int, Mapping[str, Any]]) -> float:
    return max((row["denominator"] or 0 for row in found.values()), default=0)


def _cohort(cohort: object, found: Mapping[int, Mapping[str, Any]], ages: Sequence[int]) -> tuple[str, ...]:
    cells = [_age(found.get(age)) for age in ages]
    return (_text(cohort, percent=False), f"{_size(found):,.0f}", *cells)


def _age(row: Mapping[str, Any] | None) -> str:
    """A share; with a word where it can still grow, counts where they are too few, nothing where it has not begun."""
    if row is None or row["reason"] in {"window_open", "no_data"}:
        return ""
    if row["point"] is None:
        return f"{row['numerator'] or 0:,.0f} of {row['denominator'] or 0:,.0f}"
    return f"{100 * row['point']:.0f} %{'' if row['complete'] else ' so far'}"
