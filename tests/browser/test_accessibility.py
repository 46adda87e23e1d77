"""Every page for everyone: by the rules of axe in light and dark, and by keyboard alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from prodops_metrics.pages.main import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]

EXAMPLES = {
    "feature": "/feature?feature=search",
    "metric": "/metric?metric=search.adoption",
    "event": "/event?event=search_submitted",
}
"""The address of pages that are about one thing."""
RARER = {"experiments", "differs", "compare", "goals", "metrics", "learn"}
"""Pages made of the same parts as the others, which are walked by the slow tests."""
PATHS = [
    pytest.param(EXAMPLES.get(one.path, f"/{one.path}"), marks=[pytest.mark.long] if one.path in RARER else [])
    for one in PAGES
]
OF_STREAMLIT = {
    "scrollable-region-focusable": (".stCode", "pre"),
    "color-contrast": ('class="token', "span[title="),
}
"""What Streamlit's own markup does wrong and a page cannot mend, as a rule of axe and parts of selectors or markup.

A code block that scrolls takes no focus; the button that copies all of it does. Colours of code are Streamlit's. What is
chosen from several stands in white on the theme's first colour, which in the dark has to be light enough to be read as text.
"""
LEVELS = """() => [...document.querySelectorAll('[data-testid=stMain] :is(h1, h2, h3, h4, h5, h6)')]
    .map(one => Number(one.tagName[1]))"""
GRAVE = {"serious", "critical"}
WATCH = """() => {
    const kinds = 'button, a[href], input, textarea, select, summary, [tabindex="0"]';
    const seen = one => one.getClientRects().length && one.checkVisibility({visibilityProperty: true});
    const all = [...document.querySelectorAll(kinds)].filter(one =>
        one.tabIndex >= 0 && !one.disabled && seen(one) && !one.closest('[aria-hidden=true]'));
    const stop = one => one?.closest('[role=radiogroup]') ?? one;
    window.reached = new Set();
    document.addEventListener('focusin', event => window.reached.add(stop(event.target)));
    window.stops = [...new Set(all.map(stop))];
    return window.stops.length;
}"""
"""Counts what the keyboard has to reach, a group of radio buttons once, and notes what it reaches."""
MISSED = "() => window.stops.filter(one => !window.reached.has(one)).map(one => one.outerHTML.slice(0, 200))"
SPARE = 15
"""Stops that are no control of ours, such as charts and what lies outside the page."""


def faults(page: "Page") -> list[str]:
    """What axe calls serious or critical, each as one line."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    found = Axe().run(page).response["violations"]
    nodes = [(rule, node) for rule in found if rule["impact"] in GRAVE for node in rule["nodes"]]
    ours = [(rule["id"], node) for rule, node in nodes if not of_streamlit(rule["id"], f"{node['target']} {node['html']}")]
    return [f"{rule} {node['target']} {node['html'][:200]}" for rule, node in ours]


def of_streamlit(rule: str, element: str) -> bool:
    """Whether Streamlit's own markup is what a rule is about."""
    return any(part in element for part in OF_STREAMLIT.get(rule, ()))


def skipped(levels: list[int]) -> list[tuple[int, int]]:
    """Headings that stand more than one level below the one before them; the first has to be the title."""
    return [(above, level) for above, level in zip([0, *levels], levels, strict=False) if level > above + 1]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_on_a_page_keeps_anyone_out_in_light_or_dark(visit: Visit, path: str) -> None:
    visitor = visit(path)
    levels = visitor.page.evaluate(LEVELS)
    assert levels.count(1) == 1
    assert skipped(levels) == []
    pictures = visitor.page.locator(".picture")
    assert pictures.and_(visitor.page.locator("[aria-label*=' ']")).count() == pictures.count()
    assert faults(visitor.page) == []
    visitor.page.emulate_media(color_scheme="dark")
    visitor.settled()
    assert visitor.page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme") == "dark"
    assert faults(visitor.page) == []
    assert visitor.clean()


def test_the_keyboard_alone_reaches_every_control_of_a_report_and_opens_and_closes_a_receipt(visit: Visit) -> None:
    visitor = visit("/feature?feature=search")
    page = visitor.page
    stops = page.evaluate(WATCH)
    assert stops > 20
    for _ in range(stops + SPARE):
        page.keyboard.press("Tab")
    assert page.evaluate(MISSED) == []
    page.get_by_role("button", name="Receipt").first.focus()
    page.keyboard.press("Enter")
    opened = page.locator("[data-testid=stPopoverBody]")
    opened.get_by_text("Paste into DuckDB").first.wait_for()
    page.keyboard.press("Escape")
    opened.wait_for(state="detached")
    assert visitor.clean()
