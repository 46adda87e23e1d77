"""In how many intervals of a range units were active."""

from collections.abc import Iterator
from pathlib import Path

from prodops_metrics.reports.query import query
from tests.conformance.case import Case
from tests.conformance.project import project
from tests.conformance.trends import asked

OPERATORS = {"gte": "at_least", "lte": "at_most", "eq": "exactly"}


def check(case: Case, folder: Path) -> Iterator[str]:
    """How many units were active in exactly n intervals, or in n or more."""
    words, per = case.query, case.query.get("per_interval")
    keys = {"form": "distribution", "interval": words["interval"], "interval_count": words.get("interval_count", 1)}
    keys |= {"cumulative": True} if words.get("cumulative") else {}
    keys |= {"per_interval": {"op": OPERATORS[per["op"]], "value": per["value"]}} if per else {}
    metric = case.metric("stickiness", event=case.position(words["match"]), grain="day", **keys)
    whole = Case({**case.raw, "query": {**words, "interval": "whole"}})
    frame = query(project(case, folder, asked=metric), "asked", asked(whole)).frame
    found = dict(frame.select("active_days", "numerator").iter_rows())
    for number, count in enumerate(case.expected["counts"], start=1):
        if count is not None and found.get(number, 0) != count:
            yield f"{number} intervals: {found.get(number, 0):g} for {count}"
    if found and max(found) > len(case.expected["counts"]):
        yield f"{max(found)} intervals in the range for {len(case.expected['counts'])}"
