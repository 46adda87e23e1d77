"""The slope by which CUPED corrects."""

from collections.abc import Iterator
from pathlib import Path

from prodops_metrics.statistics.cuped import theta
from tests.conformance.case import Case
from tests.conformance.samples import cuped_of


def check(case: Case, folder: Path) -> Iterator[str]:
    """The slope."""
    found = theta(*cuped_of(case))
    if abs(found - case.expected["theta"]) > float(case.raw.get("tolerance", 1e-6)):
        yield f"theta {found:.9g} for {case.expected['theta']:.9g}"
