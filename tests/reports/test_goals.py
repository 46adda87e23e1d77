"""Where a goal stands, on a product that does the same every week, so that every number can be counted by hand."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from prodops_metrics.reports.goals import Standing, standing
from tests.projects import opened, write_project

START = date(2024, 1, 1)
PRODUCT = """\
events: {used: {description: Used}, failed: {description: Failed}}
metrics:
  rate:
    type: ratio
    description: Failures of all uses
    numerator: {type: count, event: failed}
    denominator: {type: count, event: used}
    format: percent
    higher_is_better: false
"""


def goal(tmp_path: Path, lines: str, fails: int) -> Standing:
    """100 people use it every day for twelve weeks; 20 of them fail daily in the first four weeks, then ``fails``."""
    rows = ["user,event,time"]
    for number in range(84):
        day = START + timedelta(days=number)
        rows += [f"u{user},used,{day} 09:00" for user in range(100)]
        rows += [f"u{(user * 7 + number) % 100},failed,{day} 10:00" for user in range(20 if number < 28 else fails)]
    root = write_project(
        tmp_path, f"{PRODUCT}goals:\n  fewer:\n    description: Fewer failures\n    metric: rate\n{lines}", "\n".join(rows)
    )
    session = opened(root)
    return standing(session, session.catalog.goal("fewer"))


BASELINE = "    baseline: {from: 2024-01-01, to: 2024-01-28}\n    start: 2024-01-29\n"


def test_a_goal_whose_end_has_come_is_achieved_or_missed(tmp_path: Path) -> None:
    halved = goal(tmp_path / "a", BASELINE + "    change: {relative: -50%}\n    by: 2024-03-24\n", 10)
    assert halved.state == "achieved"
    assert halved.point == pytest.approx(0.1)
    assert halved.aim == pytest.approx(0.1)
    assert goal(tmp_path / "b", BASELINE + "    change: {relative: -50%}\n    by: 2024-03-24\n", 11).state == "missed"


def test_points_of_a_percentage_are_percentage_points(tmp_path: Path) -> None:
    assert goal(tmp_path, BASELINE + "    change: {points: -4}\n    by: 2024-03-24\n", 16).aim == pytest.approx(0.16)


def test_before_its_end_a_goal_is_held_against_its_path(tmp_path: Path) -> None:
    """On 24 March, 55 of the 110 days from the start to the end have passed: half of the way from 20 to 10 %."""
    lines = BASELINE + "    change: {relative: -50%}\n    by: 2024-05-18\n"
    ahead, behind = goal(tmp_path / "a", lines, 10), goal(tmp_path / "b", lines, 19)
    assert ahead.expected == pytest.approx(0.2 - 0.1 * 55 / 110)
    assert (ahead.state, behind.state) == ("on its path", "behind")
    assert goal(tmp_path / "c", lines, 15).state == "too early to say"


def test_a_waypoint_bends_the_path(tmp_path: Path) -> None:
    lines = BASELINE + "    change: {relative: -50%}\n    by: 2024-05-18\n    path: {2024-03-24: -40%}\n"
    found = goal(tmp_path, lines, 15)
    assert found.expected == pytest.approx(0.12)
    assert found.state == "behind"


def test_now_counts_from_the_start_on(tmp_path: Path) -> None:
    """The window of 28 days would reach back into the time before the start, when one in five failed."""
    lines = "    baseline: {from: 2024-01-01, to: 2024-01-28}\n    start: 2024-03-18\n    target: 5%\n    by: 2024-12-31\n"
    assert goal(tmp_path, lines, 10).point == pytest.approx(0.1)


def test_a_goal_without_data_has_no_number(tmp_path: Path) -> None:
    lines = "    start: 2025-01-01\n    target: 5%\n    by: 2025-06-30\n    window: 28 days\n"
    assert goal(tmp_path, lines, 10) == Standing("no number")
