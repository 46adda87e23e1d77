"""Trying a metric in a real browser: typed by hand, answered while typing, passed on by a link."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]

FIELD = "The definition, as YAML"
SIDEWAYS = "document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth"
TYPED = (
    "metrics:\nsearches_without_results:\ndescription: Searches that found nothing\ntype: count\n"
    "event: search_submited\nfilter: {results: 0}\nfeature: search"
)
MEANT = """\
metrics:
  searches_without_results:
    description: Searches that found nothing
    type: count
    event: search_submited
    filter: {results: 0}
    feature: search"""


def write(visitor: Any, text: str) -> None:  # noqa: ANN401
    """Types a text over the one that stands there, and waits until it was answered."""
    visitor.page.get_by_label(FIELD).click()
    visitor.page.keyboard.press("Control+a")
    visitor.page.keyboard.type(text)
    visitor.page.keyboard.press("Control+Enter")
    visitor.page.wait_for_timeout(300)
    visitor.settled()


def paste(visitor: Any, text: str) -> None:  # noqa: ANN401
    """Puts a text without a fault into the field at once, and waits for its number."""
    visitor.page.get_by_label(FIELD).fill(text)
    visitor.page.locator("[data-testid=stMetricLabel]", has_text="searches_without_results").wait_for()
    visitor.settled()


@pytest.mark.parametrize(
    ("dark", "phone"), [(False, False), pytest.param(True, False, marks=pytest.mark.long), (False, True)]
)
def test_a_text_is_indented_while_it_is_typed_and_its_fault_is_shown(visit: Visit, dark: bool, phone: bool) -> None:
    visitor = visit("/new", dark=dark, phone=phone)
    write(visitor, TYPED)
    assert visitor.page.get_by_label(FIELD).input_value() == MEANT
    alert = visitor.page.locator("[data-testid=stAlert]").inner_text()
    assert "Line 5, column 12." in alert
    assert "Did you mean search_submitted?" in alert
    assert visitor.page.locator(".lines .wrong").inner_text() == "5"
    assert visitor.cards() == []
    paste(visitor, MEANT.replace("submited", "submitted"))
    assert visitor.page.locator("[data-testid=stAlert]").count() == 0
    visitor.page.locator(".picture").scroll_into_view_if_needed()
    visitor.page.locator(".picture svg").wait_for()
    assert visitor.page.evaluate(SIDEWAYS) <= 0
    assert visitor.clean()


def test_what_was_typed_is_there_again_after_another_start_and_another_page(visit: Visit) -> None:
    visitor = visit("/new")
    paste(visitor, MEANT.replace("submited", "submitted"))
    value = visitor.cards()
    assert len(value) == 1
    visitor.page.get_by_role("link", name="Overview").click()
    visitor.page.wait_for_function("!location.pathname.includes('new')")
    visitor.settled()
    visitor.page.get_by_role("link", name="Try a metric").click()
    visitor.page.wait_for_url("**/new**")
    visitor.settled()
    assert "searches_without_results" in visitor.page.get_by_label(FIELD).input_value()
    assert visitor.cards() == value
    assert visitor.clean()


def test_a_link_shows_another_person_the_same_text_and_number(visit: Visit) -> None:
    visitor = visit("/new")
    paste(visitor, MEANT.replace("submited", "submitted"))
    visitor.page.get_by_role("button", name="Link to this text").click()
    link = visitor.page.locator("[data-testid=stPopoverBody] [data-testid=stCode]").inner_text().strip()
    other = visit(link.removeprefix(visitor.address))
    assert other.page.get_by_label(FIELD).input_value() == visitor.page.get_by_label(FIELD).input_value()
    assert other.cards() == visitor.cards()
    assert other.clean()


def test_the_field_can_be_left_by_keyboard(visit: Visit) -> None:
    visitor = visit("/new")
    visitor.page.get_by_label(FIELD).focus()
    visitor.page.keyboard.press("Tab")
    assert visitor.page.get_by_label(FIELD).input_value().endswith("  ")
    visitor.page.keyboard.press("Escape")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate(
        "document.activeElement.shadowRoot === null || !document.activeElement.shadowRoot.activeElement"
    )
