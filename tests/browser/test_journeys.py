"""What people do with the dashboard, in a real browser: nothing may break, leak or mislead on the way."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.overview import overview
from prodops_metrics.reports.session import Session

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]

PAGES = ["/", "/feature?feature=search", "/feature?feature=offline_mode&weeks=26"]
SIDEWAYS = "document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth"
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_clean_and_every_picture_has_words(visit: Visit, path: str) -> None:
    visitor = visit(path)
    assert visitor.clean()
    charts = visitor.page.locator("[data-testid=stVegaLiteChart]")
    assert charts.count() > 0
    described = visitor.page.locator("[data-testid=stVegaLiteChart] [aria-label*=' ']")
    assert described.count() >= charts.count()


def test_a_page_follows_the_dark_mode_of_the_visitor(visit: Visit) -> None:
    visitor = visit("/feature?feature=search", dark=True)
    assert visitor.page.evaluate(BACKGROUND) == "rgb(18, 21, 28)"
    assert visitor.clean()


@pytest.mark.parametrize("path", PAGES[:2])
def test_a_phone_never_scrolls_sideways(visit: Visit, path: str) -> None:
    visitor = visit(path, phone=True)
    assert visitor.page.evaluate(SIDEWAYS) <= 0
    assert visitor.clean()


def test_a_feature_on_the_overview_opens_its_report_and_back_returns(visit: Visit, sample: Session) -> None:
    visitor = visit("/?weeks=26")
    line = overview(sample).lines[1]
    visitor.page.get_by_role("link", name=line.feature.name, exact=True).click()
    visitor.page.wait_for_url("**/feature?**")
    visitor.settled()
    assert visitor.title() == line.feature.name
    assert f"feature={line.feature.id}" in visitor.page.url
    assert "weeks=26" in visitor.page.url
    assert visitor.cards()[0] == line.cards["adoption"].text
    visitor.page.go_back()
    visitor.settled()
    assert visitor.title() == "Folio overview"
    assert visitor.clean()


def test_the_keyboard_alone_opens_a_report(visit: Visit, sample: Session) -> None:
    visitor = visit("/")
    line = overview(sample).lines[-1]
    visitor.page.get_by_role("link", name=line.feature.name, exact=True).focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/feature?**")
    visitor.settled()
    assert visitor.title() == line.feature.name


def test_the_numbers_on_the_page_are_the_reports(visit: Visit, sample: Session) -> None:
    report = feature_report(sample, "search")
    visitor = visit("/feature?feature=search")
    assert visitor.cards() == [figure.text for figure in (*report.cards, *report.more)]


def test_weeks_change_the_address_and_no_card_and_back_undoes_them(visit: Visit) -> None:
    visitor = visit("/feature?feature=search")
    before = visitor.cards()
    visitor.page.get_by_role("radio", name="26 weeks").click()
    visitor.page.wait_for_url("**weeks=26**")
    visitor.settled()
    assert visitor.cards() == before
    visitor.page.go_back()
    visitor.page.wait_for_function("!location.search.includes('weeks')")
    visitor.settled()
    assert visitor.page.get_by_role("radio", name="12 weeks").get_attribute("aria-checked") == "true"
    assert visitor.page.url.endswith("/feature?feature=search")
    visitor.page.go_forward()
    visitor.page.wait_for_url("**weeks=26**")
    visitor.settled()
    assert visitor.page.get_by_role("radio", name="26 weeks").get_attribute("aria-checked") == "true"
    assert visitor.clean()


def test_a_deep_link_shows_the_same_in_a_window_that_was_elsewhere(visit: Visit) -> None:
    visitor = visit("/feature?feature=templates&weeks=4&series=retention")
    assert visitor.title() == "Templates"
    visitor.page.get_by_role("link", name="Overview").click()
    visitor.page.wait_for_function("!location.pathname.includes('feature')")
    visitor.settled()
    assert visitor.title() == "Folio overview"
    visitor.page.go_back()
    visitor.page.wait_for_url("**feature=templates**")
    visitor.settled()
    assert visitor.title() == "Templates"
    assert visitor.page.get_by_role("radio", name="4 weeks").get_attribute("aria-checked") == "true"
    assert visitor.page.get_by_role("radio", name="Retention").get_attribute("aria-checked") == "true"
    assert visitor.clean()


def test_another_feature_is_chosen_and_the_address_says_its_id(visit: Visit) -> None:
    visitor = visit("/feature?feature=search&series=retention")
    visitor.page.locator("[data-testid=stSelectbox] input").click()
    visitor.page.get_by_role("option", name="Templates").click()
    visitor.page.wait_for_url("**feature=templates**")
    visitor.settled()
    assert visitor.title() == "Templates"
    assert "series=retention" in visitor.page.url
    assert visitor.clean()


def test_an_unknown_feature_is_never_silently_another(visit: Visit) -> None:
    visitor = visit("/feature?feature=serach")
    assert visitor.title() == "No such feature"
    assert "Did you mean search?" in visitor.page.locator("[data-testid=stAlert]").inner_text()
    assert visitor.cards() == []
    visitor.page.get_by_role("button", name="Smart Search").click()
    visitor.page.wait_for_function("!location.search.includes('serach')")
    visitor.settled()
    assert visitor.title() == "Smart Search"
    assert visitor.clean()


def test_every_number_has_a_receipt_behind_one_click(visit: Visit, sample: Session) -> None:
    visitor = visit("/feature?feature=search")
    receipt = feature_report(sample, "search").cards[0].receipt
    assert receipt is not None
    visitor.page.get_by_role("button", name="Receipt").first.click()
    opened = visitor.page.locator("[data-testid=stPopoverBody]")
    for words in (receipt.sentence, receipt.definition, receipt.meaning, receipt.counted):
        opened.get_by_text(words).wait_for()
    assert visitor.clean()


def test_definitions_broken_while_the_page_is_open_leave_the_numbers_and_say_where(
    visit: Visit, serve: Callable[[Path], str], sample_project: Path, tmp_path: Path
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "edited")
    visitor = visit("/feature?feature=search", at=serve(project))
    before = visitor.cards()
    edited = project / "metric_defs" / "search.yml"
    edited.write_text(edited.read_text().replace("used:", "usd:"))
    visitor.page.get_by_role("radio", name="4 weeks").click()
    visitor.page.wait_for_url("**weeks=4**")
    visitor.settled()
    assert "the last good ones stay in force" in visitor.page.locator("[data-testid=stAlert]").inner_text()
    assert "metric_defs/search.yml:" in visitor.page.locator("[data-testid=stCode]").first.inner_text()
    assert visitor.cards() == before
    assert visitor.clean()
