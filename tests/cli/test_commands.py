"""What a person types, and what they read then."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from prodops_metrics.cli.app import app
from tests.projects import write_project


def prodops(project: Path, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["--project", str(project), *words], input=typed, env={"COLUMNS": "200"})


@pytest.fixture
def unbuilt(repository: Path, tmp_path: Path) -> Path:
    """The sample's definitions and two of its exports, before the first refresh."""
    shutil.copytree(repository / "metric_defs", tmp_path / "metric_defs")
    exports = tmp_path / "data" / "exports"
    (exports / "events").mkdir(parents=True)
    for name in ("events/2026-07-13.csv.gz", "users.csv", "accounts.csv", "releases.csv", "surveys.csv", "identities.csv"):
        shutil.copy(repository / "data" / "exports" / name, exports / name)
    return tmp_path


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    for command in ("check", "refresh", "query", "report", "quarantine", "serve"):
        assert command in shown


def test_a_first_refresh_a_second_one_and_what_was_set_aside(unbuilt: Path) -> None:
    first, again = prodops(unbuilt, "refresh"), prodops(unbuilt, "refresh")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "Snapshot 1 is in force" in first.stdout
    assert (
        "1 row with more or fewer fields than the header has, such as data/exports/events/2026-07-13.csv.gz:" in first.stdout
    )
    assert again.stdout.startswith("Up to date")
    listed = prodops(unbuilt, "quarantine")
    assert "x900002,app_opened,u0412" in listed.stdout


def test_the_accounts_of_a_refresh_as_json(unbuilt: Path) -> None:
    report = json.loads(prodops(unbuilt, "refresh", "--json", "--no-reports").stdout)
    for file in report["files"]:
        parts = file["loaded"] + file["duplicates"] + file["quarantined"] + file["control"]
        assert file["rows_read"] == parts > 0
    assert (report["snapshot"], report["exit_code"]) == (1, 0)
    assert list(report["kept_seconds"]) == ["verdicts", "figures", "history of the definitions", "health of the data"]


def test_a_dry_run_changes_nothing(unbuilt: Path) -> None:
    result = prodops(unbuilt, "refresh", "--dry-run")
    assert result.stdout.startswith("This would publish")
    assert "There is no warehouse yet" in prodops(unbuilt, "report").stderr


def test_check_counts_what_is_defined_and_places_what_is_wrong(unbuilt: Path) -> None:
    checked = prodops(unbuilt, "check")
    assert checked.exit_code == 0
    assert "No faults" in checked.stdout
    assert ": 3 sources, 46 events, 9 features," in checked.stdout
    search = unbuilt / "metric_defs" / "search.yml"
    search.write_text(search.read_text().replace("event: search_submitted,", "event: search_submited,", 1))
    broken = prodops(unbuilt, "check")
    assert broken.exit_code == 1
    assert "there is no event `search_submited`" in broken.stdout
    assert "Did you mean `search_submitted`?" in broken.stdout
    assert "metric_defs/search.yml:" in broken.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("query", "serch.adoption"), "There is no metric `serch.adoption`. Did you mean `search.adoption`?"),
        (("report", "serch"), "There is no feature `serch`. Did you mean `search`?"),
        (
            ("query", "search.adoption", "--by", "pln"),
            "There is no segment, attribute or event property `pln`. Did you mean `plan`?",
        ),
        (("query", "search_count", "--grain", "month"), "`grains: [month]` in its definition"),
        (("query", "search.adoption", "--grain", "month"), "is counted over a rolling window, with a point a week"),
        (("query", "search_count", "--from", "2026-11-02", "--to", "2026-11-01"), "The range is empty"),
        (("query", "search.retention", "--grain", "month"), "is counted by cohorts of one week"),
    ],
)
def test_a_question_that_cannot_be_asked_says_how_to_ask(sample_project: Path, words: tuple[str, ...], said: str) -> None:
    result = prodops(sample_project, *words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    told = json.loads(prodops(sample_project, *words, "--json").stdout)
    assert said in told["error"]["message"]


def test_a_date_that_is_none_is_refused_with_the_form(sample_project: Path) -> None:
    result = prodops(sample_project, "query", "search_count", "--from", "2026-13-01")
    assert result.exit_code == 2
    assert "write it as 2026-05-04" in result.stderr


def test_a_report_reads_like_the_page(sample_project: Path) -> None:
    shown = prodops(sample_project, "report", "search").stdout
    assert "51.0 % of eligible active users used Smart Search in 28 days, 20 Oct to 16 Nov 2026: no clear change" in shown
    assert "Shown it" in shown
    assert "2,107 of 4,131 eligible active users" in shown


def test_the_overview_in_the_terminal(sample_project: Path) -> None:
    shown = prodops(sample_project, "report").stdout
    assert "= 9 features" in shown
    assert "too few to say: 30 users in 10 accounts are needed" in shown


def test_the_sql_of_a_metric_stands_alone(sample_project: Path) -> None:
    shown = prodops(sample_project, "query", "search.adoption", "--sql").stdout
    assert shown.startswith("WITH windows")
    assert "$p" not in shown


def test_a_source_that_reads_nothing_any_more_leaves_the_snapshot_in_force(tmp_path: Path) -> None:
    definitions = "events: {used: {description: Used}}\nmetrics: {uses: {type: count, description: Uses, event: used}}\n"
    write_project(tmp_path, definitions, "user,event,time\nu1,used,2024-01-01 09:00\nu1,used,2024-01-07 09:00\n")
    assert prodops(tmp_path, "refresh").exit_code == 0
    sources = tmp_path / "metric_defs" / "sources.yml"
    good = sources.read_text()
    sources.write_text(good.replace("{timezone: UTC}", "{timezone: UTC, format: '%d/%m/%Y'}"))
    failed = prodops(tmp_path, "refresh")
    assert failed.exit_code == 1
    assert "None of 2 rows could be loaded, such as events.csv:2 (a time that cannot be read)" in failed.stderr
    sources.write_text(good)
    assert prodops(tmp_path, "query", "uses", "--whole").exit_code == 0
