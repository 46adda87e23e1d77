"""Who entered a funnel in each interval, and how many of them converted."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query
from tests.conformance.attempts import opened_funnel, whole
from tests.conformance.case import Case, start_of


def check(case: Case, folder: Path) -> Iterator[str]:
    """Those who started in the interval and got to each of two steps, and the rate."""
    interval, expected = case.query["interval"], case.expected
    asked = whole(case)
    session = opened_funnel(case.until(case.span), folder, grain=interval)
    frame = query(session, "asked", Asked(asked.start, asked.end, Shape())).frame
    starts = case.starts(interval)
    entered, converted = (_at(frame, interval, starts, case.query[key] + 1) for key in ("from_step", "to_step"))
    rates = [round(100 * into / of, 2) if of else 0.0 for into, of in zip(converted, entered, strict=True)]
    for name, found in (("entered", entered), ("converted", converted), ("rate", rates)):
        for start, wanted, got in zip(starts, expected.get(name) or [None] * len(starts), found, strict=True):
            if wanted is not None and abs(got - wanted) > max(case.tolerance, 0.005 if name == "rate" else 0):
                yield f"{name} on {start}: {got} for {wanted}"


def _at(frame: pl.DataFrame, interval: str, starts: Sequence[datetime], step: int) -> list[float]:
    found = {
        start_of(label, interval): n
        for label, n in frame.filter(pl.col("step") == step).select("bucket", "numerator").iter_rows()
    }
    return [found.get(start, 0.0) for start in starts]
