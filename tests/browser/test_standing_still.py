"""Nothing jumps while a page is drawn: the layout shift of a first load, as browsers measure it."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

from scripts.screenshots import PATIENCE, settle

pytestmark = pytest.mark.browser
NOTICED = 0.1
"""The sum of shifts from which on visitors are disturbed, by web.dev/articles/cls."""
WATCH = """
window.shifts = [];
new PerformanceObserver(list => window.shifts.push(...list.getEntries().filter(one => !one.hadRecentInput)))
    .observe({type: 'layout-shift', buffered: true});
"""
SHIFTED = "() => window.shifts.reduce((sum, one) => sum + one.value, 0)"


@pytest.mark.long
@pytest.mark.parametrize("path", ["/", "/feature?feature=search"])
@pytest.mark.parametrize("width", [390, 1440])
def test_a_first_load_does_not_jump(browser: "Browser", address: str, path: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address + path)
    settle(page)
    shifted = page.evaluate(SHIFTED)
    context.close()
    assert shifted < NOTICED
