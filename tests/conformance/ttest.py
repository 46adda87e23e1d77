"""The effect of a treatment, looked at once or at any time."""

from collections.abc import Iterator
from pathlib import Path

from tests.conformance.case import Case
from tests.conformance.samples import checked_effect


def check(case: Case, folder: Path) -> Iterator[str]:
    """Effect, interval, p-value and standard error; or none of them where there can be none."""
    yield from checked_effect(case)
