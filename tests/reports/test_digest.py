"""A digest tells only what changed, and late rows apart from behaviour; that nothing did, or is known, it says plainly."""

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import duckdb
import pytest

from prodops_metrics.errors import QueryError, UnknownIdError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.digest import Digest, digest
from prodops_metrics.reports.digest.kept import keep_figures
from prodops_metrics.reports.digest.text import digest_values, html, markdown
from prodops_metrics.reports.said import keep_verdicts
from prodops_metrics.reports.session import open_session
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent
from tests.projects import LOADED_AT, SOURCES, write_project

TEAMS = "  teams: {ours: {name: Ours}, theirs: {name: Theirs}}\n"
DEFINITIONS = """\
events: {opened: {description: Opened}, saved: {description: Saved}, sent: {description: Sent}}
features:
  saving: {name: Saving, used: saved, owner: ours}
  sending: {name: Sending, used: sent, owner: theirs}
goals:
  most_save: {description: Most save, metric: saving.adoption, target: 60%, start: 2026-06-01, by: 2026-07-31, owner: ours}
"""
HEADER = "event,user,time\n"


def rows(event: str, users: Iterable[int], days: Iterable[int]) -> str:
    """One row a day; days count from 1 June."""
    moments = [f"2026-0{6 + (day - 1) // 30}-{(day - 1) % 30 + 1:02d}T10:00:00" for day in days]
    return "".join(f"{event},u{user},{moment}\n" for moment in moments for user in users)


@dataclass
class Project:
    root: Path

    def refreshed(self) -> None:
        refresh(load_catalog(self.root), progress=Silent(), now=LOADED_AT)
        self.kept()

    def kept(self) -> None:
        session = open_session(self.root)
        keep_verdicts(session)
        keep_figures(session)
        session.warehouse.close()

    def add(self, name: str, events: str) -> None:
        (self.root / f"events_{name}.csv").write_text(HEADER + events)

    def define(self, before: str, after: str) -> None:
        path = self.root / "metric_defs" / "product.yml"
        path.write_text(path.read_text().replace(before, after))

    def digest(self, since: str = "1", team: str | None = None) -> Digest:
        session = open_session(self.root)
        try:
            return digest(session, since, team=team)
        finally:
            session.warehouse.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty users for five weeks, of whom the first thirty save, and ten send."""
    everybody = rows("opened", range(60), range(1, 36)) + rows("saved", range(30), range(1, 36, 3))
    events = HEADER + everybody + rows("sent", range(10), range(1, 36, 3))
    sources = SOURCES.replace("events.csv", "events*.csv")
    found = Project(write_project(tmp_path_factory.mktemp("digest"), DEFINITIONS, events, sources=sources, project=TEAMS))
    found.refreshed()
    return found.root


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Project:
    """A copy that the test may change."""
    return Project(shutil.copytree(made, tmp_path / "project"))


@pytest.fixture(scope="module")
def later(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project a week later, which tests leave as it is."""
    found = Project(shutil.copytree(made, tmp_path_factory.mktemp("later") / "project"))
    week_later(found)
    return found


def week_later(project: Project) -> None:
    """Seven more days, in which 25 more people save; and three rows that come late for a day before."""
    late = rows("saved", range(30, 33), [34])
    again = rows("opened", range(60), range(36, 43)) + rows("saved", range(55), [38]) + rows("sent", range(10), [38])
    project.add("later", again)
    project.add("late", late)
    project.refreshed()


def told(found: Digest, kind: str) -> dict[str, str]:
    return {one.about: one.sentence for one in found.changes if one.kind == kind}


def test_what_people_did_and_what_came_late_are_told_apart_with_their_counts(later: Project) -> None:
    found = later.digest()
    moved, late = told(found, "number"), told(found, "late")
    assert "55.0 % → 91.7 %: up 36.7 pp" in moved["saving.adoption"]
    assert not any(name.startswith("sending") for name in moved)
    assert (
        "50.0 % (30 of 60 eligible active users) as snapshot 1 counted it, 55.0 % (33 of 60 eligible active users) now"
        in late["saving.adoption"]
    )
    assert set(late) == {"saving.adoption", "saving.active_units"}
    counted = next(one for one in found.changes if one.about == "saving.adoption" and one.kind == "number")
    assert counted.good is True
    assert counted.reasons[0].startswith("55 of 60 eligible active users after 33 of 60 eligible active users; ")
    assert told(found, "data") == {"log": "488 rows came from 2 files."}


def test_a_verdict_is_told_against_what_was_said_at_the_time_with_its_reasons(project: Project) -> None:
    kept = project.root / "warehouse" / "verdicts" / "1.json"
    said = json.loads(kept.read_text())
    state = said[0]["features"]["saving"]["state"]
    said[0]["features"]["saving"]["state"] = "at_risk"
    kept.write_text(json.dumps(said))
    week_later(project)
    (change,) = [one for one in project.digest().changes if one.kind == "verdict" and one.about == "saving"]
    assert state != "at_risk"
    assert change.sentence.startswith("at risk → ")
    assert change.reasons


def test_a_goal_that_stands_elsewhere_is_told(project: Project) -> None:
    project.define("by: 2026-07-31", "by: 2026-07-04")
    project.kept()
    found = told(project.digest(), "goal")
    assert found["most_save"].endswith("→ missed.")


def test_a_change_of_meaning_is_told_in_words_with_both_numbers_and_a_rewording_is_none(project: Project) -> None:
    project.define("Saved", "Kept on the disk")
    project.kept()
    worded = project.digest()
    assert worded.changes == ()
    assert worded.notes == ("Only words changed in event saved.",)
    project.define("used: saved", "used: [saved, sent]")
    project.kept()
    changed = [one for one in project.digest().changes if one.kind == "definition"]
    text = " ".join([one.sentence for one in changed] + [reason for one in changed for reason in one.reasons])
    assert "sent" in text
    assert any("saving" in one.features for one in changed)
    assert told(project.digest(), "late") == {}


def test_that_nothing_changed_is_said_plainly(project: Project) -> None:
    project.define("name: Sending", "name: Sending it")
    project.kept()
    text = markdown(project.digest())
    assert "Nothing changed: 2 verdicts, 1 goal, 6 figures are as they were" in text
    assert "##" not in text


def test_without_history_the_day_is_counted_again_and_that_is_said(project: Project) -> None:
    found = project.digest("7d")
    assert (found.base.kept, found.base.day.isoformat()) == (False, "2026-06-28")
    assert found.notes[0].startswith("Nothing was kept from 28 Jun 2026 or before")
    assert told(found, "late") == told(found, "data") == {}


def test_a_team_reads_only_of_its_own(later: Project) -> None:
    ours, theirs = (later.digest(team=team) for team in ("ours", "theirs"))
    assert {name for one in ours.changes for name in one.features} == {"saving"}
    assert "saving.adoption" in told(ours, "number")
    assert theirs.changes == ()
    with pytest.raises(UnknownIdError, match="Did you mean `ours`"):
        later.digest(team="our")


@pytest.mark.parametrize(
    ("since", "says"),
    [
        ("9", "No figures of snapshot 9 were kept to tell against; no figures of an earlier snapshot were kept yet"),
        ("2026-07-05", "has to be a day before that"),
        ("yesterday", "`yesterday` is no length, day or snapshot"),
    ],
)
def test_what_cannot_be_told_against_is_said(project: Project, since: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        project.digest(since)


def test_as_html_and_values_it_says_the_same(later: Project) -> None:
    found = later.digest("2026-07-11")
    values, page = digest_values(found), html(found)
    assert values["since"] == {"day": "2026-07-05", "snapshot": 1, "definitions": found.base.definitions}
    assert [one["sentence"] for one in values["changes"]] == [one.sentence for one in found.changes]
    seen = unescape(re.sub(r"<[^>]+>", "", page)).replace("\N{NO-BREAK SPACE}", " ")
    assert all(one.sentence.replace("`", "") in seen for one in found.changes)
    assert "http" not in page
    assert "<script" not in page


def test_merged_ids_are_told_with_how_many_were_dated_anew(project: Project) -> None:
    week_later(project)
    with duckdb.connect(str(project.root / "warehouse" / "2.duckdb")) as snapshot:
        snapshot.execute("INSERT INTO merge_history VALUES (1, 'user', 9, 9, 9), (2, 'user', 4, 1, 2)")
    assert told(project.digest(), "data")["user"] == "4 ids were merged and 1 parted; 2 are first seen earlier now."
