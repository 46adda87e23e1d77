"""Goals: what they say, where they are refused, and what their numbers are."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from prodops_metrics.definitions import Goal
from tests.definitions.sample import METRIC, PROJECT, fault, faults, loaded, seen

RATE = """\
  failures:
    description: Searches that failed
    type: ratio
    numerator: {type: count, event: search_failed}
    denominator: {type: count, event: search_submitted}
    format: percent
    higher_is_better: false
"""
GOAL = """\
goals:
  fewer_failures:
    description: A third fewer failures
    metric: failures
    baseline: {from: 2026-04-01, to: 2026-06-30}
    change: {relative: -33%}
    by: 2026-09-28
"""
LEVEL = GOAL.replace("change: {relative: -33%}", "target: 2%")


def goal(folder: Path, text: str) -> Goal:
    return loaded(folder, m=METRIC + RATE, g=text).goal("fewer_failures")


def test_a_goal_starts_on_the_day_after_its_baseline(tmp_path: Path) -> None:
    found = goal(tmp_path, GOAL)
    assert (found.starts, found.ends, found.length) == (date(2026, 7, 1), date(2026, 9, 28), timedelta(days=91))
    assert (found.place.line, found.owner) == (2, None)


def test_a_goal_belongs_to_the_team_of_its_metric(tmp_path: Path) -> None:
    text = GOAL.replace("metric: failures", "metric: search.failure_rate")
    assert goal(tmp_path, text).owner == "team-discovery"


def test_a_goal_lasts_for_a_time_from_its_start(tmp_path: Path) -> None:
    found = goal(tmp_path, GOAL.replace("by: 2026-09-28", "start: 2026-07-06\n    within: 90 days\n    window: 28 days"))
    assert (found.starts, found.ends, found.length) == (date(2026, 7, 6), date(2026, 10, 3), timedelta(days=28))


AIMS = [
    ("change: {relative: -33%}", 0.12, True, 0.12 * 0.67),
    ("change: {relative: -0.33}", 0.12, True, 0.12 * 0.67),
    ("change: {points: -4}", 0.12, True, 0.08),
    ("change: {points: -4pp}", 0.12, True, 0.08),
    ("change: {points: -4}", 12, False, 8),
    ("change: {relative: -33%}", None, True, None),
    ("target: 2%", None, True, 0.02),
    ("target: 0.02", 0.5, True, 0.02),
]


@pytest.mark.parametrize(("aim", "baseline", "percent", "number"), AIMS)
def test_the_number_to_reach(aim: str, baseline: float | None, percent: bool, number: float | None) -> None:
    key, _, value = aim.partition(": ")
    inner = value.strip("{}").split(": ")
    raw = {inner[0]: inner[1]} if len(inner) == 2 else value
    made = Goal.model_validate(
        {"id": "g", "description": "x", "metric": "m", "start": "2026-07-01", "by": "2026-09-01", **BASELINE, key: raw}
    )
    assert made.aim(baseline, percent=percent) == (None if number is None else pytest.approx(number))


BASELINE = {"baseline": {"from": "2026-04-01", "to": "2026-06-30"}}


def test_a_step_of_the_path_is_a_part_of_the_way(tmp_path: Path) -> None:
    found = goal(tmp_path, GOAL + "    path: {2026-08-01: -20%}\n")
    assert found.waypoint(date(2026, 8, 1), 0.5, percent=True) == pytest.approx(0.4)
    level = goal(tmp_path / "level", LEVEL + "    path: {2026-08-01: 5%}\n")
    assert level.waypoint(date(2026, 8, 1), None, percent=True) == pytest.approx(0.05)


def test_the_flagship_goal_is_an_ordinary_metric_of_releases(tmp_path: Path) -> None:
    example = Path(__file__).with_name("kinds") / "rollback_goal.yml"
    teams = PROJECT.replace("teams: {", "teams: {team-release: {name: Release}, customer-success: {name: Success}, ")
    catalog = loaded(tmp_path, project=teams, rollbacks=example.read_text(encoding="utf-8"))
    found = catalog.goal("fewer_rollbacks")
    assert found.pilot is not None
    assert found.pilot.teams == ("team-release", "customer-success")
    assert catalog.metric(found.metric).entity == "release"
    assert [each.metric for each in found.guardrails] == ["releases_per_week"]
    assert catalog.events["release_rolled_back"].properties["customer_impacting"].type == "boolean"


FAULTS = [
    (LEVEL.replace("2%", "30"), "E401 30"),
    (LEVEL.replace("2%", "2pp"), "E401 2pp"),
    (LEVEL.replace("2%", "many"), "E105 many"),
    (LEVEL.replace("metric: failures", "metric: weekly"), "E402 2%"),
    (GOAL.replace("relative: -33%", "points: -4%"), "E403 -4%"),
    (GOAL.replace("-33%", "-33"), "E404 -33"),
    (GOAL.replace("-33%", "-33pp"), "E404 -33pp"),
    (GOAL.replace("-33%", "-133%"), "E405 -133%"),
    (GOAL.replace("    change: {relative: -33%}\n", ""), "E406 fewer_failures"),
    (GOAL + "    target: 2%\n", "E406 change"),
    (GOAL.replace("{relative: -33%}", "{}"), "E407 change"),
    (GOAL.replace("baseline: {from: 2026-04-01, to: 2026-06-30}", "start: 2026-07-01"), "E408 change"),
    (GOAL.replace("-33%", "33%"), "E409 33%"),
    (GOAL.replace("-33%", "0%"), "E409 0%"),
    (LEVEL.replace("    baseline: {from: 2026-04-01, to: 2026-06-30}\n", ""), "E410 fewer_failures"),
    (GOAL + "    within: 90 days\n", "E411 within"),
    (GOAL.replace("    by: 2026-09-28\n", ""), "E411 fewer_failures"),
    (GOAL.replace("2026-09-28", "2025-09-28"), "E412 2025-09-28"),
    (GOAL.replace("to: 2026-06-30", "to: 2026-03-30"), "E413 2026-03-30"),
    (GOAL + "    start: 2026-06-30\n", "E414 baseline"),
    (GOAL + "    path: {2026-06-01: -1%}\n", "E415 2026-06-01"),
    (GOAL + "    path: {2026-08-01: -50%}\n", "E416 -50%"),
    (GOAL + "    path: {2026-08-01: -1}\n", "E416 -1"),
    (GOAL + "    path: {2026-18-01: -1%}\n", "E104 2026-18-01"),
    (GOAL + "    guardrails: [failures]\n", "E417 failures"),
    (GOAL + "    guardrails: [weekly, {metric: weekly}]\n", "E417 weekly"),
    (GOAL + "    guardrails: [{metric: weekly, no_worse_than: 5pp}]\n", "E418 5pp"),
    (GOAL + "    guardrails: [{metric: weekly, no_worse_than: -5%}]\n", "E419 -5%"),
    (GOAL + "    closed: 2026-09-29\n    learned: ''\n", "E420 closed"),
    (GOAL.replace("metric: failures", "metric: failurs"), "E205 failurs"),
    (GOAL.replace("metric: failures", "metric: search.activation"), "E205 search.activation"),
    (GOAL.replace("by: 2026-09-28", "by: soon"), "E104 soon"),
    (GOAL.replace("by: 2026-09-28", "by: 9999-12-31"), "E104 9999-12-31"),
    (LEVEL.replace("2%", "1e400"), "E105 1e400"),
    (GOAL + "    owner: team-nobody\n", "E203 team-nobody"),
    (GOAL + "    pilot: {teams: [nobody]}\n", "E203 nobody"),
    (GOAL.replace("    description: A third fewer failures\n", ""), "E102 fewer_failures"),
    (GOAL + "    deadline: 2026-09-28\n", "E101 deadline"),
    (GOAL.replace("fewer_failures", "fewer.failures"), "E108 fewer.failures"),
]


@pytest.mark.parametrize(("text", "expected"), FAULTS)
def test_what_cannot_be_true_together_is_refused_where_it_stands(tmp_path: Path, text: str, expected: str) -> None:
    assert seen(fault(tmp_path, m=METRIC + RATE, g=text)) == expected


def test_one_fault_of_a_goal_hides_no_other(tmp_path: Path) -> None:
    text = GOAL.replace("metric: failures", "metric: failurs").replace("2026-09-28", "2025-09-28").replace("-33%", "-33")
    found = faults(tmp_path, m=METRIC + RATE, g=text + "    hold: long\n    window: 36 hours\n    owner: nobody\n")
    assert [each.code for each in found] == ["E205", "E404", "E412", "E106", "E106", "E203"]


def test_wording_does_not_change_the_meaning_of_a_goal(tmp_path: Path) -> None:
    base = loaded(tmp_path / "a", m=METRIC + RATE, g=GOAL)
    same = loaded(tmp_path / "b", m=METRIC + RATE, g=GOAL.replace("A third", "One third") + "    learned: Much\n")
    other = loaded(tmp_path / "c", m=METRIC + RATE, g=GOAL.replace("-33%", "-40%"))
    moved = loaded(tmp_path / "d", m=METRIC + RATE.replace("search_failed", "search_clicked"), g=GOAL)
    meaning = base.goal_meaning("fewer_failures")
    assert same.goal_meaning("fewer_failures") == meaning
    assert meaning not in {other.goal_meaning("fewer_failures"), moved.goal_meaning("fewer_failures")}
