"""The most steps in a row that each user does in time."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from prodops_metrics.calendar import DAY
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query_units
from tests.conformance.attempts import opened_funnel
from tests.conformance.case import Case

MODES: dict[str, dict[str, object]] = {
    "strict_once": {},
    "strict_increase": {"strictly_later": True},
    "strict_order": {"order": "strict", "ignore_repeats": True},
}
"""The modes in words of a definition."""


def check(case: Case, folder: Path) -> Iterator[str]:
    """Each user's level."""
    unknown = set(case.query["modes"]) - set(MODES)
    if unknown:
        yield f"no definition says {sorted(unknown)}"
        return
    keys = {key: value for mode in case.query["modes"] for key, value in MODES[mode].items()}
    days = sorted(at.date() for _, _, at, _ in case.events) or [date(2024, 1, 1)]
    session = opened_funnel(case, folder, **keys)
    rows = query_units(session, "asked", Asked(days[0] - DAY, days[-1] + DAY, Shape(whole=True)))
    reached = rows.filter(pl.col("value") > 0).group_by("unit").agg(pl.col("step").max())
    levels = dict(reached.iter_rows())
    for user, level in case.expected["level"].items():
        if levels.get(user, 0) != level:
            yield f"{user}: {levels.get(user, 0)} for {level}"
