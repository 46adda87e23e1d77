"""``prodops check``: every format, what a branch adds, and what the exit codes say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from prodops_metrics.cli.app import app
from prodops_metrics.cli.findings import workflow_command
from prodops_metrics.definitions import Fault, Place

PROJECT = "project: {name: Demo, timezone: UTC}\n"
EVENTS = """\
events:
  opened: {description: It was opened}
"""
GOOD = """\
metrics:
  opens: {description: Times it was opened, type: count, event: opened}
"""
BAD = """\
metrics:
  opens: {description: Times it was opened, type: count, event: opend}
  users: {description: People who opened it, type: count_distnct, event: opened}
"""
ENVIRONMENT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
PERSON = ("-c", "user.name=P", "-c", "user.email=p@example.org")


def check(project: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--project", str(project), "check", *words], env={"GITHUB_WORKSPACE": str(project)})


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / "metric_defs" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *PERSON, *words], cwd=folder, env=os.environ | ENVIRONMENT, capture_output=True, check=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--message", "state")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path, project=PROJECT, events=EVENTS, metrics=GOOD)


@pytest.fixture
def bad(good: Path) -> Path:
    return write(good, metrics=BAD)


@pytest.fixture
def branch(good: Path) -> Path:
    """A repository whose main has one fault, with a branch checked out that moved it and brought two more."""
    write(good, old="metrics:\n  closes: {description: Closed, type: count, event: closed}\n")
    git(good, "init", "--quiet", "--initial-branch", "main")
    commit(good)
    git(good, "switch", "--quiet", "--create", "work")
    write(good, old="# one line more\nmetrics:\n  closes: {description: Closed, type: count, event: closed}\n", metrics=BAD)
    commit(good)
    git(good, "switch", "--quiet", "main")
    write(good, later="metrics:\n  shuts: {description: Shut, type: count, event: shut}\n")
    commit(good)
    git(good, "switch", "--quiet", "work")
    return good


def test_without_faults_it_says_what_there_is(good: Path) -> None:
    result = check(good)
    assert result.exit_code == 0
    assert result.stdout.startswith("No faults: 0 sources, 1 event, 0 features, 1 metric, 0 segments. Definitions ")


def test_every_fault_stands_there_with_its_line_and_cure(bad: Path) -> None:
    result = check(bad)
    assert result.exit_code == 1
    assert result.stderr == ""
    first, second, closing = result.stdout.split("\n\n")
    assert first == (
        "metric_defs/metrics.yml:2:65: E201 there is no event `opend`\n"
        "    opens: {description: Times it was opened, type: count, event: opend}\n"
        "                                                                  ^^^^^\n"
        "  Did you mean `opened`?"
    )
    assert "metric_defs/metrics.yml:3:52: E103 " in second
    assert closing == "2 faults.\n"


def test_annotations_are_workflow_commands_to_the_letter(bad: Path) -> None:
    first, second, closing = check(bad, "--format", "github").stdout.splitlines()
    assert first == (
        "::error file=metric_defs/metrics.yml,line=2,col=65,title=E201 No event has this name"
        "::there is no event `opend`%0ADid you mean `opened`?"
    )
    assert second.startswith("::error file=metric_defs/metrics.yml,line=3,col=52,title=E103")
    assert closing == "2 faults."


def test_what_would_end_a_workflow_command_is_encoded() -> None:
    fault = Fault(Place("metric_defs/a,b:c%.yml", 3, 9), "X999", "100 %, at\r\n::error::12:30", "Do this, or: that")
    assert workflow_command(fault, fault.place.file) == (
        "::warning file=metric_defs/a%2Cb%3Ac%25.yml,line=3,col=9,title=X999"
        "::100 %25, at%0D%0A::error::12:30%0ADo this, or: that"
    )


def test_annotations_name_files_as_the_repository_does(bad: Path) -> None:
    found = CliRunner().invoke(
        app, ["--project", str(bad), "check", "--format", "github"], env={"GITHUB_WORKSPACE": str(bad.parent)}
    )
    assert found.stdout.startswith(f"::error file={bad.name}/metric_defs/metrics.yml,line=2,")
    outside = CliRunner().invoke(
        app, ["--project", str(bad), "check", "--format", "github"], env={"GITHUB_WORKSPACE": str(bad / "elsewhere")}
    )
    assert outside.stdout.startswith("::error file=metric_defs/metrics.yml,line=2,")


@pytest.mark.parametrize("words", [("--format", "json"), ("--json",)])
def test_json_holds_every_part_of_a_fault(bad: Path, words: tuple[str, ...]) -> None:
    result = check(bad, *words)
    found = json.loads(result.stdout)
    assert (result.exit_code, found["errors"], found["advice"], found["definitions"]) == (1, 2, 0, None)
    assert found["faults"][0] == {
        "file": "metric_defs/metrics.yml",
        "line": 2,
        "column": 65,
        "code": "E201",
        "check": "unknown_event",
        "advice": False,
        "message": "there is no event `opend`",
        "cure": "Did you mean `opened`?",
        "excerpt": f"{BAD.splitlines()[1]}\n{' ' * 64}^^^^^",
    }


def test_text_that_looks_like_an_emoji_stays_text(good: Path) -> None:
    write(good, metrics="metrics:\n  opens: {description: 'x :rocket: x', type: count, event: 'opened :fire:'}\n")
    assert "event: 'opened :fire:'" in check(good).stdout
    assert ":fire:" in " ".join(fault["message"] for fault in json.loads(check(good, "--json").stdout)["faults"])


def test_a_file_cannot_steer_the_terminal(good: Path) -> None:
    write(good, metrics="metrics:\n  opens: \x1b[2J{description: Opens, type: count, event: opened}\n")
    result = check(good)
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout


def test_a_branch_is_told_what_it_adds_and_nothing_else(branch: Path) -> None:
    result = check(branch, "--against", "main")
    assert result.exit_code == 1
    assert "E201 there is no event `opend`" in result.stdout
    assert "`count_distnct`" in result.stdout
    assert "`closed`" not in result.stdout
    assert "`shut`" not in result.stdout
    assert "2 faults. That is what the branch adds; 1 finding was there already (main, " in result.stdout


def test_a_branch_that_adds_nothing_passes_though_old_faults_remain(branch: Path) -> None:
    write(branch, metrics=GOOD)
    result = check(branch, "--against", "main")
    assert result.exit_code == 0
    assert result.stdout.startswith("No faults. That is what the branch adds; 1 finding was there already")
    assert check(branch).exit_code == 1


def test_a_fault_that_went_to_another_file_is_not_new(branch: Path) -> None:
    write(branch, metrics=GOOD)
    (branch / "metric_defs" / "old.yml").rename(branch / "metric_defs" / "moved.yml")
    assert check(branch, "--against", "main").exit_code == 0


def test_the_same_fault_a_second_time_is_new(branch: Path) -> None:
    more = "  closes_again: {description: Closed, type: count, event: closed}\n"
    write(branch, metrics=GOOD, old=(branch / "metric_defs" / "old.yml").read_text() + more)
    result = check(branch, "--against", "main", "--json")
    found = json.loads(result.stdout)
    assert [fault["line"] for fault in found["faults"]] == [4]
    assert (found["against"]["ref"], found["against"]["remaining"], len(found["against"]["commit"])) == ("main", 1, 40)


def test_advice_is_told_of_what_the_branch_changes(branch: Path) -> None:
    more = "  quiet_event: {description: Nobody asks for it}\n"
    write(
        branch, metrics=GOOD.replace("event: opened", "event: any"), old=GOOD.replace("opens", "again"), events=EVENTS + more
    )
    result = check(branch, "--against", "main")
    assert result.exit_code == 0
    assert "W504" in result.stdout  # what an active metric counts was changed without a note
    assert "`quiet_event`" in result.stdout
    assert check(branch, "--against", "main", "--strict").exit_code == 1
    commit(branch)
    assert "W504" not in check(branch, "--against", "work").stdout


def test_a_ref_that_is_not_there_is_an_error_and_no_pass(branch: Path) -> None:
    result = check(branch, "--against", "mian")
    assert result.exit_code == 1
    assert "git knows no branch, tag or commit `mian` here. Did you mean `main`?" in result.stderr
    told = json.loads(check(branch, "--against", "mian", "--json").stdout)
    assert told["error"]["kind"] == "GitError"


def test_the_data_comes_after_the_faults(bad: Path) -> None:
    assert check(bad, "--data").stdout.endswith("The data was not looked at: that comes after the faults.\n")
    write(bad, metrics=GOOD)
    result = check(bad, "--data")
    assert result.exit_code == 1
    assert "There is no warehouse yet" in result.stderr


def test_the_exit_codes_stand_in_the_help() -> None:
    shown = CliRunner().invoke(app, ["check", "--help"], env={"COLUMNS": "200"}).stdout
    assert "Exit codes: 0 no faults; 1 faults" in shown
    assert CliRunner().invoke(app, ["check", "--format", "xml"]).exit_code == 2


def test_definitions_are_checked_without_what_numbers_need(good: Path) -> None:
    """Loading it takes longer than the check: nobody waits for it who only checks."""
    script = """
import sys
from prodops_metrics.cli import main
try:
    main()
finally:
    print({"duckdb", "polars", "scipy", "streamlit", "altair"} & {*sys.modules})
"""
    for words in (["--help"], ["--project", str(good), "check"]):
        done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
        assert done.stdout.endswith("set()\n"), done.stdout + done.stderr
