"""The page "Try a metric" without a browser: faults, numbers, twins, and the way to a pull request."""

import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from prodops_metrics.reports.figures import figure
from prodops_metrics.reports.session import Session
from tests.pages.test_pictures import paths

WEEKLY = """\
metrics:
  searching_people:
    description: People who search
    type: count_distinct
    event: search_submitted
    feature: search
"""
REPOSITORY = '  repository: {url: "https://github.example/folio/metrics"}\n'


def drawn(project: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv("PRODOPS_PROJECT", str(project))
    test = AppTest.from_string("from prodops_metrics.pages import new\nnew.page()\n", default_timeout=60)
    for name, value in address.items():
        test.query_params[name] = value
    return test.run()


def texts(test: AppTest) -> str:
    """Every text of the page; a number and its unit with a common space between."""
    kinds = (test.markdown, test.warning, test.info, test.error, test.code, test.header)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\N{NO-BREAK SPACE}", " ")


def test_it_starts_with_a_metric_that_has_numbers(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(sample_project, monkeypatch)
    assert not test.exception
    assert [metric.label for metric in test.metric] == ["my_metric"]
    assert "start" not in test.query_params


def test_its_number_is_that_of_the_metric_that_means_the_same(
    sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(sample_project, monkeypatch, definition=WEEKLY)
    assert test.metric[0].value == figure(sample, "search_weekly_users", "x").text
    page = texts(test)
    assert (
        "`search_weekly_users` People who ran at least one search in the week  \n:small[:gray[The same calculation" in page
    )
    assert "`search.active_units` People who used it in the window" in page
    assert len(paths(test)) == 1


def test_a_fault_has_its_line_its_caret_and_its_cure(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(sample_project, monkeypatch, definition=WEEKLY.replace("search_submitted", "search_submited"))
    page = texts(test)
    assert "**Line 5, column 12.** There is no event `search_submited`." in page
    assert "Did you mean `search_submitted`?" in page
    assert "    event: search_submited\n           ^^^^^^^^^^^^^^^" in page
    assert "No numbers yet" in page
    assert not test.metric


def test_a_metric_that_exists_can_be_started_from(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(sample_project, monkeypatch, start="search_zero_result_rate")
    assert [metric.label for metric in test.metric] == ["search_zero_result_rate_2"]
    test.selectbox(key="start").set_value("sum").run()
    assert test.query_params["start"] == ["sum"] or test.query_params["start"] == "sum"
    assert [metric.label for metric in test.metric] == ["my_metric"]


def test_another_start_takes_the_place_of_a_text_that_was_passed_on(
    sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(sample_project, monkeypatch, definition=WEEKLY)
    test.selectbox(key="start").set_value("share").run()
    assert "definition" not in test.query_params
    assert [metric.label for metric in test.metric] == ["my_metric"]


def test_an_unknown_start_is_said(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no metric or metric type `serach`" in texts(drawn(sample_project, monkeypatch, start="serach"))


def test_without_a_repository_it_says_where_to_save_it(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = texts(drawn(sample_project, monkeypatch, definition=WEEKLY))
    assert "Save it as `metric_defs/team-discovery/searching_people.yml`" in page


def test_with_a_repository_a_button_opens_it_as_a_new_file(
    sample_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    yml = project / "metric_defs" / "project.yml"
    yml.write_text(yml.read_text().replace("  week_start: monday\n", "  week_start: monday\n" + REPOSITORY))
    test = drawn(project, monkeypatch, definition=WEEKLY)
    (button,) = test.get("link_button")
    address = urlsplit(button.proto.url)
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://github.example/folio/metrics/new/main"
    asked = parse_qs(address.query)
    assert asked == {"filename": ["metric_defs/team-discovery/searching_people.yml"], "value": [WEEKLY]}


def test_a_draft_is_marked_as_one(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(sample_project, monkeypatch, definition=WEEKLY + "    status: draft\n")
    assert [metric.label for metric in test.metric] == ["searching_people :blue-badge[Draft]"]


def test_faults_of_other_files_are_told_apart_from_those_of_the_text(
    sample_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    test = drawn(project, monkeypatch, definition=WEEKLY)
    assert test.metric
    (project / "metric_defs" / "export.yml").write_text("features:\n  export: {usd: export_started}\n")
    test.run()
    page = texts(test)
    assert "the last good ones stay in force" in page
    assert "Other files of the project have" in page
    assert not test.metric


def test_events_can_be_found_by_their_properties(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(sample_project, monkeypatch)
    test.text_input[0].set_value("rank").run()
    assert "- `search_result_clicked`" in texts(test)
    assert "- `app_opened`" not in texts(test)
    test.text_input[0].set_value("zebra").run()
    assert "None has that in it." in texts(test)


def test_drafts_stand_on_the_overview_and_the_feature_page(
    sample_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    (project / "metric_defs" / "mine.yml").write_text(WEEKLY + "    status: draft\n")
    monkeypatch.setenv("PRODOPS_PROJECT", str(project))
    overview = AppTest.from_string("from prodops_metrics.pages.main import main\nmain()\n", default_timeout=60).run()
    assert not overview.exception
    assert "may still change: `searching_people` (Smart Search)" in texts(overview)
    page = AppTest.from_string("from prodops_metrics.pages import feature\nfeature.page()\n", default_timeout=60)
    page.query_params["feature"] = "search"
    assert "Searching people :blue-badge[Draft]" in [metric.label for metric in page.run().metric]
