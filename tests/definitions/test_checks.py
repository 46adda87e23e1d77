"""Every check does what its documentation says: its valid example passes, its invalid one is reported where it is marked."""

import re
from pathlib import Path

import pytest

from prodops_metrics.definitions import CHECKS, Check, Fault, Inspection, advice, contents_of
from prodops_metrics.metrics import inspect_project

MARK = re.compile("«([^»]*)»")
NAMED = re.compile(r"# (metric_defs/\S+)")
BASE = Path(__file__).with_name("example_project")
EVERY = [pytest.param(check, id=f"{check.code}-{check.name}") for check in CHECKS.values()]
OF_TEXT = [pytest.param(check, id=f"{check.code}-{check.name}") for check in CHECKS.values() if not check.data]
"""Those that need data to find anything are tested with the report that reads it."""


def inspected(text: str) -> Inspection:
    """The example project with this text as one more file.

    It is ``example.yml``, or what its first line says: ``# metric_defs/…``; a text that starts with ``project:`` takes the
    place of project.yml. A � stands for a byte that is no UTF-8.
    """
    named = NAMED.match(text)
    name = named[1] if named else "metric_defs/project.yml" if text.startswith("project:") else "metric_defs/example.yml"
    content = text.encode().replace("�".encode(), b"\xfc")
    return inspect_project(BASE, {**contents_of(BASE), name: content})


def found_in(text: str, check: Check) -> list[Fault]:
    """What is found with this text; advice too if the check is one, where the valid example is what was there before."""
    inspection = inspected(text)
    advised = advice(inspection, inspected(check.valid).catalog) if check.group == "advice" else ()
    return [*inspection.faults, *advised]


@pytest.mark.parametrize("check", EVERY)
def test_the_valid_example_of_a_check_has_no_fault(check: Check) -> None:
    assert check.valid
    assert [str(fault) for fault in found_in(check.valid, check)] == []


@pytest.mark.parametrize("check", OF_TEXT)
def test_the_invalid_example_of_a_check_has_its_fault_where_it_is_marked_and_no_other(check: Check) -> None:
    marks = [match.start() - 2 * index for index, match in enumerate(MARK.finditer(check.invalid))]
    text = MARK.sub(r"\1", check.invalid)
    places = [(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) for at in marks]
    found = found_in(text, check)
    assert [(fault.code, fault.place.line, fault.place.column) for fault in found] == [(check.code, *at) for at in places]
    assert places


@pytest.mark.parametrize("check", EVERY)
def test_a_check_says_why_it_is_there(check: Check) -> None:
    assert check.title.endswith(".")
    assert len(check.why) > 40
    assert check.group
