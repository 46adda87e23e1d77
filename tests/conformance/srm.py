"""Whether groups are as large as planned."""

from collections.abc import Iterator
from pathlib import Path

from prodops_metrics.statistics.tables import split_as_planned
from tests.conformance.case import Case


def check(case: Case, folder: Path) -> Iterator[str]:
    """The p-value."""
    inputs = case.raw["inputs"]
    found = split_as_planned(inputs["counts"], inputs["weights"])
    if abs(found - case.expected["p_value"]) > float(case.raw.get("tolerance", 1e-6)):
        yield f"p {found:.9g} for {case.expected['p_value']:.9g}"
