"""Pages without a browser: every number against the report it shows, and every state a page can be in."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from prodops_metrics.pages import main
from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.overview import overview
from prodops_metrics.reports.session import Session

SCRIPT = str(main.__file__)


def shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The dashboard's first page after one run."""
    return drawn(Path(SCRIPT), project, monkeypatch)


@pytest.fixture
def feature_page(tmp_path: Path) -> Path:
    """A script that draws the feature page alone: AppTest does not follow addresses of functions."""
    script = tmp_path / "page.py"
    script.write_text("from prodops_metrics.pages import feature\nfeature.page()\n")
    return script


def drawn(script: Path, project: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv("PRODOPS_PROJECT", str(project))
    test = AppTest.from_file(str(script), default_timeout=60)
    for name, value in address.items():
        test.query_params[name] = value
    return test.run()


def texts(test: AppTest) -> str:
    """Every text of the page; a number and its unit with a common space between."""
    return "\n".join(
        str(element.value) for element in (*test.markdown, *test.warning, *test.info, *test.error, *test.code)
    ).replace("\N{NO-BREAK SPACE}", " ")


def test_the_overview_shows_what_the_report_says(
    sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = shown(sample_project, monkeypatch)
    expected = overview(sample)
    assert not test.exception
    assert expected.sentence in texts(test)
    links = test.main.get("page_link")
    assert [link.proto.label for link in links] == [f":primary[**{line.feature.name}**]" for line in expected.lines]
    assert [link.proto.query_string for link in links] == [f"feature={line.feature.id}" for line in expected.lines]
    page = texts(test)
    for line in expected.lines:
        adoption = line.cards["adoption"]
        assert f"**{adoption.text}**" in page
        assert adoption.movement_text in page
        assert all(f"{line.cards[name].text}  \n" in page for name in ("active_units", "activation", "retention"))


def test_what_a_feature_cannot_have_is_said_on_the_overview(
    sample_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    edited = project / "metric_defs" / "templates.yml"
    edited.write_text(edited.read_text().replace("    succeeded: template_document_saved\n", ""))
    page = texts(shown(project, monkeypatch))
    assert "No activation: no `succeeded` declared." in page
    assert "\\-  \n:small[:gray[activation]]" in page


@pytest.mark.parametrize("feature", ["search", "templates", "ai_summary", "offline_mode"])
def test_the_feature_page_shows_the_cards_of_the_report(
    feature_page: Path, sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch, feature: str
) -> None:
    test = drawn(feature_page, sample_project, monkeypatch, feature=feature)
    report = feature_report(sample, feature)
    assert not test.exception
    assert [metric.value for metric in test.metric] == [card.text for card in (*report.cards, *report.more)]
    page = texts(test)
    for card in report.cards:
        assert card.movement_text in page
    assert all(sentence in page for sentence in report.summary)


def test_a_receipt_is_written_when_it_is_opened_and_not_before(
    feature_page: Path, sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(feature_page, sample_project, monkeypatch, feature="search")
    assert not test.code
    cards = [card for card in feature_report(sample, "search").cards if card.receipt]
    assert len(cards) == 4
    for card in cards:
        test.session_state[f"receipt {card.metric}"] = True
    assert [code.value for code in test.run().code] == [card.receipt.sql for card in cards if card.receipt]


def test_weeks_move_the_charts_and_no_card(
    feature_page: Path, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(feature_page, sample_project, monkeypatch, feature="search")
    before = [metric.value for metric in test.metric]
    test.segmented_control(key="weeks").set_value("26").run()
    assert test.query_params["weeks"] == "26"
    assert [metric.value for metric in test.metric] == before
    test.segmented_control(key="weeks").set_value("12").run()
    assert "weeks" not in test.query_params


def test_a_link_by_id_is_followed_and_the_default_is_left_out(
    feature_page: Path, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(feature_page, sample_project, monkeypatch, feature="templates", weeks="4")
    assert test.title[0].value == "Templates"
    assert (test.query_params["feature"], test.query_params["weeks"]) == ("templates", "4")


def test_an_unknown_feature_is_named_with_the_nearest(
    feature_page: Path, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(feature_page, sample_project, monkeypatch, feature="serach")
    assert not test.exception
    assert "There is no feature `serach`. Did you mean `search`?" in texts(test)
    assert not test.metric, "never silently another feature"


def test_an_unknown_feature_offers_those_that_are_defined(
    feature_page: Path, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(feature_page, sample_project, monkeypatch, feature="serach")
    test.button(key="open feature search").click().run()
    assert test.title[0].value == "Smart Search"


def test_the_series_shown_is_in_the_address(
    feature_page: Path, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(feature_page, sample_project, monkeypatch, feature="search", series="retention")
    assert test.segmented_control(key="series").value == "retention"
    test.segmented_control(key="series").set_value("adoption").run()
    assert "series" not in test.query_params
    test.segmented_control(key="series").set_value("activation").run()
    assert test.query_params["series"] == "activation"


def test_a_series_without_a_point_says_why_instead_of_an_empty_chart(
    feature_page: Path, sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(feature_page, sample_project, monkeypatch, feature="offline_mode", series="adoption")
    adoption = feature_report(sample, "offline_mode").cards[0]
    assert f"Adoption has no point to draw in these 12 weeks. Now: {adoption.movement_text}." in texts(test)


def test_without_a_warehouse_the_page_names_the_command(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(repository / "metric_defs", tmp_path / "metric_defs")
    test = shown(tmp_path, monkeypatch)
    assert not test.exception
    assert "prodops refresh" in texts(test)


def test_broken_definitions_leave_the_last_good_ones_in_force(
    feature_page: Path, sample_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "broken")
    good = drawn(feature_page, project, monkeypatch, feature="search")
    broken = project / "metric_defs" / "search.yml"
    broken.write_text(broken.read_text().replace("used:", "usd:"))
    test = good.run()
    page = texts(test)
    assert not test.exception
    assert "the last good ones stay in force" in page
    assert "metric_defs/search.yml:" in page
    assert test.metric[0].value != "-"


def test_definitions_broken_from_the_start_are_shown_with_their_place(
    feature_page: Path, sample_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    (project / "metric_defs" / "search.yml").write_text("features:\n  search: [\n")
    test = drawn(feature_page, project, monkeypatch)
    assert not test.exception
    assert "metric_defs/search.yml:" in texts(test)
