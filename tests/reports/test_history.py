"""The history of a metric, from a repository that does not know that it is read."""

import os
import subprocess
from datetime import date
from pathlib import Path

import pytest

from prodops_metrics.reports.history import History, history, keep_history
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.revisions import kept_revisions
from tests.projects import opened, write_project

ANN = {"GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull}
ANN |= {"GIT_COMMITTER_NAME": "Host", "GIT_COMMITTER_EMAIL": "h@example.org", "GIT_CONFIG_SYSTEM": os.devnull}
EVENTS = "user,event,time\na,opened,2024-01-01 09:00\nb,opened,2024-01-09 09:00\n"
USERS = """\
events: {opened: {description: It was opened}}
metrics:
  users:
    description: Users of a week
    type: count_distinct
    event: opened
"""


def git(folder: Path, *words: str, day: int = 1, **who: str) -> None:
    at = {"GIT_AUTHOR_DATE": f"2024-03-{day:02}T23:30:00Z", "GIT_COMMITTER_DATE": f"2024-03-{day:02}T23:30:00Z"}
    subprocess.run(["git", *words], cwd=folder, env=os.environ | ANN | at | who, capture_output=True, check=True)


def commit(folder: Path, text: str, day: int, subject: str = "Change", **who: str) -> None:
    (folder / "metric_defs" / "product.yml").write_text(text)
    git(folder, "add", "metric_defs")
    git(folder, "commit", "--message", subject, day=day, **who)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, USERS, EVENTS, timezone="Europe/Berlin")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    return tmp_path


def read(project: Path) -> History:
    session: Session = opened(project)
    keep_history(project)
    return history(session, "users")


def test_every_commit_says_what_it_did_to_a_metric(project: Path) -> None:
    commit(project, USERS, 1, "Count users")
    commit(project, USERS.replace("Users of a week", "People of a week"), 2, "Say people", GIT_AUTHOR_NAME="Ben")
    commit(project, USERS + "    grain: month\n", 3, "Count by month", GIT_AUTHOR_NAME="Eva")
    found = read(project)
    told = [(each.kind, each.day, each.author, each.subject) for each in found.revisions]
    assert told == [
        ("changed", date(2024, 3, 4), "Eva", "Count by month"),
        ("reworded", date(2024, 3, 3), "Ben", "Say people"),
        ("added", date(2024, 3, 2), "Ann", "Count users"),
    ], "half past eleven at night in UTC is the next day in Berlin"
    assert found.revisions[0].words == ("`grain`: not set → `month`",)
    assert [each.author for each in found.seams] == ["Eva"]
    assert not found.uncommitted


def test_a_change_note_is_the_word_for_a_seam(project: Path) -> None:
    commit(project, USERS, 1)
    commit(project, USERS + "    grain: month\n    change_note: Weeks were too noisy\n", 2)
    assert read(project).seams[0].words == ("Weeks were too noisy",)


def test_what_is_not_committed_is_said(project: Path) -> None:
    commit(project, USERS, 1)
    (project / "metric_defs" / "product.yml").write_text(USERS + "    grain: month\n")
    assert read(project).uncommitted


def test_the_next_refresh_reads_only_what_is_new(project: Path) -> None:
    commit(project, USERS, 1)
    assert [each.kind for each in read(project).revisions] == ["added"]
    assert not keep_history(project), "nothing is new"
    commit(project, USERS + "    grain: month\n", 2)
    assert keep_history(project)
    assert [each.kind for each in history(opened(project), "users").revisions] == ["changed", "added"]
    git(project, "commit", "--amend", "--message", "Rewritten", day=3)
    assert keep_history(project), "a history that was rewritten is read anew"
    assert [each.subject for each in history(opened(project), "users").revisions] == ["Rewritten", "Change"]


def test_a_commit_with_faults_is_passed_over_and_counted(project: Path) -> None:
    commit(project, USERS, 1)
    commit(project, USERS.replace("type: count_distinct", "type: counting"), 2, "Break it")
    commit(project, USERS + "    grain: month\n", 3, "Mend it")
    found = read(project)
    assert [(each.subject, each.after) for each in found.revisions] == [("Mend it", 1), ("Change", 0)]


def test_a_merge_is_by_whoever_wrote_what_was_merged(project: Path) -> None:
    commit(project, USERS, 1)
    git(project, "checkout", "-b", "monthly")
    commit(project, USERS + "    grain: month\n", 2, "Count by month", GIT_AUTHOR_NAME="Eva")
    git(project, "checkout", "main")
    git(project, "merge", "--no-ff", "monthly", "--message", "Merge monthly", day=3, GIT_AUTHOR_NAME="Host")
    found = read(project)
    assert [(each.kind, each.author) for each in found.revisions] == [("changed", "Eva"), ("added", "Ann")]


def test_a_renamed_metric_keeps_its_past(project: Path) -> None:
    commit(project, USERS, 1)
    commit(project, USERS.replace("  users:\n", "  people:\n    aliases: [users]\n"), 2)
    session = opened(project)
    keep_history(project)
    found = history(session, "people").revisions
    assert [(each.kind, each.words) for each in found] == [("restated", ("renamed from `users`",)), ("added", ())]


def test_without_git_the_history_is_absent_with_its_reason(tmp_path: Path) -> None:
    project = write_project(tmp_path, USERS, EVENTS)
    session = opened(project)
    assert history(session, "users").missing.startswith("no refresh has read it yet")
    keep_history(project)
    found = history(session, "users")
    assert not found.revisions
    assert "is in no git repository" in found.missing
    assert set(kept_revisions(project) or ()) == {"missing"}


def test_without_a_commit_the_history_is_absent_with_its_reason(project: Path) -> None:
    assert read(project).missing
