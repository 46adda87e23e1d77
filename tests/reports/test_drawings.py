"""What a report has to draw: the numbers of its cards and sections, with words, and every one of them can be drawn."""

import polars as pl
import pytest

from prodops_metrics import charts
from prodops_metrics.charts.style import unit_text
from prodops_metrics.reports.drawings import Drawing, drawings
from prodops_metrics.reports.feature import CARDS, FeatureReport, feature_report
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import plain_number


@pytest.fixture(scope="module")
def report(sample: Session) -> FeatureReport:
    return feature_report(sample, "search")


def named(found: tuple[Drawing, ...]) -> dict[str, Drawing]:
    return {one.parcel.id: one for one in found}


@pytest.mark.parametrize("feature", ["search", "offline_mode"])
def test_every_drawing_can_be_drawn_and_has_words_and_numbers(sample: Session, feature: str) -> None:
    found = drawings(feature_report(sample, feature))
    assert len(named(found)) == len(found) > 4
    for one in found:
        spec = charts.draw(one.chart, charts.DARK, one.given)
        assert spec["config"]["background"] == "transparent"
        assert " " in one.words
        assert one.parcel.frame.height > 0


def test_the_last_complete_point_of_a_drawing_over_time_is_the_card(report: FeatureReport) -> None:
    found = named(drawings(report))
    for name, card in zip(CARDS, report.cards, strict=True):
        frame = found[f"search.{name}"].parcel.frame.filter(pl.col("complete"))
        assert frame["point"].last() == card.point
        assert found[f"search.{name}"].parcel.receipts[card.name] == card.receipt


def test_a_funnel_is_taken_away_with_its_counts_and_times(report: FeatureReport) -> None:
    frame = named(drawings(report))["search.activation.steps"].parcel.frame
    assert frame["name"].to_list() == [step.name for step in report.funnel]
    assert frame["numerator"].to_list() == [step.headline.now.numerator for step in report.funnel]
    assert frame["median_seconds"].null_count() == 1
    assert frame["point"].last() == report.cards[2].point


def test_segments_are_taken_away_with_both_sides(report: FeatureReport) -> None:
    section = next(one for one in report.sections if one.id == "who")
    frame = named(drawings(report))["search.adoption.segments"].parcel.frame
    assert frame["point"].to_list() == [side.row.point for one in section.contrasts for side in (one.inside, one.rest)]
    assert frame["differs"].to_list() == [one.differs for one in section.contrasts for _ in range(2)]


def test_the_words_of_a_line_hold_its_numbers_in_their_own_unit(report: FeatureReport) -> None:
    found = named(drawings(report))
    frame = found["search.latency_p90"].parcel.frame.filter(pl.col("complete"))
    (last,) = frame["point"].tail(1).to_list()
    assert f"to {last:.0f} on" in found["search.latency_p90"].words
    assert "%" not in found["search.latency_p90"].words
    assert found["search.adoption"].words.endswith("by 30 Sep 2027.")


def test_a_small_number_keeps_its_decimals_in_words_and_pictures() -> None:
    assert [plain_number(value, percent=False) for value in (0.42, 2.456, 12.0, 1234.5)] == ["0.42", "2.46", "12", "1,234"]
    assert [unit_text(value, "number") for value in (0.42, 2.456, 12.0, 1234.5)] == ["0.42", "2.46", "12", "1,234"]
