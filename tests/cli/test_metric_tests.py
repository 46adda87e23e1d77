"""``prodops test``: the definitions' own tests, through a warehouse that is made for each and gone afterwards."""

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from prodops_metrics.cli.app import app

PROJECT = """\
project:
  name: Demo
  timezone: Europe/Berlin
  entities: {user: {column: user_id, parent: account}, account: {column: account_id}}
  exclusions: {staff: {description: Our own people, filter: {internal: true}}}
"""
SOURCES = """\
sources:
  log: {kind: events, files: nowhere/*.csv, columns: {id: id}, time: {timezone: UTC}}
  people: {kind: units, entity: user, key: u, files: nowhere.csv, properties: {internal: boolean}}
  firms: {kind: units, entity: account, key: a, files: nowhere.csv, properties: {plan: {enum: [free, pro]}}}
"""
DEFINITIONS = """\
events:
  searched: {description: Searched, aliases: [Search Done], properties: {results: integer}}
  clicked: {description: Clicked, properties: {rank: integer}}
features:
  search: {description: Search, used: searched, succeeded: clicked, eligible: {plan: pro}}
metrics:
  searches: {description: Searches, type: count, event: searched}
  zero_rate:
    description: Searches without results
    type: ratio
    numerator: {type: count, event: searched, filter: {results: 0}}
    denominator: {type: count, event: searched}
  searchers: {description: People who searched, type: count_distinct, event: searched, window: 7 days}
  by_account: {description: Accounts that searched, type: count_distinct, event: searched, entity: account, grain: day}
  opens: {description: Searchers who open a result, type: funnel, steps: [searched, clicked], window: 1 hour}
  returns: {description: Searchers who return, type: retention, start: searched, return: searched, cohort: first_time}
"""
TWO = """
      user,time,event,results
      u1,2026-06-01T09:00,searched,0
      u1,2026-06-01T09:05,searched,3
"""


def project(folder: Path, tests: str) -> Path:
    given = {"project": PROJECT, "sources": SOURCES, "product": DEFINITIONS, "tests": f"tests:\n{tests}"}
    (folder / "metric_defs").mkdir()
    for name, text in given.items():
        (folder / "metric_defs" / f"{name}.yml").write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, *words: str) -> Result:
    where = {"GITHUB_WORKSPACE": str(folder)}
    return CliRunner().invoke(app, ["--project", str(folder), "test", *words], env=where)


def one(folder: Path, metric: str, expect: str, given: str = TWO, more: str = "") -> Result:
    """The run of one test of one metric."""
    return run(project(folder, f"  it:\n    metric: {metric}\n    given: |{given}{more}    expect: {expect}\n"))


def test_a_test_that_holds_passes_in_under_a_second_and_leaves_nothing(tmp_path: Path) -> None:
    began = time.monotonic()
    result = one(tmp_path, "zero_rate", "{2026-06-01: 0.5}")
    assert result.exit_code == 0, result.output
    assert time.monotonic() - began < 5  # the machine may be busy; alone it takes about 0.3 s
    assert result.stdout.startswith("passed  it (zero_rate), ")
    assert result.stdout.endswith("1 test, all passed.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["metric_defs"]


def test_a_test_that_fails_shows_what_was_expected_and_what_was_found(tmp_path: Path) -> None:
    result = one(tmp_path, "zero_rate", "{2026-06-01: {point: 0.25, n: 1, numerator: 2, denominator: 2}}")
    assert result.exit_code == 1
    head, *table, _, closing = result.stdout.splitlines()
    assert head.startswith("FAILED  it (zero_rate), ")
    assert head.endswith("metric_defs/tests.yml:2:3")
    assert [line.split() for line in table] == [
        ["Day", "Expected", "Found"],
        ["2026-06-01", "point", "0.25", "0.5"],
        ["2026-06-01", "numerator", "2", "1"],
    ]
    assert closing == "1 test, 1 failed."


def test_a_number_with_six_digits_is_the_one_it_was_rounded_from(tmp_path: Path) -> None:
    third = f"{TWO}      u2,2026-06-02T09:05,searched,4\n"
    assert one(tmp_path, "zero_rate", "{2026-06-01: 0.333333}", third).exit_code == 0
    (tmp_path / "metric_defs" / "tests.yml").write_text(
        (tmp_path / "metric_defs" / "tests.yml").read_text().replace("0.333333", "0.3333")
    )
    assert run(tmp_path).exit_code == 1


def test_times_are_local_to_the_project_unless_they_say_otherwise(tmp_path: Path) -> None:
    given = """
      account,time,event
      a1,2026-06-01T23:30,searched
      a2,2026-06-01T23:30:00Z,searched
"""
    result = one(tmp_path, "by_account", "{2026-06-01: 1, 2026-06-02: 1}", given)
    assert result.exit_code == 0, result.output


def test_names_in_older_exports_are_the_events_that_they_stand_for(tmp_path: Path) -> None:
    assert one(tmp_path, "searches", "{2026-06-01: 3}", f"{TWO}      u1,2026-06-01,Search Done,\n").exit_code == 0


def test_an_id_that_stands_twice_is_one_event(tmp_path: Path) -> None:
    given = "\n      id,user,time,event\n      7,u1,2026-06-01,searched\n      7,u1,2026-06-01,searched\n"
    assert one(tmp_path, "searches", "{2026-06-01: 1}", given).exit_code == 0


def test_every_day_is_the_end_of_a_rolling_window(tmp_path: Path) -> None:
    given = (
        "\n      user,time,event\n      u1,2026-06-01,searched\n      u2,2026-06-05,searched\n      u1,2026-06-20,searched\n"
    )
    expect = "{2026-06-07: 2, 2026-06-08: 1, 2026-06-12: {point: 0}}"
    result = one(tmp_path, "searchers", expect, given)
    assert result.exit_code == 0, result.output


def test_a_point_is_that_of_the_headline_unless_its_part_is_named(tmp_path: Path) -> None:
    given = """
      user,time,event
      u1,2026-06-01T09:00,searched
      u1,2026-06-01T09:30,clicked
      u2,2026-06-01T09:30,searched
      u3,2026-06-07T09:30,searched
"""
    expect = "{2026-06-07: [{point: 0.333333}, {step: 1, point: 1}, {step: 2, numerator: 1, denominator: 3}]}"
    result = one(tmp_path, "opens", expect, given, "    at: 2026-06-20\n")
    assert result.exit_code == 0, result.output


def test_cohorts_are_named_by_their_first_day(tmp_path: Path) -> None:
    given = (
        "\n      user,time,event\n      u1,2026-06-01,searched\n      u2,2026-06-02,searched\n      u1,2026-06-09,searched\n"
    )
    expect = "{2026-06-01: [{age: 1, point: 0.5, complete: true}, {age: 4, reason: window_open}]}"
    result = one(tmp_path, "returns", expect, given, "    at: 2026-06-14\n")
    assert result.exit_code == 0, result.output


def test_units_bring_attributes_parents_and_exclusions(tmp_path: Path) -> None:
    given = """
      user,time,event
      u1,2026-06-01,searched
      u2,2026-06-02,clicked
      boss,2026-06-02,searched
      guest,2026-06-02,searched
"""
    units = """\
    units:
      user: |
        user, account, internal
        u1,   a1,      false
        u2,   a1,      false
        boss, a1,      true
        guest, a2,     false
      account: |
        account, plan
        a1,      pro
        a2,      free
"""
    result = one(tmp_path, "search.adoption", "{2026-06-02: {point: 0.5, denominator: 2}}", given, units)
    assert result.exit_code == 0, result.output


def test_a_day_without_a_point_is_answered_with_the_days_that_have_one(tmp_path: Path) -> None:
    result = one(tmp_path, "zero_rate", "{2026-06-03: 0.5}")
    assert result.exit_code == 1
    assert "There is no point of 2026-06-03. Points stand at" in result.stdout
    assert "2026-06-01" in result.stdout


def test_a_point_without_a_number_says_why(tmp_path: Path) -> None:
    result = one(tmp_path, "zero_rate", "{2026-05-25: 0.5}")
    assert result.exit_code == 1
    assert "reason  -         no_data (no data in the window)" in result.stdout


def test_rows_that_cannot_be_loaded_are_told(tmp_path: Path) -> None:
    given = "\n      id,user,time,event\n      1,u1,2026-06-01,searched\n      ,u1,2026-06-01,searched\n"
    result = one(tmp_path, "searches", "{2026-06-01: 2}", given)
    assert result.exit_code == 1
    assert "given.csv:3 could not be loaded: no id of the event." in result.stdout


MANY = """\
  first:
    metric: searches
    given: |
      user,time,event
      u1,2026-06-01,searched
    expect: {2026-06-01: 1}
  second:
    metric: zero_rate
    given: |
      user,time,event,results
      u1,2026-06-01,searched,1
    expect: {2026-06-01: 1}
"""


def test_tests_are_chosen_by_their_name_or_by_their_metric(tmp_path: Path) -> None:
    project(tmp_path, MANY)
    assert run(tmp_path).stdout.endswith("2 tests, 1 failed.\n")
    assert run(tmp_path, "first").stdout.endswith("1 test, all passed.\n")
    assert run(tmp_path, "zero_rate").stdout.endswith("1 test, 1 failed.\n")
    assert "No tests of searchers. A test gives a few events" in run(tmp_path, "searchers").stdout
    unknown = run(tmp_path, "frist")
    assert unknown.exit_code == 1
    assert "There is no test or metric `frist`. Did you mean `first`?" in unknown.stderr


def test_a_failed_test_annotates_its_definition(tmp_path: Path) -> None:
    result = run(project(tmp_path, MANY), "--format", "github")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "::error file=metric_defs/tests.yml,line=8,col=3,title=test second of zero_rate failed"
        "::Day                Expected  Found%0A2026-06-01  point  1         0",
        "2 tests, 1 failed.",
    ]


def test_outcomes_as_json(tmp_path: Path) -> None:
    result = run(project(tmp_path, MANY), "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["passed"], found["failed"]) == (1, 1, 1)
    second = found["tests"][1]
    assert (second["test"], second["metric"], second["file"], second["line"]) == (
        "second",
        "zero_rate",
        "metric_defs/tests.yml",
        8,
    )
    assert second["comparisons"] == [{"day": "2026-06-01", "value": "point", "expected": 1.0, "found": 0.0, "agrees": False}]


def test_without_tests_it_shows_how_one_is_written(tmp_path: Path) -> None:
    project(tmp_path, MANY)
    (tmp_path / "metric_defs" / "tests.yml").unlink()
    result = run(tmp_path)
    assert result.exit_code == 0
    assert result.stdout.startswith("No tests. A test gives a few events and says what a metric must be then:\n\ntests:\n")


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_definitions_with_faults_are_not_tested(tmp_path: Path, words: tuple[str, ...]) -> None:
    result = run(project(tmp_path, MANY.replace("metric: searches", "metric: serches")), *words)
    assert result.exit_code == 1
    assert "`serches`" in result.stderr
