"""Verdicts: the first rule that holds, changes that have to hold, reasons that the numbers support, and what was said."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from prodops_metrics.definitions.verdicts import State
from prodops_metrics.reports.answers import headlines, headlines_on
from prodops_metrics.reports.evidence import Evidence
from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.overview import overview
from prodops_metrics.reports.plain import overview_values, report_values
from prodops_metrics.reports.said import keep_verdicts, said_before
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.reports.verdict_report import verdict_report, weeks_sentence
from prodops_metrics.reports.verdict_words import NAMES, SIGNS, reasons
from prodops_metrics.reports.verdicts import WORST_FIRST, in_force, verdict
from tests.reports.worlds import Fate, end_of, world

H, W, R, S, N = "healthy", "watch", "at_risk", "suspect", "not_enough"
FATES = {"works": Fate(), "breaks": Fate(fails=lambda week: 0.2 if week >= 8 else 0.01)}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return world(tmp_path_factory.mktemp("small"), FATES, weeks=12)


# -- the hold -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("candidates", "states"),
    [
        ([H, H, R, H], [H, H, H, H]),
        ([H, R, R, R], [H, H, R, R]),
        ([H, R, W, R, R], [H, H, H, H, R]),
        ([R, H, W, H, W], [R, R, R, R, R]),
        ([H, S, R], [H, S, R]),
        ([H, N, H, R, R], [H, N, H, H, R]),
        (["too_early", W, H, H], ["too_early", W, W, H]),
        ([], []),
    ],
)
def test_a_change_has_to_hold_twice_unless_nothing_was_known(candidates: list[State], states: list[State]) -> None:
    assert in_force(candidates, 2) == states


def test_a_hold_of_one_follows_every_week_and_of_three_waits_for_three() -> None:
    said: list[State] = ["healthy", "watch", "watch", "watch"]
    assert in_force(said, 1) == said
    assert in_force(said, 3) == ["healthy", "healthy", "healthy", "watch"]


# -- figures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["adoption", "activation", "retention", "failure_rate"])
def test_a_week_is_judged_by_the_headline_that_was_to_be_seen_at_its_end(sample: Session, name: str) -> None:
    metric = sample.metric(f"search.{name}")
    through = sample.warehouse.horizon(metric).through
    found = headlines_on(sample, metric, [through - timedelta(days=7), through], level=sample.catalog.project.level)
    assert found[through] == headlines(sample, metric)[-1]
    assert found[through - timedelta(days=7)].window.end < found[through].window.end


def test_weeks_asked_together_are_the_weeks_asked_alone(small: Session) -> None:
    metric = small.metric("works.adoption")
    days = [end_of(week) for week in range(7, 12)]
    together = headlines_on(small, metric, days, level=0.99)
    assert together == {day: headlines_on(small, metric, [day], level=0.99)[day] for day in days}


def test_rules_compare_wider_intervals_than_pages_show(small: Session) -> None:
    feature = small.catalog.feature("breaks")
    wide = Evidence(small, feature, small.catalog.verdicts).headline("failure_rate", end_of(11))
    shown = headlines(small, small.metric("breaks.failure_rate"))[-1].now
    assert wide
    ends = (wide.now.low, shown.low, shown.high, wide.now.high)
    assert sorted(end for end in ends if end is not None) == list(ends)


# -- words --------------------------------------------------------------------------------------------------------------


def test_a_reason_says_metric_figures_window_and_threshold_and_the_numbers_support_it(small: Session) -> None:
    found = verdict(small, small.catalog.feature("breaks"))
    assert found.rests_on
    (reason,) = reasons(found.rests_on, found.evidence, found.level)
    now = reason.headline.now if reason.headline else None
    assert now
    assert now.low
    point, low, high = (f"{100 * (end or 0.0):.1f} %" for end in (now.point, now.low, now.high))
    assert reason.sentence == (
        f"Failure rate {point} ({now.numerator:,.0f} of {now.denominator:,.0f}, week of 23 Mar to 29 Mar 2026): "
        f"surely above 5.0 % ({low} to {high} at 99 %)."
    )
    assert reason.value == now.low > (reason.threshold or 0) == 0.05


def test_every_reason_of_every_week_is_true_of_its_numbers(sample: Session) -> None:
    for feature in sample.catalog.features.values():
        found = verdict(sample, feature)
        for week in found.history:
            for ground, reason in zip(week.grounds, reasons(week, found.evidence, found.level), strict=False):
                assert reason.sentence.endswith(".")
                if ground.headline is None or ground.value is None or week.rule.say:
                    continue
                if "surely above" in reason.sentence:
                    assert ground.value > (reason.threshold or 0.0)
                if "surely below" in reason.sentence:
                    assert ground.value < (reason.threshold or 0.0)


def test_an_own_threshold_stands_beside_the_verdict_with_its_reason(tmp_path: Path) -> None:
    session = world(tmp_path, FATES, weeks=12)
    product = tmp_path / "metric_defs" / "product.yml"
    own = "{failure_rate: {at_risk: 40%, because: The archive is slow}}"
    line = "breaks_failed, attempted: breaks_used"
    product.write_text(product.read_text().replace(line, f"{line}, verdicts: {own}"))
    session.warehouse.close()
    found = verdict_report(open_session(tmp_path), open_session(tmp_path).catalog.feature("breaks"))
    assert found.state == "watch"
    product.write_text(product.read_text().replace("40%", "6%"))
    found = verdict_report(open_session(tmp_path), open_session(tmp_path).catalog.feature("breaks"))
    assert found.state == "at_risk"
    assert found.reasons[0].sentence.endswith("its own limit: The archive is slow.")
    assert "surely above 6.0 %" in found.reasons[0].sentence


def test_every_verdict_has_a_name_a_word_to_count_a_sign_and_a_rank() -> None:
    assert set(NAMES) == set(SIGNS) == set(WORST_FIRST)
    assert len({*SIGNS.values()}) == len({*NAMES.values()}) == 7


# -- the other verdicts ---------------------------------------------------------------------------------------------------


def judged(folder: Path, old: str, new: str) -> tuple[State, str]:
    """What is said of the feature that works, after a change of its definition."""
    if not (folder / "warehouse").exists():
        world(folder, {"works": Fate()}, weeks=12, people=600).warehouse.close()
    product = folder / "metric_defs" / "product.yml"
    text = product.read_text()
    product.write_text(text.replace(old, new))
    session = open_session(folder)
    found = verdict_report(session, session.catalog.feature("works"))
    session.warehouse.close()
    product.write_text(text)
    return found.state, found.reasons[0].sentence


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


def test_an_alpha_is_not_judged(folder: Path) -> None:
    assert judged(folder, "launched:", "stage: alpha, launched:") == ("not_judged", "Not judged: alpha.")


def test_a_feature_of_four_weeks_is_too_early_and_told_when_it_is_not(folder: Path) -> None:
    state, said = judged(folder, "2025-01-06", "2026-03-02")
    assert (state, said) == ("too_early", "Too early: launched 2 Mar 2026; first verdict on 5 Apr 2026.")


def test_a_role_that_is_never_seen_is_suspect_since_the_launch(folder: Path) -> None:
    state, said = judged(folder, "used: works_used", "used: works_used, exposed: never")
    assert state == "suspect"
    assert said.startswith("Declared and never seen: none of `never` since 5 Jan 2026 (")


def test_a_draft_is_outside_verdicts(folder: Path) -> None:
    state, said = judged(folder, "attempted: works_used", "attempted: works_used, standard: {adoption: {status: draft}}")
    assert state == "watch"
    assert said == "Not certain yet: Adoption: not measured, it is draft."


def test_too_few_accounts_are_not_enough_data_however_many_people(tmp_path: Path) -> None:
    session = world(tmp_path, {"works": Fate()}, weeks=12, people=40)
    found = verdict_report(session, session.catalog.feature("works"))
    assert found.state == "not_enough"
    assert "30 users in 10 accounts are needed" in found.reasons[0].sentence


def test_without_four_weeks_of_data_nothing_is_judged_and_it_says_so(tmp_path: Path) -> None:
    session = world(tmp_path, {"works": Fate()}, weeks=3)
    found = verdict_report(session, session.catalog.feature("works"))
    assert (found.state, found.weeks) == ("not_enough", ())
    assert found.waiting == "No closed week has 28 days of data behind it yet; the data starts on 5 Jan 2026."


# -- what was said --------------------------------------------------------------------------------------------------------


def test_what_was_said_then_can_be_read_after_the_definitions_changed(tmp_path: Path) -> None:
    made = world(tmp_path, FATES, weeks=12)
    assert keep_verdicts(made)
    assert not keep_verdicts(made)
    made.warehouse.close()
    (tmp_path / "metric_defs" / "standard.yml").write_text("verdicts: {rules: [{id: healthy, when: always}]}\n")
    session = open_session(tmp_path)
    (said,) = said_before(session, "breaks")
    assert (said.snapshot, said.state, said.week) == (1, "at_risk", date(2026, 3, 29))
    assert "Failure rate" in said.reasons[0]
    assert verdict(session, session.catalog.feature("breaks")).state == "healthy"
    assert keep_verdicts(session)
    session.warehouse.close()
    kept = json.loads((tmp_path / "warehouse" / "verdicts" / "1.json").read_text())
    assert [one["features"]["breaks"]["state"] for one in kept] == ["at_risk", "healthy"]


# -- reports --------------------------------------------------------------------------------------------------------------


def test_the_overview_adds_up_and_has_the_worst_first(sample: Session) -> None:
    shown = overview(sample)
    counted = [int(number) for number in re.findall(r"(\d+) [a-z]", shown.sentence)]
    assert sum(counted[:-1]) == counted[-1] == len(shown.lines)
    ranks = [WORST_FIRST.index(line.verdict.state) for line in shown.lines]
    assert ranks == sorted(ranks)


def test_reasons_have_receipts_that_count_again_what_they_say(sample: Session) -> None:
    report = feature_report(sample, "search")
    for shown in report.verdict.reasons:
        assert shown.receipt
        assert shown.reason.headline
        assert shown.receipt.window == shown.reason.headline.window
        assert shown.receipt.sql
    values = json.loads(json.dumps(report_values(report)))["verdict"]
    assert values["state"] == report.verdict.state
    assert [one["sentence"] for one in values["reasons"]] == [one.sentence for one in report.verdict.reasons]
    assert len(values["weeks"]) == len(report.verdict.weeks)
    lines = {line["feature"]: line["verdict"]["state"] for line in overview_values(overview(sample))["features"]}
    assert lines["search"] == report.verdict.state


def test_the_weeks_are_said_in_words(small: Session) -> None:
    found = verdict_report(small, small.catalog.feature("breaks"))
    assert weeks_sentence(found.weeks) == "Week by week: watch to 8 Mar 2026, at risk since."
    assert weeks_sentence(()) == "No week was judged yet."
    early = replace(found.weeks[0], state="too_early")
    assert weeks_sentence([early]) == "Week by week: too early."


def test_a_verdict_says_what_was_judged_by_its_level_alone_and_over_which_days(sample: Session) -> None:
    search = verdict_report(sample, sample.catalog.feature("search"))
    assert search.state == "healthy"
    assert search.scope == (
        "Judged: the change of adoption; the level of failure rate, activation and retention, not whether they rise or "
        "fall. Verdicts rest on whole weeks, here to 15 Nov 2026; other figures go on to 16 Nov 2026."
    )
    assert overview(sample).windows == search.scope.partition("fall. ")[2]


def test_a_verdict_that_does_not_calm_claims_no_scope(sample: Session) -> None:
    comments = verdict_report(sample, sample.catalog.feature("comments"))
    assert comments.state == "at_risk"
    assert comments.scope.startswith("Verdicts rest on whole weeks")
