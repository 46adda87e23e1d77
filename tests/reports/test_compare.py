"""Features and metrics beside each other: the numbers of their cards, one scale a panel, and only sure differences."""

from itertools import combinations

import pytest

from prodops_metrics.reports.answers import headlines_on
from prodops_metrics.reports.compare import Panel, compare_features, compare_metrics
from prodops_metrics.reports.feature import CARDS
from prodops_metrics.reports.figures import figure
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.view import View

CHOSEN = ("search", "export", "ai_summary")


@pytest.fixture(scope="module")
def panels(sample: Session) -> dict[str, Panel]:
    found = compare_features(sample, CHOSEN, View(), "calendar")
    return {one.id: one for one in found.panels}


def test_a_panel_shows_the_numbers_of_the_cards(sample: Session, panels: dict[str, Panel]) -> None:
    assert list(panels) == list(CARDS)
    for name, panel in panels.items():
        for line in panel.lines:
            assert line.figure.row == figure(sample, f"{line.id}.{name}", "").row
            assert line.points["point"].to_list()[-1] == line.figure.point


def test_what_is_called_surely_different_has_intervals_that_hold_together_and_do_not_touch(
    sample: Session, panels: dict[str, Panel]
) -> None:
    for name in ("adoption", "retention"):
        rows = {}
        for feature in CHOSEN:
            metric = sample.metric(f"{feature}.{name}")
            through = sample.warehouse.horizon(metric).through
            rows[feature] = headlines_on(sample, metric, [through], level=1 - 0.05 / 3)[through].now
        apart = sum(
            (rows[one].low or 0) > (rows[other].high or 0) or (rows[other].low or 0) > (rows[one].high or 0)
            for one, other in combinations(CHOSEN, 2)
        )
        (sentence,) = panels[name].sentences
        assert sum(part.count(",") + part.count(" and ") + 1 for part in sentence.split("; ")) == apart
    assert (
        panels["adoption"].sentences[0].startswith("Surely different: Smart Search (51.0 %) above PDF export (22.5 %) and")
    )


def test_at_the_same_age_lines_begin_at_the_launch(sample: Session) -> None:
    found = compare_features(sample, ("search", "version_history"), View(), "age")
    adoption = found.panels[0]
    for line in adoption.lines:
        launched = sample.catalog.features[line.id].launched
        assert launched is not None
        ages = line.points["age"].to_list()
        assert ages == [(day - launched).days // 7 for day in line.points["bucket"]]
        assert min(ages) >= 0
    youngest = min(max(line.points["age"]) for line in adoption.lines)
    assert f"{youngest} weeks after launch" in adoption.sentences[0]


def test_metrics_in_percent_share_a_scale_and_other_units_have_their_own(sample: Session) -> None:
    chosen = ("search_click_through", "search.adoption", "releases_per_week")
    found = compare_metrics(sample, chosen, View(entity="account"), "calendar")
    assert [(panel.title, [line.id for line in panel.lines]) for panel in found.panels] == [
        ("Percent", list(chosen[:2])),
        ("Releases", [chosen[2]]),
    ]
    assert found.panels[0].percent
    assert not found.panels[1].percent


def test_what_has_no_line_says_why(sample: Session) -> None:
    found = compare_features(sample, ("search", "offline_mode"), View(), "calendar")
    adoption, _, activation, _ = found.panels
    assert adoption.missing == ("Offline mode: too few to say: 30 users in 10 accounts are needed",)
    assert activation.missing[0].startswith("Offline mode: no")
