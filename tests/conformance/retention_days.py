"""Who of the first day came on others: day-by-day retention of whoever was there, new or not."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from prodops_metrics.reports.query import Asked, query
from tests.conformance.case import Case
from tests.conformance.project import project


def check(case: Case, folder: Path) -> Iterator[str]:
    """The size of the first day, and its part on each other day."""
    days = [date.fromisoformat(day) for day in case.query["days"]]
    event = case.position(case.query["match"])
    length = max(1, (max(days) - days[0]).days)
    keys = {"cohort": "recurring", "grain": "day", "periods": length, "headline": 1}
    session = project(case, folder, asked=case.metric("retention", start=event, **{"return": event}, **keys))
    frame = query(session, "asked", Asked(days[0], days[0])).frame
    for day, count in zip(days, case.expected["counts"], strict=True):
        found = frame.filter(pl.col("age") == (day - days[0]).days)["numerator"].item()
        if count is not None and found != count:
            yield f"{day}: {found:g} for {count}"
