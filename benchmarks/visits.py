"""What visitors do in a browser, timed, and what they see: of a dashboard that is being served."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Literal

from playwright.async_api import Browser, ConsoleMessage, Error, Page

from scripts.screenshots import SETTLED

WEEKS, ENTITIES = ("4", "12", "26"), ("user", "account")
USUAL = ("12", "user")
"""What the address does not say."""
PATIENCE = 300_000
"""Milliseconds within which a page has to be there: the first to ask about a window waits for the count."""
SEEN = """() => {
    const main = document.querySelector('[data-testid=stMain]').cloneNode(true)
    const pictures = [...main.querySelectorAll('.picture')]
    for (const one of pictures) one.replaceChildren()
    return [main.textContent, ...pictures.map(one => one.getAttribute('aria-label'))].join('\\n')
}"""
"""All that a page tells: its words, and what screen readers say of its pictures, some of which are not in sight yet."""
KNOWN_NOISE = ("_stcore/health", "_stcore/host-config", "favicon")

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class View:
    """A view of the feature report: how many weeks back, counted by what."""

    feature: str
    weeks: str
    entity: str

    @property
    def path(self) -> str:
        """Its address without the host."""
        return f"/feature?feature={self.feature}&weeks={self.weeks}&entity={self.entity}"


@dataclass(frozen=True, slots=True)
class Gesture:
    """What a visitor clicks, by its name in the table; ``seen`` is JavaScript that holds once the page shows it."""

    name: str
    role: Literal["link", "radio"]
    clicked: str
    seen: str

    async def do(self, page: Page) -> None:
        """Does it and waits until everything is drawn."""
        await page.get_by_role(self.role, name=self.clicked, exact=True).first.click()
        await until(page, self.seen)


def gestures(weeks: str) -> Sequence[Gesture]:
    """Those that are timed after a first load, in their order; ``weeks`` is the window that is changed to."""
    return (
        Gesture("change of page", "link", "Feature report", "location.pathname == '/feature'"),
        Gesture("change of window", "radio", f"{weeks} weeks", f"location.search.includes('weeks={weeks}')"),
        Gesture("change of series", "radio", "Active users", "location.search.includes('series=')"),
    )


async def until(page: Page, also: str = "true") -> None:
    """Waits until a page has drawn everything and something else holds too."""
    await page.wait_for_function(f"() => ({SETTLED})() && ({also})", timeout=PATIENCE, polling=20)


async def timed(browser: Browser, address: str, path: str, weeks: str) -> dict[str, tuple[float, float]]:
    """When each gesture of somebody who was never there began and ended, in the order of the table."""
    found: dict[str, tuple[float, float]] = {}
    async with visitor(browser) as (page, wrong):
        began = time.perf_counter()
        await page.goto(address + path)
        await until(page, "document.querySelector('h1')")
        found["first load"] = (began, time.perf_counter())
        for gesture in gestures(weeks):
            began = time.perf_counter()
            await gesture.do(page)
            found[gesture.name] = (began, time.perf_counter())
    if wrong:
        raise RuntimeError(f"the page complained: {wrong[0]}")
    return found


@asynccontextmanager
async def visitor(browser: Browser) -> AsyncIterator[tuple[Page, list[str]]]:
    """A window of somebody's own, and what goes wrong in it."""
    context, wrong = await browser.new_context(viewport={"width": 1440, "height": 900}), []

    def said(message: ConsoleMessage) -> None:
        text = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not any(noise in text for noise in KNOWN_NOISE):
            wrong.append(text)

    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    page.on("console", said)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        yield page, wrong
    finally:
        with suppress(Error):  # whoever stops us stops the browser too
            await context.close()


@dataclass(slots=True)
class Seen:
    """What visitors saw: each page as often as it was told otherwise, what went wrong, and how many they looked at."""

    pages: dict[View, set[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    views: int = 0

    async def note(self, view: View, page: Page) -> None:
        """Takes down what a page tells."""
        self.views += 1
        if await page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count():
            self.wrong.append(f"{view.path} shows an error")
        self.pages.setdefault(view, set()).add(await page.evaluate(SEEN))

    def unlike(self, alone: "Seen") -> list[str]:
        """The views that told anybody something else than one visitor alone is told."""
        return [view.path for view, told in self.pages.items() if told != alone.pages[view]]


def views_of(features: Sequence[str]) -> list[View]:
    """Every view that the controls of a feature report lead to."""
    return [View(*one) for one in product(features, WEEKS, ENTITIES)]


async def at_once(browser: Browser, address: str, routes: Sequence[Sequence[View]], told: Told) -> Seen:
    """As many visitors as there are routes, all at once; each goes from view to view by the controls of the page."""
    seen = Seen()

    async def go(route: Sequence[View]) -> None:
        async with visitor(browser) as (page, wrong):
            await _opened(page, address, route[0])
            await seen.note(route[0], page)
            for before, after in pairwise(route):
                await _switched(page, address, before, after)
                await seen.note(after, page)
                told(f"{seen.views} of {sum(map(len, routes))} page views")
            seen.wrong += wrong

    try:
        async with asyncio.TaskGroup() as group:
            for route in routes:
                group.create_task(go(route))
    except ExceptionGroup as several:
        raise several.exceptions[0] from several
    return seen


async def _opened(page: Page, address: str, view: View) -> None:
    await page.goto(address + view.path)
    await until(page, "document.querySelector('[data-testid=stMetricValue]')")


async def _switched(page: Page, address: str, before: View, after: View) -> None:
    """From one view to another, as its visitor would: by the controls, unless it is of another feature."""
    if before.feature != after.feature or before == after:
        await _opened(page, address, after)
        return
    if before.weeks != after.weeks:
        await page.get_by_role("radio", name=f"{after.weeks} weeks", exact=True).click()
        await until(page, _said("weeks", after.weeks))
    if before.entity != after.entity:
        await page.get_by_role("radio", name=f"{after.entity.capitalize()}s", exact=True).click()
        await until(page, _said("entity", after.entity))


def _said(name: str, value: str) -> str:
    """JavaScript: whether the address says a choice; the usual one is not said."""
    if value in USUAL:
        return f"!location.search.includes('{name}=')"
    return f"location.search.includes('{name}={value}')"


def routes(views: Sequence[View], visitors: int, length: int, first: int = 0) -> list[list[View]]:
    """Where visitors go, each in an order of their own, the same in every run; no view twice in a row.

    ``first`` is the number of the first of them: others go elsewhere.
    """
    return [list(_route(views, random.Random(seed), length)) for seed in range(first, first + visitors)]


def _route(views: Sequence[View], chance: random.Random, length: int) -> Iterator[View]:
    before: View | None = None
    for _ in range(length):
        before = chance.choice([view for view in views if view != before])
        yield before


def overlap(asked: Sequence[tuple[float, float]], began: float, ended: float) -> float:
    """Seconds from ``began`` to ``ended`` in which at least one of the questions was being answered."""
    total, until_now = 0.0, began
    for start, end in sorted(asked):
        start, end = max(start, until_now), min(end, ended)
        if end > start:
            total, until_now = total + end - start, end
    return total


def medians(visits: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The middle one of several visits, gesture by gesture."""
    return {name: sorted(visit[name] for visit in visits)[len(visits) // 2] for name in visits[0]}
