"""The workflow that tells a pull request what it moves: what it may do, and what its steps do when something fails."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from prodops_metrics.reports.diff_text import MARK

WORKFLOW = Path(__file__).parents[1] / ".github" / "workflows" / "metrics.yml"
PRODOPS = """\
#!/bin/sh
[ "$1" = refresh ] && exit "${REFRESHED:-0}"
echo "$2" > asked.txt
[ "$1" = check ] && { echo "a.yml:1:1: E201 no event"; exit "${CHECKED:-0}"; }
[ -n "$BROKEN" ] && { echo "$BROKEN" >&2; exit 1; }
printf '%s\\n### No number moved\\n' "$MARK"
"""
GH = """\
#!/bin/sh
echo "$@" >> calls.txt
case "$*" in
  *--paginate*) [ -n "$UNREACHABLE" ] && exit 1; printf '%s' "$FOUND";;
esac
"""


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return dict(yaml.safe_load(WORKFLOW.read_text(encoding="utf-8")))


def step(workflow: dict[str, Any], name: str) -> str:
    steps = [each for job in workflow["jobs"].values() for each in job["steps"]]
    return str(next(each["run"] for each in steps if each.get("name") == name))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checked-out merge, with a prodops and a gh that only write down what they are asked."""
    for path, text in ((".venv/bin/prodops", PRODOPS), ("bin/gh", GH)):
        file = tmp_path / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
        file.chmod(0o755)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "base"], ["checkout", "-qb", "b"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "change"], cwd=tmp_path, check=True)
    subprocess.run([*git, "checkout", "-q", "main"], cwd=tmp_path, check=True)
    subprocess.run([*git, "merge", "-q", "--no-ff", "-m", "merge", "b"], cwd=tmp_path, check=True)
    return tmp_path


def run(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A step as the host runs it: bash that stops at the first failure, and not inside of a pipe."""
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    more = {"PATH": path, "GITHUB_STEP_SUMMARY": str(folder / "summary.md"), "PULL": "p", "COMMENTS": "c", "MARK": MARK}
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env={**os.environ, **more, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_may_read_and_write_one_comment_and_no_more(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["jobs"]["diff"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "permissions" not in workflow["jobs"]["check"]
    triggers = next(value for key, value in workflow.items() if key not in {"name", "permissions", "concurrency", "jobs"})
    assert list(triggers) == ["pull_request"], "pull_request_target would run a fork's text with the rights of here"
    assert "secrets" not in WORKFLOW.read_text(encoding="utf-8").replace("no secrets", "")


def test_forks_get_no_data(workflow: dict[str, Any]) -> None:
    assert workflow["jobs"]["diff"]["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert "refresh" not in str(workflow["jobs"]["check"]["steps"])


def test_no_text_of_a_pull_request_becomes_part_of_a_script(workflow: dict[str, Any]) -> None:
    steps = [each for job in workflow["jobs"].values() for each in job["steps"]]
    assert not any("${{" in each.get("run", "") for each in steps)
    assert all(each["with"]["persist-credentials"] is False for each in steps if "checkout" in each.get("uses", ""))


def test_what_moves_is_told_against_the_base_of_the_merge(workflow: dict[str, Any], folder: Path) -> None:
    assert run(folder, step(workflow, "What moves")).returncode == 0
    base = subprocess.run(["git", "rev-parse", "HEAD^1"], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert (folder / "asked.txt").read_text() == base
    assert (folder / "summary.md").read_text() == f"{MARK}\n### No number moved\n"


def test_a_base_with_faults_is_told_and_stops_nobody(workflow: dict[str, Any], folder: Path) -> None:
    ran = run(folder, step(workflow, "What moves"), BROKEN="a.yml:1:1: E201 <b>no</b> event\n  ^^^")
    assert ran.returncode == 0
    assert "::warning title=prodops diff::" in ran.stdout
    said = (folder / "diff.md").read_text()
    assert said.startswith(f"{MARK}\n### What this change moves could not be told\n\n    a.yml:1:1: E201 <b>")


@pytest.mark.parametrize(("code", "warned"), [("0", False), ("3", False), ("1", True)])
def test_without_a_snapshot_meanings_are_compared(
    workflow: dict[str, Any], folder: Path, code: str, *, warned: bool
) -> None:
    ran = run(folder, step(workflow, "A snapshot from the exports in this repository"), REFRESHED=code)
    assert ran.returncode == 0
    assert ran.stdout.startswith("::warning title=prodops refresh::") is warned


@pytest.mark.parametrize(("found", "call"), [("", "--method POST p/comments"), ("7\n9\n", "--method PATCH c/7 ")])
def test_the_comment_is_written_once_and_then_updated(workflow: dict[str, Any], folder: Path, found: str, call: str) -> None:
    (folder / "diff.md").write_text(f"{MARK}\ntext\n")
    assert run(folder, step(workflow, "One comment, updated in place"), FOUND=found).returncode == 0
    calls = (folder / "calls.txt").read_text().splitlines()
    assert len(calls) == 2
    assert call in calls[1]


def test_where_comments_cannot_be_listed_none_is_added(workflow: dict[str, Any], folder: Path) -> None:
    """Otherwise every failure of the host would leave one more comment."""
    (folder / "diff.md").write_text(f"{MARK}\ntext\n")
    ran = run(folder, step(workflow, "One comment, updated in place"), UNREACHABLE="yes")
    assert ran.returncode != 0
    assert len((folder / "calls.txt").read_text().splitlines()) == 1


@pytest.mark.parametrize("code", ["0", "1"])
def test_every_fault_stands_in_the_summary(workflow: dict[str, Any], folder: Path, code: str) -> None:
    """At their lines the host shows the first ten of a step, and no sign that there were more."""
    ran = run(folder, step(workflow, "Faults, at the lines of this pull request"), CHECKED=code)
    assert ran.returncode == int(code)
    assert (folder / "summary.md").exists() is (code == "1")
    if code == "1":
        assert (folder / "summary.md").read_text() == "    a.yml:1:1: E201 no event\n"
