"""The same number wherever it is shown: cards, charts, tables, JSON, the terminal and the SQL of its receipt."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from prodops_metrics.cli.app import app
from prodops_metrics.metrics.retention import Retention
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.feature import CARDS, feature_report
from prodops_metrics.reports.overview import overview
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.view import View

TRUTH = Path(__file__).parents[2] / "data" / "truth.json"
FEATURES = tuple(json.loads(TRUTH.read_text())["features"])


@pytest.mark.parametrize("feature", FEATURES)
def test_the_last_complete_point_of_every_chart_is_the_card(sample: Session, feature: str) -> None:
    report = feature_report(sample, feature, View(20))
    for name, card in zip(CARDS, report.cards, strict=True):
        last = report.series[name].filter(pl.col("complete")).row(-1, named=True)
        assert card.row is not None
        assert (last["numerator"], last["denominator"]) == (card.row.numerator, card.row.denominator), name
        assert last["point"] == pytest.approx(card.point), name
        assert (last["low"], last["high"]) == pytest.approx((card.row.low, card.row.high)), name


@pytest.mark.parametrize("feature", FEATURES)
def test_the_planted_adoption_is_reported(sample: Session, feature: str) -> None:
    planted = json.loads(TRUTH.read_text())["features"][feature]["last_28_days"]
    adoption, active, *_ = feature_report(sample, feature).cards
    assert adoption.row is not None
    assert active.row is not None
    assert (adoption.row.numerator, adoption.row.denominator) == (planted["used"], planted["eligible_active"])
    assert active.row.numerator >= planted["used"]


def test_how_far_back_a_page_looks_never_changes_a_card(sample: Session) -> None:
    short, long = (feature_report(sample, "search", View(weeks)) for weeks in (4, 20))
    assert short.cards == long.cards
    assert short.series["adoption"].height < long.series["adoption"].height


def test_the_overview_shows_the_same_cards_and_its_sentence_adds_up(sample: Session) -> None:
    everything = overview(sample)
    for line in everything.lines:
        assert tuple(line.cards.values()) == feature_report(sample, line.feature.id).cards
    counts = [int(part.split()[0]) for part in everything.sentence.split(" = ")[0].split(" · ")]
    assert sum(counts) == len(everything.lines) == len(FEATURES)


@pytest.mark.parametrize("metric", ["search.adoption", "search.activation", "search.retention", "search.active_units"])
def test_the_terminal_and_its_json_show_the_cards_number(sample: Session, sample_project: Path, metric: str) -> None:
    card = next(card for card in feature_report(sample, "search").cards if card.metric == metric)
    queried = CliRunner().invoke(app, ["--project", str(sample_project), "query", metric, "--json"])
    reported = CliRunner().invoke(app, ["--project", str(sample_project), "report", "search", "--json"])
    shown = CliRunner().invoke(app, ["--project", str(sample_project), "query", metric])
    now = [row for row in json.loads(queried.stdout)["headline"] if row["window"] == "now"][-1]
    assert now["point"] == json.loads(reported.stdout)["cards"][metric.partition(".")[2]]["point"] == card.point
    assert f"{card.text}; " in shown.stdout


@pytest.mark.parametrize("feature", FEATURES)
def test_report_query_and_page_give_one_number_for_every_card(sample: Session, sample_project: Path, feature: str) -> None:
    def asked(*words: str) -> Any:  # noqa: ANN401
        return json.loads(CliRunner().invoke(app, ["--project", str(sample_project), *words, "--json"]).stdout)

    reported = asked("report", feature)["cards"]
    for card in feature_report(sample, feature).cards:
        assert card.row, card.metric
        now = [row for row in asked("query", card.metric)["headline"] if row["window"] == "now"][-1]
        told = reported[card.metric.partition(".")[2]]
        assert (now["point"], told["point"]) == (card.point, card.point), card.metric
        assert (now["numerator"], now["denominator"]) == (card.row.numerator, card.row.denominator), card.metric


def test_the_sql_of_every_receipt_gives_its_number(sample: Session, sample_project: Path, tmp_path: Path) -> None:
    """As a person would: the text pasted into DuckDB, opened on (a copy of) the snapshot that the receipt names."""
    snapshot = shutil.copy(sample_project / query(sample, "search.adoption", Asked()).receipt.snapshot_file, tmp_path)
    kinds = set()
    for name in sample.catalog.metrics:
        answer = query(sample, name, Asked())
        with duckdb.connect(snapshot, read_only=True) as connection:
            rows = connection.sql(answer.receipt.sql).pl().to_dicts()
        last = answer.headlines[-1]
        rows = [row for row in rows if all(row.get(axis, value) == value for axis, value in last.at.items())]
        if not rows:
            assert last.now.units == 0, name
            continue
        expected = (last.now.numerator or 0) / (last.now.denominator or 1)
        if last.metric.type in {"time_to", "percentile"}:  # no numerator over a denominator
            expected = last.now.point if last.now.point is not None else rows[-1]["point"]
        assert rows[-1]["point"] == pytest.approx(expected), name
        kinds.add(last.metric.type)
    own = {"count", "count_distinct", "share", "ratio", "sum", "funnel", "retention"}
    assert kinds == own | {"population", "time_to", "frequency", "mean", "stickiness", "lifecycle", "percentile"}


@pytest.mark.parametrize("feature", FEATURES)
def test_every_section_shows_what_a_query_answers(sample: Session, sample_project: Path, feature: str) -> None:
    """In the report, its JSON and the terminal: every standard metric has one number."""
    report = feature_report(sample, feature)
    asked = CliRunner().invoke(app, ["--project", str(sample_project), "report", feature, "--json"])
    printed = json.loads(asked.stdout)["sections"]
    names = set()
    for section in report.sections:
        shown = printed[section.id]
        assert shown["sentences"] == list(section.sentences)
        for one, values in zip(section.figures, shown["figures"], strict=True):
            answer = query(sample, one.metric, Asked())
            found = [each.now for each in answer.headlines if str(each.at.get("state", "")).capitalize() in {"", one.name}]
            assert found == [one.row], one.metric
            assert (values["point"], values["text"], values["receipt"]["meaning"]) == (
                one.point,
                one.text,
                answer.receipt.meaning,
            )
            names.add(one.metric.partition(".")[2])
        assert shown["missing"] == list(section.missing)
    has = {name.partition(".")[2] for name in sample.catalog.metrics if name.startswith(f"{feature}.")}
    assert names | set(CARDS) | {"active_days"} == has


def test_the_terminal_prints_every_section_in_the_order_of_the_questions(sample: Session, sample_project: Path) -> None:
    printed = CliRunner().invoke(app, ["--project", str(sample_project), "report", "search"], terminal_width=200).stdout
    places = [printed.index(section.question) for section in feature_report(sample, "search").sections if not section.absent]
    assert places == sorted(places)
    plain = CliRunner().invoke(app, ["--project", str(sample_project), "report", "templates"], terminal_width=200).stdout
    assert "Not shown: Latency, p90: no `duration` declared." in " ".join(plain.split())


def test_a_receipt_says_where_the_number_comes_from(sample: Session) -> None:
    receipt = query(sample, "search.adoption", Asked()).receipt
    assert receipt.definition.startswith("prodops_metrics/definitions/standard.yml:")
    assert "have no user and are counted nowhere" in receipt.left_out[0]
    assert "Our own staff" in receipt.left_out[1]
    assert (receipt.timezone, str(receipt.data_through)) == ("Europe/Berlin", "2026-11-16")
    assert receipt.window.days == 28


def test_incomplete_points_are_marked_and_in_no_comparison(sample: Session) -> None:
    answer = query(sample, "search_count", Asked())
    last = answer.frame.row(-1, named=True)
    assert not last["complete"]
    assert last["bucket"] > answer.headlines[0].window.last_day
    assert answer.headlines[0].window.last_day <= answer.horizon.through


def test_retention_charts_and_triangle_agree_on_the_pooled_cohorts(sample: Session) -> None:
    metric = sample.metric("search.retention")
    assert isinstance(metric, Retention)
    answer = query(sample, "search.retention", Asked())
    last = answer.headlines[-1]
    cells = answer.frame.filter(
        (pl.col("age") == metric.headline_age)
        & (pl.col("cohort") >= last.window.start)
        & (pl.col("cohort") <= last.window.last_day)
    )
    assert cells["numerator"].sum() == last.now.numerator
    assert cells["denominator"].sum() == last.now.denominator


@pytest.mark.parametrize("metric", ["search_count", "editing_time", "search.adoption", "search.active_units"])
def test_the_parts_of_a_breakdown_add_up_to_the_whole(sample: Session, metric: str) -> None:
    """Every unit is in exactly one part, those without the attribute in `unknown`."""
    parts = query(sample, metric, Asked(shape=Shape(by="plan"))).frame
    whole = query(sample, metric, Asked()).frame
    summed = parts.group_by("bucket").agg(pl.col("numerator").sum(), pl.col("units").sum()).sort("bucket")
    assert summed["numerator"].to_list() == pytest.approx(whole["numerator"].to_list())
    assert summed["units"].to_list() == whole["units"].to_list()
