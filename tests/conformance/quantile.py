"""The effect on a percentile, from the interval of each group."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prodops_metrics.errors import NotEnoughDataError
from prodops_metrics.statistics import Estimate
from prodops_metrics.statistics.effects import quantile_effect
from tests.conformance.case import Case
from tests.conformance.samples import differing, plan_of, refused


def check(case: Case, folder: Path) -> Iterator[str]:
    """Effect and interval."""
    inputs = case.raw["inputs"]
    arms = inputs["control"], inputs["treatment"]
    try:
        found = quantile_effect(_estimate(arms[0]), _estimate(arms[1]), (arms[0]["n"], arms[1]["n"]), plan_of(inputs))
    except NotEnoughDataError as error:
        if not refused(case):
            yield str(error)
        return
    if refused(case):
        yield "there is an effect where there must be none"
        return
    yield from differing(case, found)


def _estimate(one: Mapping[str, Any]) -> Estimate:
    return Estimate(one["estimate"], one["ci_low"], one["ci_high"])
