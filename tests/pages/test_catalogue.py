"""The metric catalogue without a browser: what is found, and every number of a sheet as the engine answers it."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from prodops_metrics.reports.catalogue import Wanted, found, metric_lines, metric_sheet, streams_about
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import headline_text


def drawn(draw: str, project: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    """One page after one run, alone: AppTest does not follow addresses of functions."""
    monkeypatch.setenv("PRODOPS_PROJECT", str(project))
    page, _, function = draw.partition(".")
    test = AppTest.from_string(f"from prodops_metrics.pages import {page}\n{page}.{function}()\n", default_timeout=60)
    for name, value in address.items():
        test.query_params[name] = value
    return test.run()


def texts(test: AppTest) -> str:
    """Every text of the page; a number and its unit with a common space between."""
    every = (*test.title, *test.markdown, *test.warning, *test.info, *test.error, *test.code, *test.header)
    return "\n".join(str(element.value) for element in every).replace("\N{NO-BREAK SPACE}", " ")


def links(test: AppTest) -> list[str]:
    return [link.proto.query_string for link in test.get("page_link")]


def ids(session: Session, **wanted: str) -> list[str]:
    return [line.id for line in found(session.catalog, metric_lines(session.catalog), Wanted(**wanted)).lines]


def test_a_metric_is_found_by_any_of_its_words(sample: Session) -> None:
    assert "search_zero_result_rate" in ids(sample, words="found nothing")
    assert "search_zero_result_rate" in ids(sample, words="search_submitted")
    assert set(ids(sample, words="discovery funnel")) >= {"search_click_through", "search.activation"}
    assert ids(sample, words="zero rate")[0] == "search_zero_result_rate"
    assert not ids(sample, words="nothing_has_this_word")


def test_filters_are_by_id_and_narrow_together(sample: Session) -> None:
    team = sample.catalog.features["search"].owner or ""
    of_team = ids(sample, team=team)
    assert of_team
    assert set(ids(sample, team=team, type="funnel")) == {
        name for name in of_team if sample.catalog.metrics[name].type == "funnel"
    }
    assert ids(sample, status="deprecated") == [
        name for name, metric in sample.catalog.metrics.items() if metric.status == "deprecated"
    ]


def test_every_metric_of_the_project_is_listed_once(sample: Session) -> None:
    assert sorted(ids(sample)) == sorted(sample.catalog.metrics)


def test_the_list_says_how_many_there_are_and_shows_the_first(
    sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn("catalogue.page", sample_project, monkeypatch)
    assert not test.exception
    many = len(sample.catalog.metrics)
    assert f"**All {many} metrics**" in texts(test)
    assert len(links(test)) == 25
    test.button[0].click().run()
    assert test.query_params["shown"] == "all"
    assert len(links(test)) == many


def test_what_is_looked_for_stands_in_the_address(
    sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn("catalogue.page", sample_project, monkeypatch, find="found nothing", type="ratio")
    assert links(test) == ["metric=search_zero_result_rate"]
    test.text_input(key="find").set_value("click").run()
    test.selectbox(key="type").set_value("funnel").run()
    assert (test.query_params["find"], test.query_params["type"]) == ("click", "funnel")
    assert links(test) == [f"metric={name}" for name in ids(sample, words="click", type="funnel")]


def test_nothing_found_names_what_is_near(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn("catalogue.page", sample_project, monkeypatch, find="searches finding nothing whatsoever")
    assert "No metric has all of “searches finding nothing whatsoever”" in texts(test)
    assert "metric=search_zero_result_rate" in links(test)


def test_an_unknown_filter_is_said_and_never_taken_for_another(
    sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn("catalogue.page", sample_project, monkeypatch, type="funel")
    assert "There is no type `funel` here. Did you mean `funnel`?" in texts(test)
    assert not links(test)


@pytest.mark.parametrize(
    "name", ["search_weekly_users", "search.adoption", "search_click_through", "customer_rollback_rate", "search.retention"]
)
def test_a_sheet_has_the_number_that_the_engine_answers(
    sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    test = drawn("catalogue.sheet_page", sample_project, monkeypatch, metric=name)
    assert not test.exception
    answer = query(sample, name, Asked())
    assert test.metric[0].value == headline_text(answer.metric, answer.headlines[-1].now)
    page = texts(test)
    assert answer.receipt.sql in page
    written = metric_sheet(sample, name).written.text
    assert written.startswith(f"{name.rpartition('.')[2]}:")
    assert written in page
    assert str(answer.metric.place) in page


def test_a_sheet_says_who_uses_the_metric(sample: Session) -> None:
    used = metric_sheet(sample, "search_click_through").used_by
    assert used["features"] == ("search",)
    for kind, names in used.items():
        if kind != "features":
            assert set(names) == {one.id for one in sample.catalog.dependents("search_click_through") if one.kind == kind}


def test_an_absent_metric_says_why(sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, why = next(iter(sample.catalog.absent.items()))
    assert f"`{name}` is absent: {why}." in texts(drawn("catalogue.sheet_page", sample_project, monkeypatch, metric=name))


def test_an_unknown_metric_is_named_with_the_nearest(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn("catalogue.sheet_page", sample_project, monkeypatch, metric="search.adoptoin")
    assert not test.exception
    assert "Did you mean `search.adoption`?" in texts(test)
    assert not test.metric


def test_a_second_definition_of_the_same_calculation_is_said(sample_project: Path, tmp_path: Path) -> None:
    from prodops_metrics.reports.session import open_session

    project = shutil.copytree(sample_project, tmp_path / "project")
    text = (
        "metrics:\n  searchers_again:\n    description: The same once more\n    type: count_distinct\n"
        "    event: search_submitted\n    feature: search\n"
    )
    (project / "metric_defs" / "again.yml").write_text(text)
    assert "searchers_again" in metric_sheet(open_session(project), "search_weekly_users").duplicates


def test_without_git_the_sheet_says_that_history_is_absent(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn("catalogue.sheet_page", sample_project, monkeypatch, metric="search_weekly_users")
    assert "Absent: no refresh has read it yet" in texts(test)


def test_every_type_with_a_stream_leads_to_it() -> None:
    assert "funnel_window" in [stream.id for stream in streams_about("funnel")]
    assert "retention_days" in [stream.id for stream in streams_about("retention")]
    assert not streams_about("time_to")


def test_every_receipt_leads_to_the_sheet_of_its_metric(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn("feature.page", sample_project, monkeypatch, feature="search")
    for metric in ("search.adoption", "search.retention"):
        test.session_state[f"receipt {metric}"] = True
    test.run()
    assert {"metric=search.adoption", "metric=search.retention"} <= set(links(test))
