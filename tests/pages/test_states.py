"""Every state of a page: what stands in its address, what there is not, what came or went while it was open."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from prodops_metrics.errors import QueryError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.pages.loading import stamp
from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.overview import narrowed, overview
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.reports.view import View
from prodops_metrics.warehouse.connection import Fetch, Warehouse
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent
from prodops_metrics.warehouse.statement import Statement
from tests.pages.test_pages import drawn, texts
from tests.pages.test_pictures import paths
from tests.projects import write_project

SMALL = """
events:
  looked: {description: Looked}
  used: {description: Used it}
features:
  search: {used: used, name: Search}
"""


@pytest.fixture
def page(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A script that draws one page alone; the parameter is its module, the feature report unless said otherwise."""
    name = getattr(request, "param", "feature")
    script = tmp_path / "page.py"
    script.write_text(f"from prodops_metrics.pages import {name}\n{name}.page()\n")
    return script


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Ten users of two days; each test has its own, so that it may be changed."""
    folder = tmp_path / "small"
    lines = [f"u{user},{event},2024-01-0{day}" for user in range(10) for day in (2, 3) for event in ("looked", "used")]
    write_project(folder, SMALL, "\n".join(["user,event,time", *lines]) + "\n")
    refresh(load_catalog(folder), progress=Silent(), now=datetime(2024, 1, 4))
    return folder


def more(project: Path) -> None:
    """Another file of events, and the refresh that publishes it."""
    sources = project / "metric_defs" / "sources.yml"
    sources.write_text(sources.read_text().replace("files: events.csv", "files: [events.csv, later.csv]"))
    (project / "later.csv").write_text("user,event,time\nu1,used,2024-01-04\n")
    refresh(load_catalog(project), progress=Silent(), now=datetime(2024, 1, 5))


def test_a_segment_in_the_address_moves_the_cards_and_not_the_verdict(
    page: Path, sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(page, sample_project, monkeypatch, feature="search", segment="paying")
    seen, everybody = feature_report(sample, "search", View(segment="paying")), feature_report(sample, "search")
    assert not test.exception
    assert [one.value for one in test.metric[:4]] == [card.text for card in seen.cards]
    assert seen.cards[0].text != everybody.cards[0].text
    assert (
        "These numbers: only People in accounts on any paid plan (segment paying). The verdict is about everybody."
        in texts(test)
    )
    assert all(reason.sentence in texts(test) for reason in everybody.verdict.reasons)
    assert test.query_params["segment"] == "paying"
    test.selectbox(key="segment").set_value("everyone").run()
    assert "segment" not in test.query_params
    assert [one.value for one in test.metric[:4]] == [card.text for card in everybody.cards]


def test_accounts_are_counted_where_the_address_says_so(
    page: Path, sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(page, sample_project, monkeypatch, feature="search", entity="account")
    cards = feature_report(sample, "search", View(entity="account")).cards
    assert not test.exception
    assert test.metric[0].value == cards[0].text == "92.9 %"
    assert "367 of 395 eligible active accounts" in texts(test)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("segment", "payin", "There is no segment `payin`. Did you mean `paying`?"),
        ("entity", "acount", "There is no entity `acount`. Did you mean `account`?"),
    ],
)
def test_what_the_address_names_and_there_is_not_is_said_with_the_nearest(
    page: Path, sample_project: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    test = drawn(page, sample_project, monkeypatch, feature="search", **{name: value})
    assert not test.exception
    assert said in texts(test)
    assert not test.metric, "never silently something else"
    assert test.query_params[name] == value, "the link stays what it was"


def test_dates_stand_in_the_address_and_a_wrong_one_is_said(
    page: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(page, small, monkeypatch, **{"from": "2024-01-02", "to": "2024-01-03"})
    assert test.segmented_control(key="weeks").value == "dates"
    assert "weeks" not in test.query_params
    test.segmented_control(key="weeks").set_value("4").run()
    assert "from" not in test.query_params
    assert test.query_params["weeks"] == "4"
    wrong = drawn(page, small, monkeypatch, **{"from": "tomorrow", "to": "2024-01-03"})
    assert not wrong.exception
    assert "`from=tomorrow` is no day" in texts(wrong)


def test_a_refresh_published_while_the_page_is_open_is_taken_up_and_said(
    page: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn(page, small, monkeypatch)
    assert not test.toast
    more(small)
    test.run()
    assert [one.value for one in test.toast] == ["New data is shown: snapshot 2 in the place of 1, data through 4 Jan 2024."]
    assert "snapshot 2" in texts(test)
    test.run()
    assert not test.toast, "it is said once"


def test_drawing_a_page_again_asks_the_warehouse_nothing(page: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(page, small, monkeypatch)
    asked: list[str] = []
    plain = Warehouse.run

    def counted(self: Warehouse, statement: Statement, *, fetch: Fetch) -> pl.DataFrame:
        asked.append(statement.sql)
        return plain(self, statement, fetch=fetch)

    monkeypatch.setattr(Warehouse, "run", counted)
    test.segmented_control(key="weeks").set_value("4").run()
    assert not test.exception
    few = len(asked)
    assert few < 25, "other weeks ask for their points only, if nobody asked before"
    test.segmented_control(key="weeks").set_value("12").run()
    assert len(asked) == few


def test_a_fixed_link_shows_its_snapshot_whatever_came_since(
    page: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = stamp(open_session(small))
    more(small)
    test = drawn(page, small, monkeypatch, **then)
    assert not test.exception
    assert "This link is fixed to snapshot 1, data through 3 Jan 2024. The definitions have changed since" in texts(test)
    assert "Data through 3 Jan 2024" in texts(test)
    test.button(key="live").click().run()
    assert "Data through 4 Jan 2024" in texts(test)
    assert "snapshot" not in test.query_params


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("7.abc", "This link is fixed to snapshot 7, which is not kept any more."),
        ("1.000000", "This link is fixed to a snapshot 1 that has been replaced by another of that number."),
        ("none", "This link is fixed to snapshot none, which is not kept any more."),
    ],
)
def test_a_fixed_link_whose_snapshot_is_gone_says_so_and_offers_the_live_page(
    page: Path, small: Path, monkeypatch: pytest.MonkeyPatch, asked: str, said: str
) -> None:
    test = drawn(page, small, monkeypatch, snapshot=asked)
    assert not test.exception
    assert said in texts(test)
    assert not test.metric
    test.button(key="live").click().run()
    assert test.metric


def test_an_error_of_the_engine_is_one_sentence_with_a_reference(
    page: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Warehouse, _statement: Statement, **_how: object) -> pl.DataFrame:
        raise QueryError("The engine refused the query: out of memory\nLINE 1: SELECT ...", sql="SELECT 1")

    text = small / "metric_defs" / "product.yml"
    text.write_text(text.read_text() + "# asked by nobody before\n")
    monkeypatch.setattr(Warehouse, "run", refuse)
    test = drawn(page, small, monkeypatch)
    assert not test.exception
    assert [one.value for one in test.error] == ["The engine refused the query: out of memory."]
    assert "in the log.]]" in texts(test)


@pytest.mark.parametrize("page", ["overview"], indirect=True)
def test_the_overview_is_narrowed_to_teams_and_stages_and_still_adds_up(
    page: Path, sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = narrowed(overview(sample), teams=("team-discovery",), stages=())
    monkeypatch.setattr("prodops_metrics.pages.navigation.link", lambda *_args, **_kept: None)
    test = drawn(page, sample_project, monkeypatch, team="team-discovery")
    assert not test.exception
    assert 1 < len(found.lines) < len(sample.catalog.features)
    assert f"**{found.sentence}**" in texts(test)
    assert found.sentence.endswith(f"= {len(found.lines)} features")
    assert {line.feature.owner for line in found.lines} == {"team-discovery"}
    unknown = drawn(page, sample_project, monkeypatch, stage="gaa")
    assert "There is no stage `gaa`." in texts(unknown)


@pytest.mark.parametrize("page", ["compare"], indirect=True)
def test_compare_draws_a_picture_of_its_own_for_every_question(
    page: Path, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = _compared(page, sample_project, monkeypatch)
    assert not test.exception
    stood_for = paths(test)
    assert len(stood_for) == len(set(stood_for)) == 4
    assert "Surely different: Smart Search (51.0 %) above PDF export (22.5 %)." in texts(test)


def _compared(page: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("PRODOPS_PROJECT", str(project))
    test = AppTest.from_file(str(page), default_timeout=60)
    test.query_params["features"] = ["search", "export"]
    return test.run()
