"""A real log of a learning platform, with all that is wrong with it; counts as its README gives them."""

from pathlib import Path

from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.health import keep_health
from prodops_metrics.reports.session import open_session
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent
from tests.warehouse.projects import NOW, TestProject, make_project

SOURCES = """
sources:
  log:
    kind: events
    files: {files}
    format: moodle
    time: {{timezone: Asia/Muscat}}
    duplicates: {duplicates}
    complete_through: newest_day
"""
BY_RULE = """
sources:
  log:
    kind: events
    files: {files}
    columns:
      event: Event name
      time: Time
      user: {{from: Description, pattern: "[Uu]ser with id '(\\\\d+)'"}}
    time: {{timezone: Asia/Muscat, format: "%d/%m/%y, %H:%M"}}
    duplicates: keep
    complete_through: newest_day
"""
COMPONENTS = "properties: {Component: {type: string}}"
USED = """
SELECT Component, count(DISTINCT user_key) FROM events WHERE Component IN ('File', 'Assignment', 'URL', 'File submissions',
'Forum', 'H5P', 'BigBlueButtonBN', 'Turnitin Assignment 2') GROUP BY Component ORDER BY 2 DESC"""


def oman(root: Path, shared: Path, sources: str, **words: str) -> TestProject:
    files = shared / "datasets" / "moodle_oman_raw.csv.gz"
    return make_project(root, sources=sources.format(files=files, **words), events=COMPONENTS)


def test_the_users_stand_in_the_text_and_three_days_never_were(tmp_path: Path, shared: Path) -> None:
    project = oman(tmp_path, shared, SOURCES, duplicates="keep")
    totals = project.refresh().totals
    assert (totals["rows_read"], totals["loaded"], totals["quarantined"]) == (98_697, 98_694, 3)
    refused = project.query("SELECT raw, reason, column_name FROM quarantine ORDER BY line")
    assert [("29/02/18" in raw, reason) for raw, reason, _ in refused] == [(True, "time")] * 3
    assert project.column("SELECT count(*) FROM user_units") == [430]
    # 14,915 descriptions name nobody; 77 rows have none at all.
    nobodys = project.query(
        "SELECT count(*), count(*) FILTER (extra->>'Description' IS NOT NULL), "
        "count(*) FILTER (Component = 'Turnitin Assignment 2') FROM events WHERE user_key IS NULL"
    )
    assert nobodys == [(14_992, 14_915, 14_846)]
    assert dict(project.query(USED)) == {
        "File": 412,
        "Assignment": 269,
        "URL": 268,
        "File submissions": 198,
        "Forum": 52,
        "H5P": 44,
        "BigBlueButtonBN": 26,
        "Turnitin Assignment 2": 0,
    }


def test_a_rule_in_yaml_says_the_same_as_the_format(tmp_path: Path, shared: Path) -> None:
    project = oman(tmp_path, shared, BY_RULE)
    totals = project.refresh().totals
    assert (totals["rows_read"], totals["loaded"], totals["quarantined"]) == (98_697, 98_694, 3)
    assert project.column("SELECT count(*) FROM user_units") == [430]
    assert project.column("SELECT count(*) FROM events WHERE user_key IS NULL AND extra->>'Description' <> ''") == [14_915]
    assert project.column("SELECT column_name FROM quarantine") == ["Time"] * 3


FEATURES = """
properties: {Component: {type: string}}
events:
  submitted: {description: A paper was handed in., aliases: [Add Submission]}
  viewed: {description: A file was opened., aliases: [Course module viewed]}
features:
  turnitin: {name: Turnitin, used: submitted}
  turnitin_by_component: {name: Turnitin by component, used: {event: any, filter: {Component: Turnitin Assignment 2}}}
  files: {name: Files, used: {event: viewed, filter: {Component: File}}}
"""


def test_health_says_that_turnitin_has_no_users_and_what_that_makes_unreadable(tmp_path: Path, shared: Path) -> None:
    project = oman(tmp_path, shared, SOURCES, duplicates="keep")
    project.define("events", FEATURES)
    refresh(load_catalog(tmp_path), progress=Silent(), now=NOW)
    told = {one.id: one for one in keep_health(open_session(tmp_path), NOW).findings}
    by_name, by_component = told["without_id:submitted"], told["without_id:turnitin_by_component.used"]
    assert (by_name.severity, by_name.features) == ("failing", ("turnitin",))
    assert by_name.what.startswith("30 of 30 (100 %) of `submitted` have no user")
    assert (by_component.severity, by_component.features) == ("failing", ("turnitin_by_component",))
    assert not [one for one in told.values() if one.kind == "without_id" and "files" in one.features]
