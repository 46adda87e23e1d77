"""What people do with the dashboard, in a real browser: nothing may break, leak or mislead on the way."""

import gzip
import re
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
from prodops_metrics.warehouse.snapshots import current_number, path_of

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]

SIDEWAYS = "document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth"
SAME_LINE = 20
"""Pixels by which a button is higher than the text that it stands beside, at most."""
WHITE, NIGHT = "rgb(255, 255, 255)", "rgb(18, 21, 28)"
LINK = "getComputedStyle(document.querySelector('[data-testid=stPageLink-NavLink] strong')).color"
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"


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


@pytest.mark.parametrize("path", ["/", "/compare"])
def test_a_phone_never_scrolls_sideways_and_the_link_stands_beside_what_it_is_of(visit: Visit, path: str) -> None:
    visitor = visit(path, phone=True)
    assert visitor.page.evaluate(SIDEWAYS) <= 0
    link = visitor.page.get_by_role("button", name="Link", exact=True).bounding_box()
    origin = visitor.page.get_by_text("Data through").first.bounding_box()
    assert origin["y"] - SAME_LINE <= link["y"] <= origin["y"] + origin["height"]
    assert visitor.clean()


def test_a_report_on_a_phone_never_scrolls_sideways(visit: Visit) -> None:
    visitor = visit("/feature?feature=search", phone=True)
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
    visitor.page.get_by_role("radio", name="Dates").click()
    visitor.page.wait_for_url("**to=2026-11-16")
    visitor.settled()
    visitor.back()
    assert visitor.page.url.endswith("/feature?feature=search&weeks=26"), "one press, however many values were written"
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
    visitor.back()
    assert "feature=templates" in visitor.page.url
    assert visitor.title() == "Templates"
    assert visitor.page.get_by_role("radio", name="26 weeks").get_attribute("aria-checked") == "true"
    assert visitor.page.get_by_role("radio", name="Retention").get_attribute("aria-checked") == "true"
    assert visitor.clean()


def test_another_feature_is_chosen_and_the_address_says_its_id(visit: Visit) -> None:
    visitor = visit("/feature?feature=search&series=retention")
    visitor.page.get_by_role("combobox", name="Feature").click()
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


def test_the_numbers_on_the_page_are_the_reports_and_have_receipts_behind_one_click(visit: Visit, sample: Session) -> None:
    visitor = visit("/feature?feature=search")
    report = feature_report(sample, "search")
    assert visitor.cards() == [figure.text for figure in (*report.cards, *report.more)]
    receipt = report.cards[0].receipt
    assert receipt is not None
    visitor.page.get_by_role("button", name="Receipt", exact=True).first.click()
    opened = visitor.page.locator("[data-testid=stPopoverBody]")
    for words in (receipt.sentence, receipt.definition, receipt.meaning, receipt.counted):
        opened.get_by_text(words).wait_for()
    assert opened.locator("[data-testid=stCode]").inner_text().split() == receipt.sql.split()
    visitor.page.keyboard.press("Escape")
    opened.wait_for(state="detached")
    verdict = report.verdict
    block = visitor.page.locator(".st-key-verdict")
    for words in (verdict.name, verdict.since_text, verdict.reasons[0].sentence, weeks_sentence(verdict.weeks)):
        block.get_by_text(words).first.wait_for()
    block.get_by_role("button", name="Receipt").first.click()
    reason = verdict.reasons[0].receipt
    assert reason is not None
    opened.get_by_text(reason.sentence).wait_for()
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


@pytest.mark.long  # tests/pages holds the same without a browser
def test_a_refresh_published_while_the_page_is_open_is_shown_at_the_next_click_and_fixed_links_keep_to_theirs(
    visit: Visit, changing: tuple[Path, str], repository: Path
) -> None:
    project, address = changing
    visitor = visit("/feature?feature=search", at=address)
    before, cards = current_number(project), visitor.cards()
    assert before is not None
    assert visitor.page.get_by_text(f"snapshot {before} ·").count() == 1
    fixed = fixed_link(visitor)
    add_a_day(project, repository)
    published = current_number(project)
    assert published is not None
    assert published != before
    visitor.weeks(4)
    assert visitor.page.get_by_text(f"snapshot {published} ·").count() == 1
    visitor.page.get_by_text("Data through 17 Nov 2026 ·").first.wait_for()
    visitor.page.get_by_text(f"New data is shown: snapshot {published} in the place of {before}").first.wait_for()
    assert visitor.clean()
    other = visit(fixed, at=address)
    other.page.get_by_text(f"This link is fixed to snapshot {before}, data through 16 Nov 2026.").wait_for()
    assert other.cards() == cards
    path_of(project, before).unlink()
    other.open(fixed)
    assert f"snapshot {before}, which is not kept any more" in other.page.locator("[data-testid=stAlert]").inner_text()
    assert other.cards() == []
    other.open(re.sub(rf"snapshot={before}\.\w+", f"snapshot={published}.000000", fixed))
    assert f"a snapshot {published} that has been replaced" in other.page.locator("[data-testid=stAlert]").inner_text()
    other.page.get_by_role("button", name="Show the newest data").click()
    other.page.get_by_text("Data through 17 Nov 2026 ·").first.wait_for()
    other.settled()
    assert other.cards() == visitor.cards()
    assert other.clean()


def fixed_link(visitor: Any) -> str:  # noqa: ANN401
    """The fixed one of the two links behind the button, without the host."""
    visitor.page.get_by_role("button", name="Link", exact=True).click()
    shown = visitor.page.locator("[data-testid=stPopoverBody] [data-testid=stCode]")
    shown.nth(1).wait_for()
    link = shown.nth(1).inner_text().strip()
    visitor.page.keyboard.press("Escape")
    shown.first.wait_for(state="detached")
    return str(link).removeprefix(visitor.address)


def add_a_day(project: Path, repository: Path) -> None:
    """One event of the day after the sample's last, loaded by the command that people use."""
    header = "event_id,event,user_id,account_id,anonymous_id,time"
    with gzip.open(project / "data" / "exports" / "events" / "2026-11-23.csv.gz", "wt") as export:
        export.write(f"{header}\nnew,app_opened,u1066,a116,,2026-11-18 12:00:00\n")
    command = [sys.executable, "-c", "from prodops_metrics.cli import main; main()", "--project", str(project), "refresh"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
