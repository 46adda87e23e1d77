"""Metrics near another one, and what a text says before it is a definition."""

import pytest

from prodops_metrics.metrics import METRIC_TYPES
from prodops_metrics.reports.proposal import proposal
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.starters import start_text
from prodops_metrics.reports.trial import trial
from prodops_metrics.reports.twins import named_alike, twins

SAME = """\
metrics:
  searching_people:
    description: People who search
    type: count_distinct
    event: search_submitted
    feature: search
"""
ZERO = "metrics:\n  none: {description: None, type: count, event: search_submitted, filter: {results: 777}}\n"


def test_the_same_calculation_is_found_under_another_name(sample: Session) -> None:
    (tried,) = trial(sample, SAME).tried
    assert (tried.twins[0].metric.id, tried.twins[0].same) == ("search_weekly_users", True)
    assert tried.figure is not None
    assert tried.figure.text == query(sample, "search_weekly_users", Asked()).headlines[-1].now.point.__format__(",.0f")


def test_a_count_is_no_twin_of_a_distinct_count(sample: Session) -> None:
    catalog = sample.catalog
    assert catalog.meaning("search_count") != catalog.meaning("search_weekly_users")
    near = {twin.metric.id: twin for twin in twins(catalog, catalog.metric("search_count"))}
    assert not near["search_weekly_users"].same
    assert near["search_weekly_users"].words == "of the same events, how many different users had `search_submitted`"


def test_what_differs_is_said_with_the_value_that_the_other_has(sample: Session) -> None:
    text = SAME.replace("    feature", "    filter: {results: 0}\n    feature")
    (tried,) = trial(sample, text).tried
    words = {twin.metric.id: twin.words for twin in tried.twins}
    assert words["search_weekly_users"] == "`filter` is not set there"


def test_words_find_a_metric_before_anything_is_defined(sample: Session) -> None:
    assert named_alike(sample.catalog, "Searches that found nothing")[0].metric.id == "search_zero_result_rate"
    assert named_alike(sample.catalog, "Time spent in the editor")[0].metric.id.startswith("editing_time")
    assert named_alike(sample.catalog, "Zebras") == ()


def test_a_fault_is_placed_on_the_line_of_the_text(sample: Session) -> None:
    found = trial(sample, SAME.replace("search_submitted", "search_submited"))
    (fault,) = found.faults
    assert (fault.code, fault.place.line, fault.place.column, found.tried) == ("E201", 5, 12, ())
    assert fault.cure == "Did you mean `search_submitted`?"


def test_an_id_that_is_taken_is_a_fault_of_the_text_not_of_the_project(sample: Session) -> None:
    found = trial(sample, SAME.replace("searching_people", "search_count"))
    assert [fault.code for fault in found.faults] == ["E004"]
    assert found.elsewhere == 0


def test_nothing_but_zeros_is_said_to_be_odd(sample: Session) -> None:
    (tried,) = trial(sample, ZERO).tried
    assert "Nothing matched in these 12 weeks" in tried.note


def test_a_feature_brings_its_standard_metrics(sample: Session) -> None:
    found = trial(sample, "features:\n  remarks: {used: comment_added, owner: team-collaboration}\n")
    names = (
        *("eligible", "adoption", "active_units", "active_units_7_days", "time_to_adopt", "adopted_in_7_days"),
        *("adopted_in_28_days", "frequency", "uses_per_unit", "stickiness", "active_days", "retention", "retention_so_far"),
        *("lifecycle", "satisfaction"),
    )
    assert [one.metric.id for one in found.tried] == [f"remarks.{name}" for name in names]
    assert proposal(sample.catalog, found).file == "metric_defs/team-collaboration/remarks.yml"


@pytest.mark.parametrize("text", ["", "# nothing\n", "a: [", "metrics:\n  x: 1\n", "\t", "events: &a {b: *a}\n", "{" * 2000])
def test_any_text_is_answered(sample: Session, text: str) -> None:
    found = trial(sample, text)
    assert not found.tried
    assert found.faults or not found.ids


@pytest.mark.parametrize("word", sorted(METRIC_TYPES))
def test_every_type_has_a_text_to_start_from_that_has_no_fault(sample: Session, word: str) -> None:
    found = trial(sample, start_text(sample.catalog, word))
    assert [str(fault) for fault in found.faults if not fault.advice] == []
    (tried,) = found.tried
    assert tried.metric.type == word
    assert tried.figure is not None


def test_a_copy_of_a_metric_is_the_same_under_an_id_of_its_own(sample: Session) -> None:
    text = start_text(sample.catalog, "search_click_through")
    assert "# elapsed time from the first step" in text
    (tried,) = trial(sample, text).tried
    assert tried.metric.id == "search_click_through_2"
    assert tried.twins[0].same
