"""Looking for a metric, and looking at features beside each other."""

from collections.abc import Callable
from typing import Any

import pytest

from prodops_metrics.reports.catalogue import Wanted, found, metric_lines
from prodops_metrics.reports.compare import Aligned, compare_features
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.view import View
from prodops_metrics.reports.wording import unbroken

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]

PACKED = (".js", ".css")
"""How the addresses end of what is worth packing; fonts and pictures are packed as they are."""


def assert_compared(visitor: Any, sample: Session, chosen: tuple[str, ...], aligned: Aligned) -> None:  # noqa: ANN401
    """That the page has every panel, number and sentence of the comparison."""
    comparison = compare_features(sample, chosen, View(), aligned)
    assert visitor.page.locator("h2").all_inner_texts() == [panel.title for panel in comparison.panels]
    main = unbroken(visitor.page.locator("[data-testid=stMain]").inner_text())
    for panel in comparison.panels:
        assert all(unbroken(f"{line.name} {line.figure.text}") in main for line in panel.lines)
        assert all(unbroken(words) in main for words in panel.sentences)
        assert all(unbroken(words) in main for words in panel.missing)


def test_features_are_compared_by_week_and_by_age_and_the_link_holds_what_is_chosen(visit: Visit, sample: Session) -> None:
    visitor = visit("/compare?features=search&features=templates")
    assert_compared(visitor, sample, ("search", "templates"), "calendar")
    visitor.page.get_by_role("combobox", name="Features, up to 5").click()
    visitor.page.get_by_role("option", name="Version history").click()
    visitor.page.wait_for_url("**features=version_history**")
    visitor.page.keyboard.press("Escape")
    visitor.settled()
    assert_compared(visitor, sample, ("search", "templates", "version_history"), "calendar")
    visitor.page.get_by_role("radio", name="Same age since launch").click()
    visitor.page.wait_for_url("**align=age**")
    visitor.settled()
    assert_compared(visitor, sample, ("search", "templates", "version_history"), "age")
    visitor.page.get_by_role("button", name="Link", exact=True).click()
    live = visitor.page.locator("[data-testid=stPopoverBody] [data-testid=stCode]").first.inner_text().strip()
    assert sorted(live.partition("?")[2].split("&")) == sorted(visitor.page.url.partition("?")[2].split("&"))
    other = visit(live.removeprefix(visitor.address))
    assert_compared(other, sample, ("search", "templates", "version_history"), "age")
    assert other.clean()
    assert visitor.clean()


def test_a_metric_is_found_by_its_words_and_what_is_not_there_is_said(visit: Visit, sample: Session) -> None:
    visitor = visit("/metrics")
    find = visitor.page.get_by_label("Find")
    find.fill("zero result")
    find.press("Enter")
    visitor.page.wait_for_url("**find=zero**")
    visitor.settled()
    lines = metric_lines(sample.catalog)
    shown = found(sample.catalog, lines, Wanted("zero result")).lines
    visitor.page.get_by_text(f"{len(shown)} of {len(lines)} metrics").wait_for()
    for line in shown:
        assert visitor.page.get_by_role("link", name=line.id, exact=True).count() == 1
    visitor.page.get_by_role("link", name="search_zero_result_rate", exact=True).click()
    visitor.page.wait_for_url("**/metric?metric=search_zero_result_rate**")
    visitor.settled()
    assert visitor.title() == "search_zero_result_rate"
    visitor.page.go_back()
    visitor.page.wait_for_url("**find=zero**")
    visitor.settled()
    assert visitor.page.get_by_label("Find").input_value() == "zero result"
    visitor.page.get_by_label("Find").fill("horoscope")
    visitor.page.get_by_label("Find").press("Enter")
    visitor.page.get_by_text("No metric has all of “horoscope”").wait_for()
    assert visitor.clean()


def test_the_pointer_finds_the_figures_of_a_point(visit: Visit) -> None:
    visitor = visit("/feature?feature=search")
    picture = visitor.page.locator(".picture[data-name='over time adoption']")
    picture.scroll_into_view_if_needed()
    picture.locator("[data-said^='day: 16 Nov 2026']").first.hover(force=True)
    said = visitor.page.locator(".picture-tip:not([hidden])").inner_text()
    assert said.splitlines()[:2] == ["day: 16 Nov 2026", f"value: {visitor.cards()[0]}"]
    assert visitor.clean()


def test_whatever_a_first_visit_loads_is_packed(visit: Visit) -> None:
    visitor = visit("/learn")
    worth = {url: how for url, how in visitor.packed.items() if url.endswith(PACKED)}
    assert len(worth) > 3
    assert {url: how for url, how in worth.items() if how != "gzip"} == {}
    assert visitor.clean()
