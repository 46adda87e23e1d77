"""The dashboard in a real browser at size: ``python -m benchmarks.pages PROJECT`` (a project that was refreshed).

Prints seconds for a first load, a change of page, a change of window and a click, each split into Streamlit's floor (a
dashboard of nothing), our queries (what a page needs that nobody has seen since the refresh) and drawing (the rest); then
lets eight visitors in at once, who must all see the same numbers, and looks at the memory over many page views.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from rich.console import Console

from benchmarks.ours import forget_answers
from benchmarks.running import resident
from scripts.screenshots import FLAGS, SETTLED

HERE = Path(__file__).resolve().parent
START = """
import pathlib, sys
from prodops_metrics.pages import serve
serve.SCRIPT = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else serve.SCRIPT
serve.serve(pathlib.Path(sys.argv[1]), 0, "127.0.0.1")
"""
WEEKS = ("4", "12", "26")
VISITORS, VIEWS_OF_A_VISITOR, MEMORY_VIEWS = 8, 12, 500
RUNS = 5
PATIENCE = 120_000
NUMBERS = """() => [...document.querySelectorAll('[data-testid=stMetricValue]')].map(value => value.innerText).join(' | ')"""


@dataclass(frozen=True, slots=True)
class Server:
    """A dashboard that is being served."""

    address: str
    process: "subprocess.Popen[str]"


@contextmanager
def served(project: Path, script: Path | None = None) -> Iterator[Server]:
    """Serves a project, or another script in its place, until the block ends."""
    command = [sys.executable, "-c", START, str(project), *([str(script)] if script else [])]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(HERE.parent)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = next(line for line in process.stdout if "http://" in line)
        yield Server(next(word for word in line.split() if word.startswith("http://")), process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


async def until(page: Page, also: str = "true") -> None:
    """Waits until a page has drawn everything and something else holds too."""
    await page.wait_for_function(f"() => ({SETTLED})() && ({also})", timeout=PATIENCE, polling=20)


async def times(context: BrowserContext, address: str) -> dict[str, float]:
    """Seconds for a first load, a change of page, a change of window and a click, in this order."""
    page, found = await context.new_page(), {}
    began = time.perf_counter()
    await page.goto(address)
    await until(page, "document.querySelector('h1')")
    found["first load"] = time.perf_counter() - began
    for what, gesture, seen in (
        ("change of page", page.get_by_role("link", name="Feature report"), "location.pathname == '/feature'"),
        ("change of window", page.get_by_role("radio", name="26 weeks"), "location.search.includes('weeks=26')"),
        ("a click", page.get_by_role("radio", name="Active users"), "location.search.includes('series=')"),
    ):
        began = time.perf_counter()
        await gesture.first.click()
        await until(page, seen)
        found[what] = time.perf_counter() - began
    await page.close()
    return found


async def usual(browser: Browser, server: Server) -> dict[str, float]:
    """The medians of several visits, each by somebody who was never there."""
    visits = [await times(await browser.new_context(), server.address) for _ in range(RUNS)]
    return {what: median(visit[what] for visit in visits) for what in visits[0]}


async def numbers(context: BrowserContext, address: str, feature: str, weeks: str) -> str:
    """The figures of one report, as a visitor reads them."""
    page = await context.new_page()
    await page.goto(f"{address}/feature?feature={feature}&weeks={weeks}")
    await until(page, "document.querySelector('[data-testid=stMetricValue]')")
    if await page.locator("[data-testid=stException]").count():
        raise RuntimeError(f"{feature}, {weeks} weeks: an exception on the page")
    found: str = await page.evaluate(NUMBERS)
    await page.close()
    return found


async def visit(context: BrowserContext, address: str, features: list[str], seed: int) -> dict[tuple[str, str], str]:
    """What one of many visitors sees, in an order of their own."""
    chance, seen = random.Random(seed), {}
    for _ in range(VIEWS_OF_A_VISITOR):
        view = (chance.choice(features), chance.choice(WEEKS))
        seen[view] = await numbers(context, address, *view)
    return seen


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds by what was done, then by ``cold``, ``kept`` and ``floor``; what visitors saw; megabytes of the server."""

    seconds: Mapping[str, Mapping[str, float]]
    views: int
    wrong: tuple[tuple[str, str], ...]
    watched: int
    megabytes: tuple[int, ...]

    def table(self) -> Iterator[str]:
        """The table, line by line, in Markdown."""
        yield "| in a browser | cold, s | kept, s | floor | our queries | our drawing |"
        yield "|---|--:|--:|--:|--:|--:|"
        for what, by in self.seconds.items():
            split = (by["cold"], by["kept"], by["floor"], by["cold"] - by["kept"], by["kept"] - by["floor"])
            yield f"| {what} | " + " | ".join(f"{max(part, 0.0):.2f}" for part in split) + " |"
        yield ""
        yield f"{VISITORS} visitors at once saw {self.views} different views, {len(self.wrong)} of them with unlike figures."
        yield f"Memory of the server over {self.watched} page views, MB: {', '.join(map(str, self.megabytes))}."


def measured(project: Path, views: int) -> Measured:
    """Everything, of a project that was refreshed."""
    return asyncio.run(_measure(project.resolve(), _features(project), views))


async def _measure(project: Path, features: list[str], views: int) -> Measured:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        seconds: dict[str, dict[str, float]] = {}
        with served(project, HERE / "floor.py") as server:
            await times(await browser.new_context(), server.address)
            _enter(seconds, "floor", await usual(browser, server))
        forget_answers(project)
        with served(project) as server:
            _enter(seconds, "cold", await times(await browser.new_context(), server.address))
            _enter(seconds, "kept", await usual(browser, server))
            seen = await at_once(browser, server, features)
            held = await often(await browser.new_context(), server, features, views)
        await browser.close()
    wrong = tuple(view for view, found in seen.items() if len(found) > 1)
    return Measured(seconds, len(seen), wrong, views, held)


def _enter(seconds: dict[str, dict[str, float]], form: str, found: Mapping[str, float]) -> None:
    for what, taken in found.items():
        seconds.setdefault(what, {})[form] = taken


async def at_once(browser: Browser, server: Server, features: list[str]) -> Mapping[tuple[str, str], set[str]]:
    """What eight visitors at once saw, by view: one answer each, if all is well."""
    contexts = [await browser.new_context() for _ in range(VISITORS)]
    visits = (visit(context, server.address, features, seed) for seed, context in enumerate(contexts))
    views: dict[tuple[str, str], set[str]] = {}
    for one in await asyncio.gather(*visits):
        for view, found in one.items():
            views.setdefault(view, set()).add(found)
    return views


async def often(context: BrowserContext, server: Server, features: list[str], views: int) -> tuple[int, ...]:
    """Megabytes of the server, ten times over so many page views."""
    held = []
    for number in range(views):
        await numbers(context, server.address, features[number % len(features)], WEEKS[number % len(WEEKS)])
        if number % max(views // 10, 1) == 0:
            held.append(resident(server.process.pid) >> 10)
    return tuple(held)


def _features(project: Path) -> list[str]:
    code = "import sys; from prodops_metrics.cli import main; sys.argv = ['prodops', 'report', '--json']; main()"
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=True)
    return [line["feature"] for line in json.loads(said.stdout)["features"]]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--views", type=int, default=MEMORY_VIEWS, help="how many page views memory is watched over")
    asked = parser.parse_args()
    console = Console(width=120)
    for line in measured(asked.project, asked.views).table():
        console.print(line, markup=False)


if __name__ == "__main__":
    main()
