"""The kind ``tests``: worked examples of metrics, checked like everything else before any of them is run."""

from datetime import date
from pathlib import Path

import pytest

from tests.definitions.sample import METRIC, SOURCES, fault, faults, loaded, seen

FUNNEL = """\
  found:
    description: Searchers who open a result
    type: funnel
    steps: [search_submitted, search_clicked]
"""
TEST = """\
tests:
  one_person_counts_once:
    description: Twice is one person
    metric: weekly
    given: |
      user,time,event,results,source
      u1,2026-06-01T09:00,search_submitted,0,
      u1,2026-06-01T09:05,Search Submitted,3,navbar

      u2,2026-06-09 10:00+02:00,search_submitted,,page
    units:
      account: |
        account,plan,seats
        a1,pro,12
      user: |
        user,account,since
        u1,a1,2026-05-01
    at: 2026-06-14
    expect:
      2026-06-01: 1
      2026-06-08: {point: 1, n: 1, complete: true}
"""


def test_a_test_says_what_is_given_and_what_is_expected(tmp_path: Path) -> None:
    found = loaded(tmp_path, m=METRIC, t=TEST).tests["one_person_counts_once"]
    assert (found.metric, found.at, list(found.units)) == ("weekly", date(2026, 6, 14), ["account", "user"])
    first, second = (found.expect[day][0].values for day in (date(2026, 6, 1), date(2026, 6, 8)))
    assert first == {"point": 1}
    assert second == {"point": 1, "units": 1, "complete": True}
    assert found.given.splitlines()[0] == "user,time,event,results,source"


def test_points_are_told_apart_by_the_axes_of_the_metric(tmp_path: Path) -> None:
    each = "[{step: 1, n: 2}, {step: 2, point: 50%}]"
    text = TEST.replace("metric: weekly", "metric: found").replace("2026-06-01: 1\n", f"2026-06-01: {each}\n")
    found = loaded(tmp_path, m=METRIC + FUNNEL, t=text).tests["one_person_counts_once"].expect[date(2026, 6, 1)]
    assert [point.axes for point in found] == [{"step": 1}, {"step": 2}]
    assert found[1].values == {"point": 0.5}


FAULTS = [
    ("metric: weekly", "metric: weakly", "E205 weakly"),
    ("u1,2026-06-01T09:00,search_submitted", "u1,2026-06-01T09:00,search_submited", "E201 search_submited"),
    ("event,results,source", "event,result,source", "E206 result"),
    ("event,results,source", "events,results,source", "E206 events"),
    ("user,time,event", "user,event,results", "E131 user,event,results,results,source"),
    ("user,account,since", "user,account,user", "E132 user"),
    ("search_submitted,0,\n", "search_submitted,0\n", "E133 u1,2026-06-01T09:00,search_submitted,0"),
    ("2026-06-01T09:05", "09:05", "E134 09:05"),
    ("2026-05-01\n", "long ago\n", "E134 long ago"),
    (",3,navbar", ",three,navbar", "E207 three"),
    (",3,navbar", ",3,nabar", "E208 nabar"),
    ("a1,pro,12", "a1,pros,12", "E208 pros"),
    ("account,plan,seats", "account,plan,seets", "E206 seets"),
    ("account,plan,seats", "id,plan,seats", "E206 id"),
    ("      user: |", "      usr: |", "E204 usr"),
    ("at: 2026-06-14", "at: 14.6.2026", "E104 14.6.2026"),
    ("2026-06-08: {", "08.06.2026: {", "E104 08.06.2026"),
    ("2026-06-01: 1\n", "2026-06-01: one\n", "E105 one"),
    ("complete: true", "compleet: true", "E101 compleet"),
    ("complete: true", "reason: none_left", "E103 none_left"),
    ("complete: true", "step: 1", "E136 step"),
    ("{point: 1, n: 1, complete: true}", "[]", "E135 2026-06-08"),
    ("{point: 1, n: 1, complete: true}", "", "E135 2026-06-08"),
    ("{point: 1, n: 1, complete: true}", "{}", "E135 2026-06-08"),
    ("2026-06-01T09:00", "", "E134 ,"),
    ("    metric: weekly\n", "", "E102 one_person_counts_once"),
]


@pytest.mark.parametrize(("old", "new", "expected"), FAULTS)
def test_a_fault_of_a_test_is_found_at_its_cell(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in TEST
    found = faults(tmp_path, m=METRIC, t=TEST.replace(old, new, 1))
    assert expected in [seen(each) for each in found]
    assert len(found) == 1 or expected in {"E131 user,event,results,results,source", "E206 events", "E206 id"}


def test_nothing_expected_is_no_test(tmp_path: Path) -> None:
    head = TEST.partition("    expect:")[0]
    assert seen(fault(tmp_path / "a", m=METRIC, t=head + "    expect: {}\n")) == "E135 expect"
    assert seen(fault(tmp_path / "b", m=METRIC, t=head + "    expect: [1]\n")) == "E135 expect"


def test_what_a_faulty_source_declares_is_not_asked_for_again(tmp_path: Path) -> None:
    """Attributes of a source that cannot be read are unknown, so a test that names them has no fault of its own."""
    found = faults(tmp_path, m=METRIC, t=TEST, sources=SOURCES.replace("seats: integer", "seats: int"))
    assert [each.code for each in found] == ["E103"]
