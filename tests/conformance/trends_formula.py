"""A formula over series, by interval."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from prodops_metrics.reports.query import query
from tests.conformance.case import Case
from tests.conformance.project import project
from tests.conformance.trends import asked, breakdown_of, compared, metric


def check(case: Case, folder: Path) -> Iterator[str]:
    """Every value of every interval, and their sum."""
    series = {
        f"series_{name.lower()}": metric(case, one, case.query["interval"]) for name, one in case.query["series"].items()
    }
    inputs = {name: f"series_{name.lower()}" for name in case.query["series"] if name in case.query["formula"]}
    # Of a breakdown those values count too that only a series outside the formula has.
    others = [name for name in case.query["series"] if name not in inputs] if breakdown_of(case)[0] else []
    unused = "".join(f" + 0 * {name}" for name in others)
    every = {name: f"series_{name.lower()}" for name in case.query["series"]} if unused else inputs
    formula = case.metric("derived", formula=case.query["formula"] + unused, inputs=every)
    session = project(case, folder, **series, asked=formula)
    frame = query(session, "asked", asked(case)).frame
    yield from compared(case, frame, case.expected)
    yield from _sums(case, frame, case.expected)


def _sums(case: Case, frame: pl.DataFrame, expected: Mapping[str, Any]) -> Iterator[str]:
    """Each total that is expected, of everything or of one value of the breakdown."""
    parts = {"": (frame, expected.get("total"))}
    for value, one in expected.get("breakdown", {}).items():
        total = one.get("total") if isinstance(one, dict) else None
        parts[value] = frame.filter(pl.col("segment") == (value or "unknown")), total
    for value, (rows, total) in parts.items():
        found = rows["point"].sum() or 0.0
        if total is not None and abs(found - total) > case.tolerance:
            yield f"{value} total {found:g} for {total:g}"
