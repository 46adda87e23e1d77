"""How many get how far, who they are, and how long each step took them."""

from collections.abc import Iterator
from pathlib import Path

from tests.conformance.attempts import answer, differing, opened_funnel, whole
from tests.conformance.case import Case, segment_of


def check(case: Case, folder: Path) -> Iterator[str]:
    """Counts, users and seconds by step; by value of the breakdown."""
    steps, expected = len(case.query["steps"]), case.expected
    answers = answer(opened_funnel(case, folder, within_range=True), whole(case), steps)
    if "breakdown" not in expected:
        yield from differing(expected, answers[None], case.tolerance)
        return
    found = {segment_of(segment): one for segment, one in answers.items() if segment is not None}
    for value, one in expected["breakdown"].items():
        segment = segment_of(value)
        if segment in found:
            yield from differing(one, found[segment], case.tolerance, f"{value!r} ")
        elif any(one.get("counts") or [1]):
            yield f"nobody under {value!r}"
    others = set(found) - {segment_of(value) for value in expected["breakdown"]}
    if expected.get("exhaustive") and others:
        yield f"also {sorted(others)}"
