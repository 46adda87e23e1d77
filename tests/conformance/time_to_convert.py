"""How long it took each user from one step to another."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from prodops_metrics.reports.query import query_units
from tests.conformance.attempts import opened_funnel, whole
from tests.conformance.case import Case


def check(case: Case, folder: Path) -> Iterator[str]:
    """Every user's seconds in order, and their mean."""
    first, last, expected = case.query["from_step"] + 1, case.query["to_step"] + 1, case.expected
    rows = query_units(opened_funnel(case, folder, within_range=True), "asked:step_times", whole(case))
    times: dict[str, dict[int, float]] = defaultdict(dict)
    for unit, step, value in rows.select("unit", "step", "value").iter_rows():
        times[unit][step] = value
    seconds = sorted(
        sum(taken for step, taken in own.items() if first < step <= last) for own in times.values() if last in own
    )
    if "seconds" in expected and seconds != [float(one) for one in expected["seconds"]]:
        yield f"seconds {seconds} for {expected['seconds']}"
    average = mean(seconds) if seconds else None
    wanted = expected.get("average_seconds", average)
    if (wanted is None) != (average is None) or abs((wanted or 0.0) - (average or 0.0)) > case.tolerance:
        yield f"average {average} for {wanted}"
