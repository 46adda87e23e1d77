"""What people do with the dashboard, in a real browser: nothing may break, leak or mislead on the way."""

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.overview import overview
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.verdict_report import weeks_sentence
from prodops_metrics.warehouse.snapshots import current_number

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]

PAGES = ["/", "/feature?feature=search", "/feature?feature=offline_mode&weeks=26"]
SIDEWAYS = "document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth"
WHITE, NIGHT = "rgb(255, 255, 255)", "rgb(18, 21, 28)"
LINK = "getComputedStyle(document.querySelector('[data-testid=stPageLink-NavLink] strong')).color"
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_clean_and_every_picture_has_words(visit: Visit, path: str) -> None:
    visitor = visit(path)
    assert visitor.clean()
    charts = visitor.page.locator("[data-testid=stVegaLiteChart]")
    assert charts.count() > 0
    described = visitor.page.locator("[data-testid=stVegaLiteChart] [aria-label*=' ']")
    assert described.count() >= charts.count()


@pytest.mark.parametrize(
    ("dark", "background", "link"), [(False, WHITE, "rgb(67, 56, 202)"), (True, NIGHT, "rgb(124, 131, 242)")]
)
def test_a_page_follows_the_mode_of_the_visitor_wherever_it_is_served_from(
    visit: Visit, dark: bool, background: str, link: str
) -> None:
    visitor = visit("/", dark=dark)
    assert visitor.page.evaluate(BACKGROUND) == background
    assert visitor.page.evaluate(LINK) == link
    visitor.open("/feature?feature=search")
    assert visitor.page.evaluate(BACKGROUND) == background
    assert visitor.clean()


@pytest.mark.parametrize("path", PAGES[:2])
def test_a_phone_never_scrolls_sideways(visit: Visit, path: str) -> None:
    visitor = visit(path, phone=True)
    assert visitor.page.evaluate(SIDEWAYS) <= 0
    assert visitor.clean()


def test_a_feature_on_the_overview_opens_its_report_and_back_returns(visit: Visit, sample: Session) -> None:
    visitor = visit("/?weeks=26")
    line = next(line for line in overview(sample).lines if line.feature.id == "search")
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
    visitor.weeks(26)
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


def test_a_deep_link_survives_the_weeks_control_and_going_elsewhere(visit: Visit) -> None:
    visitor = visit("/feature?feature=templates&weeks=4&series=retention")
    assert visitor.title() == "Templates"
    assert visitor.page.get_by_role("radio", name="4 weeks").get_attribute("aria-checked") == "true"
    visitor.weeks(26)
    assert visitor.title() == "Templates"
    visitor.page.get_by_role("link", name="Overview").click()
    visitor.page.wait_for_function("!location.pathname.includes('feature')")
    visitor.settled()
    assert visitor.title() == "Folio overview"
    visitor.page.go_back()
    visitor.page.wait_for_url("**feature=templates**")
    visitor.settled()
    assert visitor.title() == "Templates"
    assert visitor.page.get_by_role("radio", name="26 weeks").get_attribute("aria-checked") == "true"
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
    report = feature_report(sample, "search")
    receipt, of_verdict = report.cards[0].receipt, sum(shown.receipt is not None for shown in report.verdict.reasons)
    assert receipt is not None
    visitor.page.get_by_role("button", name="Receipt").nth(of_verdict).click()
    opened = visitor.page.locator("[data-testid=stPopoverBody]")
    for words in (receipt.sentence, receipt.definition, receipt.meaning, receipt.counted):
        opened.get_by_text(words).wait_for()
    assert opened.locator("[data-testid=stCode]").inner_text().split() == receipt.sql.split()
    assert visitor.clean()


def test_a_verdict_stands_at_the_top_with_its_reasons_receipts_and_weeks(visit: Visit, sample: Session) -> None:
    visitor = visit("/feature?feature=search")
    verdict = feature_report(sample, "search").verdict
    block = visitor.page.locator(".st-key-verdict")
    for words in (verdict.name, verdict.since_text, verdict.reasons[0].sentence, weeks_sentence(verdict.weeks)):
        block.get_by_text(words).first.wait_for()
    block.get_by_role("button", name="Receipt").first.click()
    receipt = verdict.reasons[0].receipt
    assert receipt is not None
    visitor.page.locator("[data-testid=stPopoverBody]").get_by_text(receipt.sentence).wait_for()
    assert visitor.clean()


def test_definitions_broken_while_the_page_is_open_leave_the_numbers_and_say_where_until_mended(
    visit: Visit, changing: tuple[Path, str]
) -> None:
    project, address = changing
    visitor = visit("/feature?feature=search", at=address)
    before = visitor.cards()
    edited = project / "metric_defs" / "search.yml"
    good = edited.read_text()
    line = 1 + good[: good.index("used:")].count("\n")
    edited.write_text(good.replace("used:", "usd:"))
    visitor.weeks(4)
    assert "the last good ones stay in force" in visitor.page.locator("[data-testid=stAlert]").inner_text()
    assert f"metric_defs/search.yml:{line}:" in visitor.page.locator("[data-testid=stCode]").first.inner_text()
    assert visitor.cards() == before
    edited.write_text(good)
    visitor.weeks(26)
    assert visitor.page.locator("[data-testid=stAlert]").count() == 0
    assert visitor.cards() == before
    assert visitor.clean()


def test_a_refresh_published_while_the_page_is_open_is_shown_at_the_next_click(
    visit: Visit, changing: tuple[Path, str], repository: Path
) -> None:
    project, address = changing
    visitor = visit("/feature?feature=search", at=address)
    before = current_number(project)
    assert visitor.page.get_by_text(f"snapshot {before} ·").count() == 1
    add_a_day(project, repository)
    published = current_number(project)
    assert published is not None
    assert published != before
    visitor.weeks(4)
    assert visitor.page.get_by_text(f"snapshot {published} ·").count() == 1
    assert visitor.page.get_by_text("Data through 17 Nov 2026").count() == 1
    assert visitor.clean()


def add_a_day(project: Path, repository: Path) -> None:
    """One event of the day after the sample's last, loaded by the command that people use."""
    header = "event_id,event,user_id,account_id,time"
    with gzip.open(project / "data" / "exports" / "events" / "2026-11-23.csv.gz", "wt") as export:
        export.write(f"{header}\nnew,app_opened,u1066,a116,2026-11-18 12:00:00\n")
    command = [sys.executable, "-c", "from prodops_metrics.cli import main; main()", "--project", str(project), "refresh"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
