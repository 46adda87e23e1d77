"""What visitors do in a browser, timed, and what they see: of a dashboard that is being served."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import product
from statistics import median
from typing import Literal

from playwright.async_api import Browser, ConsoleMessage, Error, Page, WebSocket
from playwright.async_api import TimeoutError as InVain
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from scripts.screenshots import SETTLED

WEEKS, ENTITIES = ("4", "12", "26"), ("user", "account")
USUAL = ("12", "user")
"""What the address does not say."""
PATIENCE = 120_000
"""Milliseconds within which a page has to be there: the first to ask about a window waits for the count."""
LONGEST = 300.0
"""Seconds after which visitors who came at once are sent home, wherever they are."""
LOOKED = 0.01
"""Seconds between looks at whether the server has ended a run."""
IDLE = "() => new Promise(done => requestIdleCallback(() => done(({settled})() && ({also}))))"
"""Whether a page shows what it should once its browser has nothing left to do."""
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


@dataclass  # without slots: Playwright writes its own attributes onto whose method listens
class Runs:
    """The runs of a page, as its server tells the browser of them: how many have begun, and whether the last goes on."""

    begun: int = 0
    running: bool = False

    def attend(self, socket: WebSocket) -> None:
        """Listens to what the server sends over a socket."""
        socket.on("framereceived", self.heard)

    def heard(self, frame: str | bytes) -> None:
        """Takes up one message of the server."""
        if isinstance(frame, str):
            return
        kind = ForwardMsg.FromString(frame).WhichOneof("type")
        if kind == "new_session":
            self.begun, self.running = self.begun + 1, True
        elif kind == "script_finished":
            self.running = False

    async def past(self, begun: int) -> None:
        """Waits until a run after so many has begun and none goes on."""
        async with asyncio.timeout(PATIENCE / 1000):
            while self.begun <= begun or self.running:
                await asyncio.sleep(LOOKED)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a window of their own; ``wrong`` is what went wrong in it."""

    page: Page
    runs: Runs
    wrong: list[str]

    async def open(self, address: str, seen: str) -> None:
        """Goes to an address and waits until everything is drawn; ``seen`` as in ``Gesture``."""
        before = self.runs.begun
        await self.page.goto(address)
        await self._until(before, seen)

    async def click(self, role: Literal["link", "radio"], name: str, seen: str) -> None:
        """Clicks what has a name and waits until everything is drawn."""
        before = self.runs.begun
        await self.page.get_by_role(role, name=name, exact=True).first.click()
        await self._until(before, seen)

    async def _until(self, before: int, seen: str) -> None:
        """Waits for the run that was asked for, and until the browser has drawn it.

        The page alone does not tell: its address changes while a busy browser still shows what was there, settled.
        """
        while True:
            await self.runs.past(before)
            begun = self.runs.begun
            await self.page.wait_for_function(f"() => ({SETTLED})() && ({seen})", timeout=PATIENCE, polling=20)
            idle = await self.page.evaluate(IDLE.format(settled=SETTLED, also=seen))
            if idle and begun == self.runs.begun and not self.runs.running:
                return


@dataclass(frozen=True, slots=True)
class Gesture:
    """What a visitor clicks, by its name in the table; ``seen`` is JavaScript that holds once the page shows it."""

    name: str
    role: Literal["link", "radio"]
    clicked: str
    seen: str


def gestures(weeks: str) -> Sequence[Gesture]:
    """Those that are timed after a first load, in their order; ``weeks`` is the window that is changed to."""
    return (
        Gesture("change of page", "link", "Feature report", "location.pathname == '/feature'"),
        Gesture("change of window", "radio", f"{weeks} weeks", f"location.search.includes('weeks={weeks}')"),
        Gesture("change of series", "radio", "Active users", "location.search.includes('series=')"),
    )


async def timed(browser: Browser, address: str, path: str, weeks: str) -> dict[str, tuple[float, float]]:
    """When each gesture of somebody who was never there began and ended, in the order of the table."""
    found: dict[str, tuple[float, float]] = {}
    async with visitor(browser) as one:
        began = time.perf_counter()
        await one.open(address + path, "document.querySelector('h1')")
        found["first load"] = (began, time.perf_counter())
        for gesture in gestures(weeks):
            began = time.perf_counter()
            await one.click(gesture.role, gesture.clicked, gesture.seen)
            found[gesture.name] = (began, time.perf_counter())
    if one.wrong:
        raise RuntimeError(f"the page complained: {one.wrong[0]}")
    return found


@asynccontextmanager
async def visitor(browser: Browser) -> AsyncIterator[Visitor]:
    """Somebody who was never there."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    one = Visitor(await context.new_page(), Runs(), [])

    def said(message: ConsoleMessage) -> None:
        text = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not any(noise in text for noise in KNOWN_NOISE):
            one.wrong.append(text)

    one.page.on("console", said)
    one.page.on("pageerror", lambda error: one.wrong.append(str(error)))
    one.page.on("websocket", one.runs.attend)
    try:
        yield one
    finally:
        with suppress(Error):  # whoever stops us stops the browser too
            await context.close()


@dataclass(slots=True)
class Seen:
    """What visitors saw: each page as often as it was told otherwise, what went wrong, and how long each view took."""

    pages: dict[View, set[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def views(self) -> int:
        """How many views were looked at."""
        return len(self.seconds)

    async def note(self, view: View, page: Page, seconds: float) -> None:
        """Takes down what a page tells, and how long it took."""
        self.seconds.append(seconds)
        if await page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count():
            self.wrong.append(f"{view.path} shows an error")
        self.pages.setdefault(view, set()).add(await page.evaluate(SEEN))

    def unlike(self, alone: "Seen") -> list[str]:
        """The views that told anybody something else than one visitor alone is told."""
        return [view.path for view, told in self.pages.items() if told != alone.pages.get(view)]


def views_of(features: Sequence[str]) -> list[View]:
    """Every view that the controls of a feature report lead to."""
    return [View(*one) for one in product(features, WEEKS, ENTITIES)]


async def at_once(browser: Browser, address: str, routes: Sequence[Sequence[View]], told: Told) -> Seen:
    """As many visitors as there are routes, all at once; each goes from view to view by the controls of the page.

    One who waits in vain goes home, and so do all after ``LONGEST`` seconds; ``wrong`` says so.
    """
    seen, whole = Seen(), sum(map(len, routes))

    async def go(route: Sequence[View]) -> None:
        async with visitor(browser) as one:
            try:
                for before, after in zip((None, *route), route, strict=False):
                    began = time.perf_counter()
                    await _switched(one, address, before, after)
                    await seen.note(after, one.page, time.perf_counter() - began)
                    told(f"{seen.views} of {whole} page views")
            except (InVain, TimeoutError):
                seen.wrong.append(f"{after.path} was waited for in vain")
            seen.wrong += one.wrong

    try:
        async with asyncio.timeout(LONGEST), asyncio.TaskGroup() as group:
            for route in routes:
                group.create_task(go(route))
    except TimeoutError:
        seen.wrong.append(f"stopped after {LONGEST:.0f} s and {seen.views} of {whole} page views")
    except ExceptionGroup as several:
        raise several.exceptions[0] from several
    return seen


async def _switched(one: Visitor, address: str, before: View | None, after: View) -> None:
    """From one view to another, as its visitor would: by the controls, unless it is the first or of another feature."""
    if before is None or before.feature != after.feature or before == after:
        await one.open(address + after.path, "document.querySelector('[data-testid=stMetricValue]')")
        return
    if before.weeks != after.weeks:
        await one.click("radio", f"{after.weeks} weeks", _said("weeks", after.weeks))
    if before.entity != after.entity:
        await one.click("radio", f"{after.entity.capitalize()}s", _said("entity", after.entity))


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


def spread(seconds: Sequence[float]) -> list[float]:
    """The median and the most of what views took; nothing of none."""
    return [median(seconds), max(seconds)] if seconds else []
