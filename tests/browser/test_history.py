"""Back and Forward, pressed faster than pages answer: each entry keeps its address."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]
STEPS = (-1, 1, -1, 1, -1, -1, 1, -1, 1, 1)
PAUSES = (5, 40, 120, 300)
"""Milliseconds between two presses, in turn."""


def test_ten_quick_presses_leave_every_page_its_own_address(visit: Visit) -> None:
    visitor = visit("/events")
    page = visitor.page
    page.get_by_role("combobox", name="Open").fill("search_submitted")
    page.get_by_role("option", name="search_submitted", exact=True).click()
    page.wait_for_url("**/event?event=search_submitted")
    visitor.settled()
    page.get_by_role("link", name="Goals", exact=True).click()
    page.wait_for_url("**/goals")
    visitor.settled()
    entries, titles = ("/events", "/event?event=search_submitted", "/goals"), ("Events", "search_submitted", "Goals")
    at = len(entries) - 1
    for turn, step in enumerate(STEPS):
        at += step
        page.evaluate("step => history.go(step)", step)
        page.wait_for_timeout(PAUSES[turn % len(PAUSES)])
    visitor.settled()
    for step in (0, -1, -1, 1):
        if step:
            page.evaluate("step => history.go(step)", step)
            at += step
            page.wait_for_url(f"**{entries[at]}")
        page.locator("h1", has_text=titles[at]).wait_for()
        visitor.settled()
        assert page.url == visitor.address + entries[at]
        assert visitor.title() == titles[at]
    assert visitor.clean()
