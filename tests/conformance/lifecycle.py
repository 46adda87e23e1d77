"""New, returning, resurrected and dormant units, by interval."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from prodops_metrics.reports.query import query
from tests.conformance.case import Case
from tests.conformance.project import project
from tests.conformance.trends import asked, differing

STATES = {"new": "new", "returning": "returning", "resurrecting": "resurrected", "dormant": "dormant"}


def check(case: Case, folder: Path) -> Iterator[str]:
    """The number of units in each state, in every interval."""
    metric = case.metric("lifecycle", event=case.position(case.query["match"]), grain=case.query["interval"])
    frame = query(project(case, folder, asked=metric), "asked", asked(case)).frame
    for word, state in STATES.items():
        if word in case.expected:
            rows = frame.filter(pl.col("state") == state)
            yield from differing(case, rows, case.expected[word], f"{word} ")
