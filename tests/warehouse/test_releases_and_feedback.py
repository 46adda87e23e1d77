"""Sources of releases and of feedback: rows are kept as stated, and stand for events."""

from datetime import date, datetime
from pathlib import Path

import pytest

from prodops_metrics.calendar import Window
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.answers import headlines
from prodops_metrics.reports.feedback import feedback
from prodops_metrics.reports.session import open_session
from prodops_metrics.statistics.intervals import wilson
from prodops_metrics.statistics.moments import Moments
from tests.warehouse.projects import TestProject, contents, make_project

SOURCES = """
sources:
  app:
    kind: events
    files: exports/app.csv
    columns: {event: action, user: uid, time: at, id: id}
    time: {timezone: UTC}
  shipped:
    kind: releases
    files: exports/releases*.csv
    columns: {id: version, time: out, rolled_back_at: back}
    time: {timezone: Europe/Berlin}
    properties: {customer_impacting: boolean, size: integer}
  survey:
    kind: feedback
    files: exports/survey*.csv
    columns: {user: uid, score: stars}
    time: {timezone: UTC}
"""
PEOPLE = "  people: {kind: units, entity: user, key: uid, files: exports/people.csv, properties: {internal: boolean}}\n"
EVENTS = "events: {opened: {description: Opened.}, closed: {description: Closed.}}"
FEATURES = "features: {lists: {owner: team, used: opened}, other: {owner: team, used: closed}}"
PROJECT = "project: {name: Test, timezone: Europe/Berlin, small_sample: 1, teams: {team: {name: Team}}}"
APP = "id,action,uid,at\n1,opened,u1,2026-05-01T08:00\n2,opened,u2,2026-05-02T08:00\n"
RELEASES = (
    "version,out,back,customer_impacting,size,note\n"
    "4.1,2026-05-01 10:00,,false,3,\n"
    "4.2,2026-05-02 23:30,2026-05-03 00:30,true,many,late at night\n"
)
SURVEY = (
    "id,time,uid,feature,kind,stars,scale,theme,text,channel\n"
    "a1,2026-05-01T09:00,u1,lists,csat,5,5,speed,Fast,mail\n"
    "a2,2026-05-02T09:00,u2,lists,csat,2,5,,,chat\n"
    "a3,2026-05-02T10:00,u9,lists,ticket,,,speed,Does not open,mail\n"
    "a4,2026-05-02T10:00,u2,other,csat,good,5,,,mail\n"
    "a5,yesterday,u2,other,csat,4,5,,,mail\n"
)


@pytest.fixture
def project(tmp_path: Path) -> TestProject:
    made = make_project(tmp_path, sources=SOURCES, events=EVENTS, project=PROJECT, features=FEATURES)
    made.export("app.csv", APP)
    made.export("releases.csv", RELEASES)
    made.export("survey.csv", SURVEY)
    return made


def books(project: TestProject) -> dict[str, tuple[int, ...]]:
    rows = project.query("SELECT path, rows_read, loaded, duplicates, quarantined, control, values_set_aside FROM loads")
    return {path.removeprefix("exports/"): tuple(counts) for path, *counts in rows}


def test_a_release_is_shipped_once_and_rolled_back_where_it_was(project: TestProject) -> None:
    project.refresh()
    events = project.query(
        "SELECT event::VARCHAR, r.id, ts, day, customer_impacting, size, extra FROM events "
        "JOIN release_units AS r ON r.key = release_key ORDER BY ts"
    )
    told = '{"note":"late at night","size":"many"}'
    assert events == [
        ("release_shipped", "4.1", datetime(2026, 5, 1, 8), datetime(2026, 5, 1).date(), False, 3, None),
        ("release_shipped", "4.2", datetime(2026, 5, 2, 21, 30), datetime(2026, 5, 2).date(), True, None, told),
        ("release_rolled_back", "4.2", datetime(2026, 5, 2, 22, 30), datetime(2026, 5, 3).date(), True, None, told),
    ]
    assert books(project)["releases.csv"] == (2, 2, 0, 0, 0, 1)


def test_newer_content_of_a_file_of_releases_changes_the_events(project: TestProject) -> None:
    project.refresh()
    project.export("releases.csv", RELEASES.replace("2026-05-03 00:30", "") + "4.3,2026-05-04 10:00,,false,1,\n")
    report = project.refresh()
    assert [(file.path, file.status, file.loaded) for file in report.files if file.source == "shipped"] == [
        ("exports/releases.csv", "replaced", 3)
    ]
    assert project.query("SELECT event::VARCHAR, events FROM event_sources WHERE source = 'shipped'") == [
        ("release_shipped", 3)
    ]
    whole = contents(project)
    project.refresh(full=True)
    assert contents(project) == whole


def test_of_rows_with_one_id_the_last_counts_and_the_others_are_duplicates(project: TestProject) -> None:
    project.export(
        "releases2.csv", "version,out,back,customer_impacting,size\n4.1,2026-05-01 10:00,2026-05-01 12:00,true,3\n"
    )
    project.refresh()
    assert (books(project)["releases.csv"][:3], books(project)["releases2.csv"][:3]) == ((2, 1, 1), (1, 1, 0))
    assert project.column("SELECT count(*) FROM events WHERE event = 'release_rolled_back'") == [2]
    project.export("releases2.csv", "version,out,back,customer_impacting,size\n4.9,2026-05-09 10:00,,true,3\n")
    project.refresh()
    assert books(project)["releases.csv"][:3] == (2, 2, 0)
    assert project.column("SELECT count(*) FROM events WHERE event = 'release_rolled_back'") == [1]


def test_feedback_is_kept_typed_with_its_text_and_counted(project: TestProject) -> None:
    report = project.refresh()
    rows = project.query("SELECT id, feature, kind, score, scale, theme, text, units, attributes FROM feedback ORDER BY id")
    assert rows[0] == ("a1", "lists", "csat", 5.0, 5.0, "speed", "Fast", '{"user":"u1"}', '{"channel":"mail"}')
    assert rows[2] == ("a3", "lists", "ticket", None, None, "speed", "Does not open", '{"user":"u9"}', '{"channel":"mail"}')
    assert rows[3][3:9] == (None, 5.0, None, None, '{"user":"u2"}', '{"channel":"mail","stars":"good"}')
    assert books(project)["survey.csv"] == (5, 4, 0, 1, 0, 1)
    assert [(each.reason, each.example) for each in report.reasons] == [("time", "exports/survey.csv:6")]


def test_its_text_stays_out_of_the_events(project: TestProject) -> None:
    project.refresh()
    columns = project.column("SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'")
    assert {"feature", "kind", "score", "scale", "theme"} < set(columns)
    assert "text" not in columns
    assert project.column("SELECT count(*) FROM events WHERE extra::VARCHAR LIKE '%Fast%'") == [0]


def test_features_are_rated_by_it_unless_they_say_otherwise(project: TestProject) -> None:
    project.refresh()
    session = open_session(project.root)
    found = {name: headlines(session, session.metric(f"{name}.satisfaction"))[0].now for name in ("lists", "other")}
    session.warehouse.close()
    assert (found["lists"].point, found["lists"].denominator) == (3.5, 2)
    assert (found["other"].point, found["other"].reason) == (None, "no_denominator")


def test_giving_feedback_does_not_make_a_user_active(project: TestProject) -> None:
    assert "feedback_given" in load_catalog(project.root).activity_off
    project.refresh()
    assert project.column("SELECT DISTINCT id FROM user_day_masks JOIN user_units USING (key) ORDER BY id") == ["u1", "u2"]


def test_a_file_without_a_column_that_the_source_names_says_so(project: TestProject) -> None:
    project.export("survey.csv", SURVEY.replace("stars", "points"))
    report = project.refresh()
    problem = next(file.problem for file in report.files if file.source == "survey")
    assert problem == (
        "exports/survey.csv: there is no column `stars`, which source `survey` maps. The file has `id`, `time`, `uid`, "
        "`feature`, `kind`, `points`, `scale`, `theme`, `text`, `channel`."
    )


def test_columns_that_nobody_named_may_be_absent(project: TestProject) -> None:
    project.export("survey.csv", "id,time,uid,stars\na1,2026-05-01T09:00,u1,4\n")
    project.refresh()
    assert project.query("SELECT score, feature, kind, text FROM feedback") == [(4.0, None, None, None)]


def test_a_report_says_how_many_were_pleased_and_in_what_words(project: TestProject) -> None:
    project.define("sources", SOURCES + PEOPLE)
    project.define(
        "project", PROJECT.removesuffix("}") + ", exclusions: {own: {description: Us, filter: {internal: true}}}}"
    )
    project.export("people.csv", "uid,internal\nu1,false\nu2,false\nu7,true\n")
    more = "a6,2026-05-02T11:00,u1,lists,csat,4,5,speed,Write to me@home.example,mail\n"
    project.export("survey.csv", SURVEY + more + "a7,2026-05-02T12:00,u7,lists,csat,1,5,own,Our own words,mail\n")
    project.refresh()
    session = open_session(project.root)
    found = feedback(session, "lists", Window(date(2026, 5, 1), date(2026, 5, 3)))
    assert feedback(session, "lists", Window(date(2026, 6, 1), date(2026, 6, 3))) is None
    session.warehouse.close()
    assert found is not None
    assert (found.answers, found.scored, found.pleased) == (4, 3, 2)
    assert list(found.sentences) == [
        "66.7 % of 3 answers gave one of the two best scores (0.3 % to 99.9 %).",
        "Themes: speed (3).",
        "In their words: “Write to [removed]” · “Does not open” · “Fast”",
    ]


def test_colleagues_who_answer_alike_are_no_independent_answers(project: TestProject) -> None:
    """Two accounts of ten are pleased and two are not: as sure as four answers, not as forty."""
    entities = "entities: {account: {column: account}, user: {column: user, parent: account}}"
    project.define("project", PROJECT.removesuffix("}") + f", {entities}}}")
    project.define("sources", SOURCES + PEOPLE.replace("key: uid,", "key: uid, columns: {account: account},"))
    project.export("people.csv", "uid,account\n" + "".join(f"p{one},a{one // 10}\n" for one in range(40)))
    head = SURVEY.partition("\n")[0]
    rows = [f"s{one},2026-05-01T09:00,p{one},lists,csat,{5 if one < 20 else 1},5,,,mail" for one in range(40)]
    project.export("survey.csv", "\n".join([head, *rows]) + "\n")
    project.refresh()
    session = open_session(project.root)
    found = feedback(session, "lists", Window(date(2026, 5, 1), date(2026, 5, 3)))
    session.warehouse.close()
    assert found is not None
    assert found.best is not None
    assert found.best == wilson(Moments(40, 4, 20, 40, 200, 200, 400), level=0.95)
    assert (found.best.low or 0) < 0.1
