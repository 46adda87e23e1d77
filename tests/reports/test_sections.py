"""The sections of the feature report: laws between standard metrics, what is missing, and what is too few to say."""

import shutil
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from prodops_metrics.reports.answers import Shape, headlines, series
from prodops_metrics.reports.contrasts import Contrast
from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.results import Row
from prodops_metrics.reports.section import Section
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.reports.wording import movement_text
from prodops_metrics.statistics.segments import holm
from prodops_metrics.warehouse.answers import KeptAnswers
from prodops_metrics.warehouse.connection import Fetch, Warehouse
from prodops_metrics.warehouse.statement import Statement
from tests.projects import opened, write_project

FEATURES = ("search", "comments", "export", "templates", "ai_summary", "offline_mode")
DAYS = 28


def now(session: Session, metric: str, **at: object) -> Row:
    return next(one.now for one in headlines(session, session.metric(metric)) if dict(one.at) == at or not at)


def section(session: Session, feature: str, name: str) -> Section:
    return next(one for one in feature_report(session, feature).sections if one.id == name)


@pytest.mark.parametrize("feature", FEATURES)
def test_eligible_is_what_adoption_and_exposure_divide_by(sample: Session, feature: str) -> None:
    eligible = now(sample, f"{feature}.eligible").numerator
    assert eligible == now(sample, f"{feature}.adoption").denominator == now(sample, f"{feature}.exposure").denominator


@pytest.mark.parametrize("feature", FEATURES)
def test_stickiness_is_frequency_over_the_window_and_the_mean_of_its_distribution(sample: Session, feature: str) -> None:
    frequency, stickiness = now(sample, f"{feature}.frequency"), now(sample, f"{feature}.stickiness")
    assert stickiness.numerator == pytest.approx((frequency.numerator or 0) / DAYS)
    at_least = [one.now.numerator or 0 for one in headlines(sample, sample.metric(f"{feature}.active_days"))]
    assert sum(at_least) == frequency.numerator
    assert at_least[0] == now(sample, f"{feature}.active_units").numerator == frequency.denominator
    assert at_least == sorted(at_least, reverse=True)


@pytest.mark.parametrize("feature", FEATURES)
def test_users_of_a_week_are_new_returning_and_resurrected_and_those_before_returned_or_are_dormant(
    sample: Session, feature: str
) -> None:
    frame = section(sample, feature, "lifecycle").frames["states"].filter(pl.col("complete"))
    weeks = frame.pivot("state", index="bucket", values="numerator").sort("bucket")
    metric = sample.metric(f"{feature}.active_units").model_copy(update={"window": None, "grain": "week"})
    span = sample.warehouse.horizon(metric).calendar.bucket(weeks["bucket"].max(), "week")  # type: ignore[arg-type]
    counts = dict(series(sample, metric, span).select("bucket", "numerator").iter_rows())
    there = weeks["new"] + weeks["returning"] + weeks["resurrected"]
    before = weeks["returning"] + weeks["dormant"]
    assert there.to_list()[:-1] == before.to_list()[1:]
    assert there.to_list()[-1] == counts[weeks["bucket"].max()]


@pytest.mark.parametrize("feature", ["search", "comments", "export"])
def test_the_curve_of_the_headlines_cohorts_ends_at_the_card(sample: Session, feature: str) -> None:
    report = feature_report(sample, feature)
    frames = section(sample, feature, "returning").frames
    for name, row in (("retention", report.cards[3].row), ("retention_so_far", now(sample, f"{feature}.retention_so_far"))):
        last = frames[name].row(-1, named=True)
        assert row is not None
        assert (last["numerator"], last["denominator"], last["point"]) == (row.numerator, row.denominator, row.point)
    exact, so_far = (frames[name]["numerator"].to_list() for name in ("retention", "retention_so_far"))
    assert all(then <= later for then, later in zip(exact, so_far, strict=True))


@pytest.mark.parametrize("feature", ["search", "comments", "templates"])
def test_the_curve_of_adoption_goes_through_the_figures_that_are_quoted(sample: Session, feature: str) -> None:
    curve = section(sample, feature, "adopting").frames["adopted"]
    assert curve["point"].is_sorted()
    for days in (7, 28):
        at = curve.filter(pl.col("day") <= days).row(-1, named=True)
        assert at["point"] == pytest.approx(now(sample, f"{feature}.adopted_in_{days}_days").point)
    median = now(sample, f"{feature}.time_to_adopt").point
    assert (curve["point"].max() >= 0.5) == (median is not None)  # type: ignore[operator]
    assert curve["watched"].min() >= sample.catalog.project.small_sample  # type: ignore[operator]


def contrast(session: Session, feature: str, segment: str) -> Contrast:
    return next(one for one in section(session, feature, "who").contrasts if one.segment == segment)


def test_a_segment_and_the_rest_are_the_whole_and_what_a_query_by_it_answers(sample: Session) -> None:
    adoption = sample.metric("search.adoption")
    whole = now(sample, "search.adoption")
    for segment in ("paying", "editors"):
        one = contrast(sample, "search", segment)
        asked = {each.segment: each.now for each in headlines(sample, adoption, Shape(by=segment))}
        assert one.inside.row == asked[segment]
        assert (one.inside.row.numerator or 0) + (one.rest.row.numerator or 0) == whole.numerator
        assert (one.inside.row.denominator or 0) + (one.rest.row.denominator or 0) == whole.denominator
        assert one.point == pytest.approx((one.inside.row.point or 0) - (one.rest.row.point or 0))
        assert one.receipt is not None
        assert f"segment `{segment}`" in one.receipt.sentence


def test_only_segments_that_surely_differ_are_named_and_the_number_of_them_is_said_aloud(sample: Session) -> None:
    who = section(sample, "search", "who")
    assert [one.segment for one in who.contrasts if one.differs] == ["paying"]
    assert len(who.sentences) == 1
    assert who.sentences[0].startswith("Paying: adoption ")
    assert who.sentences[0].count("rest") == 0
    assert [one.rest.name for one in who.contrasts] == ["not paying", "not editors"]
    assert who.notes[0].startswith("2 segments were compared, each with everybody outside it; they may overlap.")
    assert not any("Holm" in note for note in who.notes)
    assert "is 5 % at most after Holm's method" in who.help
    paying, editors = (one.p or 0.0 for one in who.contrasts)
    assert [paying, editors] == pytest.approx(holm([paying / 2, editors]))


def test_a_segment_that_holds_everybody_is_compared_with_nobody(sample: Session) -> None:
    templates = section(sample, "templates", "who")  # for editors only
    assert [one.segment for one in templates.contrasts] == ["paying"]
    assert "Everybody or nobody it is for is in editors." in templates.notes


def test_a_feature_that_declares_only_its_use_has_every_other_section_and_says_what_is_missing(
    sample_project: Path, tmp_path: Path
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    edited = project / "metric_defs" / "templates.yml"
    roles = (
        "exposed: template_gallery_opened",
        "succeeded: template_document_saved",
        "failed: template_failed",
        "attempted: template_picked",
        "rated: {event: {event: survey_answered, filter: {feature: templates}}, property: score, unit: of 5}",
    )
    text = edited.read_text()
    for role in roles:
        text = text.replace(f"    {role}\n", "")
    edited.write_text(text)
    report = feature_report(open_session(project), "templates")
    absent = {one.id for one in report.sections if one.absent}
    assert absent == {"health", "goals"}  # how people like it is told by the surveys
    missing = [line for one in report.sections for line in one.missing]
    assert missing == [
        "Shown it: no `exposed` declared",
        "Failure rate: no `failed` declared",
        "Latency, p90: no `duration` declared",
    ]


def test_too_few_users_are_said_in_one_line(sample: Session) -> None:
    silent = {one.id: one.silent for one in feature_report(sample, "offline_mode").sections if one.silent}
    assert set(silent) == {"adopting", "use", "returning", "health"}
    assert silent["adopting"].startswith("How long do they take to adopt it? Too few to say: 30 users in 10 accounts")


def test_without_a_comparison_group_nothing_is_put_down_to_the_launch(sample: Session) -> None:
    impact = section(sample, "search", "impact")
    assert impact.sentences == (
        "Launched 3 Aug 2026; no comparison group: what changed since cannot be put down to it.",
        "Experiment, over, from 5 Oct 2026 to 1 Nov 2026: Rank results by what colleagues opened. "
        "Decided by `search_click_through`.",
    )


def test_no_query_is_run_twice_for_a_report(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()
    plain = Warehouse.run

    def counted(self: Warehouse, statement: Statement, *, fetch: Fetch) -> pl.DataFrame:
        asked[f"{statement.sql} {statement.parameters}"] += 1
        return plain(self, statement, fetch=fetch)

    monkeypatch.setattr(Warehouse, "run", counted)
    monkeypatch.setattr(KeptAnswers, "_from_disk", lambda *_: None)  # where other tests have asked the same before
    feature_report(open_session(sample_project), "search")
    assert set(asked.values()) == {1}
    assert 40 < asked.total() < 64


RATED = """
events:
  opened: {description: Opened it, properties: {took: {type: integer}}}
  answered: {description: Said how they like it, properties: {stars: {type: integer}}}
features:
  search:
    used: opened
    duration: {event: opened, property: took, unit: ms}
    rated: {event: answered, property: stars, unit: of 5}
"""


def test_satisfaction_and_latency_come_from_the_declared_numbers(tmp_path: Path) -> None:
    """Ten people rate 1 to 5 twice over; ten uses take 100 to 1,000 ms, so that nine in ten take at most 910."""
    lines = [f"u{n},opened,2024-01-{8 + n % 5:02d} 09:00,{100 * n}," for n in range(1, 11)]
    lines += [f"u{n},answered,2024-01-{8 + n % 5:02d} 10:00,,{1 + n % 5}" for n in range(1, 11)]
    lines += ["u1,opened,2024-01-14 09:00,,"]
    write_project(tmp_path, RATED, "\n".join(["user,event,time,took,stars", *lines]) + "\n")
    session = opened(tmp_path)
    report = feature_report(session, "search")
    happy, health = (next(one for one in report.sections if one.id == name) for name in ("happy", "health"))
    assert happy.sentences == ("3 of 5 on average of 10 ratings.",)
    assert health.sentences[0].startswith("Nine in ten are done within 910 ms (week of 8 Jan")
    assert health.missing == ("Failure rate: no `failed` declared",)
    assert query(session, "search.latency_p90", Asked()).headlines[-1].now.point == pytest.approx(910)


def test_the_first_step_of_a_funnel_has_neither_interval_nor_change_as_it_is_so_by_definition(sample: Session) -> None:
    first, *others = headlines(sample, sample.metric("search.activation"))
    assert (first.now.point, first.now.low, first.now.high) == (1.0, None, None)
    assert movement_text(first.metric, first.movement) == "no comparison: all by definition, as they started"
    cohorts = feature_report(sample, "search").triangle.filter(pl.col("point").is_not_null())
    themselves = cohorts.filter(pl.col("age") == 0)
    assert set(themselves["point"]) == {1.0}
    assert themselves["low"].null_count() == themselves.height > 5
    assert cohorts.filter(pl.col("age") > 0)["low"].null_count() == 0
    assert all(one.now.low is not None and one.now.high is not None for one in others)
