"""Every check does what its documentation says: its valid example passes, its invalid one is reported where it is marked."""

import re
from pathlib import Path

import pytest

from prodops_metrics.definitions import CHECKS, Check, Fault
from prodops_metrics.metrics import inspect_project

MARK = re.compile("«([^»]*)»")
BASE = Path(__file__).with_name("example_project")
EVERY = [pytest.param(check, id=f"{check.code}-{check.name}") for check in CHECKS.values()]


def found_in(text: str) -> list[Fault]:
    """What is found in the example project with this text as one more file, or in the place of its project.yml."""
    base = {path.relative_to(BASE).as_posix(): path.read_bytes() for path in sorted(BASE.rglob("*.yml"))}
    name = "metric_defs/project.yml" if text.startswith("project:") else "metric_defs/example.yml"
    return list(inspect_project(BASE, {**base, name: text.encode()}).faults)


@pytest.mark.parametrize("check", EVERY)
def test_the_valid_example_of_a_check_has_no_fault(check: Check) -> None:
    assert check.valid
    assert [str(fault) for fault in found_in(check.valid)] == []


@pytest.mark.parametrize("check", EVERY)
def test_the_invalid_example_of_a_check_has_its_fault_where_it_is_marked_and_no_other(check: Check) -> None:
    marks = [match.start() - 2 * index for index, match in enumerate(MARK.finditer(check.invalid))]
    text = MARK.sub(r"\1", check.invalid)
    places = [(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) for at in marks]
    found = found_in(text)
    assert [(fault.code, fault.place.line, fault.place.column) for fault in found] == [(check.code, *at) for at in places]
    assert places


@pytest.mark.parametrize("check", EVERY)
def test_a_check_says_why_it_is_there(check: Check) -> None:
    assert check.title.endswith(".")
    assert len(check.why) > 40
    assert check.group
