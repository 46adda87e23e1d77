"""The list of pages: what stands in it, what its links pass on, and the pages of goals and experiments."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from prodops_metrics.pages import main, navigation
from prodops_metrics.reports.goal_list import goal_counts, goal_lines
from prodops_metrics.reports.session import Session
from tests.pages.test_pages import drawn, texts


def listed(test: AppTest) -> dict[str, str]:
    """The links beside a page: what each is called, and the address it passes on."""
    return {link.proto.label: link.proto.query_string for link in test.sidebar.get("page_link")}


def test_the_list_passes_on_what_was_chosen(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(Path(str(main.__file__)), sample_project, monkeypatch)
    assert listed(test)["Feature report"] == ""
    test.segmented_control(key="weeks").set_value("26").run()
    assert listed(test)["Feature report"] == listed(test)["Overview"] == "weeks=26"
    assert listed(test)["Try a metric"] == ""
    test.segmented_control(key="weeks").set_value("12").run()
    assert listed(test)["Feature report"] == ""


def test_the_list_is_drawn_once_in_a_run(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawings, plain = [], navigation.sidebar

    def counted(*given: Any) -> None:  # noqa: ANN401
        drawings.append(given[-1])
        plain(*given)

    monkeypatch.setattr(navigation, "sidebar", counted)
    test = AppTest.from_file(str(main.__file__), default_timeout=60)
    monkeypatch.setenv("PRODOPS_PROJECT", str(sample_project))
    test.query_params["weeks"] = "26"
    assert not test.run().exception
    drawings.clear()
    for weeks, passed in (("4", {"weeks": ["4"]}), ("12", {}), ("26", {"weeks": ["26"]})):
        test.segmented_control(key="weeks").set_value(weeks).run()
        assert drawings == [passed]
        drawings.clear()
    test.query_params["weeks"] = "4"
    test.run()
    assert drawings == [{"weeks": ["4"]}]


def test_goals_and_experiments_stand_in_the_list_where_there_are_some(
    sample_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = listed(drawn(Path(str(main.__file__)), sample_project, monkeypatch).run())
    assert {"Goals", "Experiments"} <= there.keys()
    project = shutil.copytree(sample_project, tmp_path / "project")
    (project / "metric_defs" / "goals.yml").unlink()
    search = project / "metric_defs" / "search.yml"
    text = search.read_text()
    search.write_text(f"{text[: text.index('experiments:')]}{text[text.index('insights:') :]}")
    for each in (project / "metric_defs").glob("*.yml"):
        assert "\nexperiments:" not in each.read_text()
    gone = listed(drawn(Path(str(main.__file__)), project, monkeypatch).run())
    assert "Experiments" not in gone


@pytest.fixture
def page(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    script = tmp_path / "page.py"
    script.write_text(f"from prodops_metrics.pages import {request.param}\n{request.param}.page()\n")
    return script


@pytest.mark.parametrize("page", ["goals"], indirect=True)
def test_every_goal_says_where_it_stands(
    page: Path, sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(page, sample_project, monkeypatch)
    lines, said = goal_lines(sample), texts(test)
    assert not test.exception
    assert goal_counts(lines) in said
    assert f"= {len(sample.catalog.goals)} goals" in goal_counts(lines)
    rollbacks = next(line for line in lines if line.goal.id == "fewer_rollbacks")
    assert rollbacks.standing.state == "achieved"
    assert "6.8 % (2.3 % to 20.1 %) to 31 Oct 2026, aiming at 10.0 %. From 29.5 % over 18 May to 2 Aug 2026." in said
    assert all(" ".join(line.sentences) in said for line in lines)
    assert "Latest: 51.0 %; 2,107 of 4,131 eligible active users; 28 days, 20 Oct to 16 Nov 2026" in said


@pytest.mark.parametrize("page", ["experiments"], indirect=True)
def test_every_experiment_says_what_was_declared(page: Path, sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(page, sample_project, monkeypatch)
    assert not test.exception
    said = texts(test)
    assert "Users were dealt control 50 %, treatment 50 %; the others are compared with control." in said
    assert "from 5 Oct 2026 to 1 Nov 2026" in said
    assert "Decided by `search_click_through` (" in said
    assert ", if it moves by 4 pp at least. `search_zero_result_rate` (" in said
    assert "may get worse by no more than 2 pp." in said
    assert "not computed" not in said
    assert "The numbers of `search_click_through`" in [one.proto.label for one in test.get("page_link")]


def test_each_page_is_written_down_with_its_time_and_snapshot(
    sample_project: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="prodops_metrics")
    drawn(Path(str(main.__file__)), sample_project, monkeypatch)
    (line,) = (record for record in caplog.records if record.getMessage() == "page")
    assert (line.page, line.snapshot) == ("/", 1)  # type: ignore[attr-defined]
    assert line.ms >= 0  # type: ignore[attr-defined]
