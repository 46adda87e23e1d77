"""What people take away from a page, down to the bytes of the files."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prodops_metrics.reports.drawings import drawings
from prodops_metrics.reports.feature import FeatureReport, feature_report
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.takeaway import csv, file_name
from prodops_metrics.reports.wording import unbroken

if TYPE_CHECKING:
    from playwright.sync_api import Download, Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def report(sample: Session) -> FeatureReport:
    return feature_report(sample, "search")


def downloaded(page: "Page", label: str) -> "Download":
    """The file behind a button, which is made when it is pressed."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).click()
    return waiting.value


def test_a_charts_numbers_and_picture_are_downloaded_as_the_report_has_them(visit: Visit, report: FeatureReport) -> None:
    visitor = visit("/feature?feature=search")
    drawing = next(one for one in drawings(report) if one.parcel.id == "search.activation.steps")
    visitor.page.locator(f".{key(drawing.parcel.id)} button").first.click()
    visitor.page.get_by_role("button", name="CSV: the numbers").wait_for()
    numbers = downloaded(visitor.page, "CSV: the numbers")
    assert numbers.suggested_filename == file_name(drawing.parcel, "csv")
    assert Path(numbers.path()).read_bytes() == csv(drawing.parcel)
    picture = downloaded(visitor.page, "PNG: the picture")
    assert Path(picture.path()).read_bytes().startswith(b"\x89PNG")
    assert visitor.clean()


def key(name: str) -> str:
    """The class that Streamlit gives the element of this key."""
    return "st-key-take-away-" + name.replace(".", "-")


def test_the_whole_report_is_downloaded_as_one_file_that_opens_without_a_network(
    visit: Visit, report: FeatureReport, tmp_path: Path
) -> None:
    visitor = visit("/feature?feature=search")
    found = downloaded(visitor.page, "Report as one file")
    assert found.suggested_filename == f"search_{report.pinned.data_through}.html"
    page = tmp_path / "report.html"
    found.save_as(page)
    visitor.page.context.set_offline(True)
    asked: list[str] = []
    alone = visitor.page.context.new_page()
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(page.as_uri())
    assert asked == [page.as_uri()]
    assert alone.locator(".card .number").all_inner_texts() == [unbroken(card.text) for card in report.cards]
    assert alone.locator(".light svg").first.is_visible()
    assert not alone.locator(".dark svg").first.is_visible()
    alone.emulate_media(color_scheme="dark")
    assert alone.locator(".dark svg").first.is_visible()
    alone.emulate_media(media="print")
    assert alone.locator(".light svg").first.is_visible()
    assert alone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
