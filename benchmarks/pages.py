"""The dashboard in a real browser at size: ``python -m benchmarks.pages PROJECT`` (a project that was refreshed).

Times a first load, a change of page, of window and of series: of Streamlit itself (a dashboard of nothing), of a visitor
after the refresh, and of the first who asks about a window. Then eight visitors come at once, who must be told what one
alone is told, and the server's memory is watched over many page views. Rows are printed as they come.
"""

import argparse
import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright
from rich.console import Console

from benchmarks import results
from benchmarks.ours import forget_answers
from benchmarks.page import page_table
from benchmarks.running import resident
from benchmarks.sitting import environment, line_of, refresh
from benchmarks.visits import Seen, Told, View, at_once, medians, overlap, routes, spread, timed, views_of
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.session import open_session
from scripts.screenshots import FLAGS

HERE = Path(__file__).resolve().parent
START = """
import functools, pathlib, sys, time
from prodops_metrics.pages import serve
from prodops_metrics.warehouse.connection import Warehouse

def noted(ask):
    @functools.wraps(ask)
    def asked(*args, **named):
        began = time.perf_counter()
        try:
            return ask(*args, **named)
        finally:
            notes.write(f"{began} {time.perf_counter()}\\n")
    return asked

project, notes = pathlib.Path(sys.argv[1]), open(sys.argv[2], "a", buffering=1)
for name in ("answer", "units", "table", "run"):
    setattr(Warehouse, name, noted(getattr(Warehouse, name)))
serve.SCRIPT = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else serve.SCRIPT
serve.serve(project, 0, "127.0.0.1")
"""
"""Serves a project, and writes down when each question to the warehouse began and ended."""
VISITORS, VIEWS_OF_A_VISITOR, MEMORY_VIEWS = 8, 8, 500
RUNS, COLD_RUNS = 3, 2
WATCHED_AT_ONCE, LOOKS = 2, 10
LONGEST_WATCHED = 600.0
"""Seconds after which no further round of visitors is begun."""
STOPPING = (signal.SIGINT, signal.SIGTERM)
PAGES = "page"
"""What the questions of these rows begin with."""

Row = dict[str, Any]
Add = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Server:
    """A dashboard that is being served: ``notes`` holds when its questions began and ended."""

    address: str
    process: "subprocess.Popen[str]"
    notes: Path

    def asked(self) -> list[tuple[float, float]]:
        """Those instants, by the clock of ``perf_counter``, which all processes of a machine share."""
        lines = self.notes.read_text(encoding="ascii").splitlines()
        return [(float(began), float(ended)) for began, ended in map(str.split, lines)]


@contextmanager
def served(project: Path, script: Path | None = None) -> Iterator[Server]:
    """Serves a project, or another script in its place, until the block ends; its diary is shown if it does not start."""
    with tempfile.TemporaryDirectory() as folder:
        notes, diary = Path(folder, "notes"), Path(folder, "diary")
        command = [sys.executable, "-c", START, str(project), str(notes), *([str(script)] if script else [])]
        with diary.open("w") as written:
            process = subprocess.Popen(
                command, env=environment(), stdout=subprocess.PIPE, stderr=written, text=True, process_group=0
            )
        assert process.stdout is not None
        try:
            line = next((line for line in process.stdout if "http://" in line), None)
            if line is None:
                raise RuntimeError(f"the dashboard did not start: {diary.read_text()[-600:]}")
            yield Server(next(word for word in line.split() if word.startswith("http://")), process, notes)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


@dataclass(frozen=True, slots=True)
class Looking:
    """One look at the pages of a project: ``add`` takes each row as it comes, ``told`` how far it is."""

    project: Path
    add: Add
    told: Told

    async def all(self, views: int) -> None:
        """Everything, in the order of the table."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            await self._floor(browser)
            self.told("Refreshing, as every morning")
            forget_answers(self.project)
            fault = refresh(self.project)[0].fault
            if fault:
                raise RuntimeError(fault)
            with served(self.project) as server:
                await self._one_by_one(browser, server)
                seen, seconds = await self._at_once(browser, server)
            await self._compared(browser, seen, seconds)
            with served(self.project) as server:
                await self._often(browser, server, views)
            await browser.close()

    async def _floor(self, browser: Browser) -> None:
        with served(self.project, HERE / "floor.py") as server:
            visits = [await self._visit(browser, server, "", "26", "Streamlit alone") for _ in range(RUNS + 1)]
        self._put("floor", visits[1:])

    async def _one_by_one(self, browser: Browser, server: Server) -> None:
        """Cold first: what was asked once is kept."""
        cold = []
        days = _newest_day(self.project)
        for number, weeks in zip(range(COLD_RUNS), ("26", "4"), strict=True):
            first, last = days - timedelta(days=61 + number), days - timedelta(days=5 + number)
            path = f"/?from={first}&to={last}"
            cold.append(await self._visit(browser, server, path, weeks, "A window nobody asked about"))
        warm = [await self._visit(browser, server, "", "26", "After the refresh") for _ in range(RUNS)]
        self._put("warm", warm)
        self._put("cold", cold)

    async def _visit(self, browser: Browser, server: Server, path: str, weeks: str, words: str) -> dict[str, list[float]]:
        self.told(words)
        times = await timed(browser, server.address, path, weeks)
        asked = server.asked() if server.notes.exists() else []
        return {name: [ended - began, overlap(asked, began, ended)] for name, (began, ended) in times.items()}

    def _put(self, form: str, visits: Sequence[dict[str, list[float]]]) -> None:
        whole = medians([{name: pair[0] for name, pair in visit.items()} for visit in visits])
        queries = medians([{name: pair[1] for name, pair in visit.items()} for visit in visits])
        for name, seconds in whole.items():
            self.add(f"{PAGES}: {name}", form, seconds, queries=queries[name])

    async def _at_once(self, browser: Browser, server: Server) -> tuple[Seen, float]:
        began = time.perf_counter()
        tours = routes(self._views, VISITORS, VIEWS_OF_A_VISITOR)
        seen = await at_once(browser, server.address, tours, lambda far: self.told(f"{VISITORS} visitors at once: {far}"))
        return seen, time.perf_counter() - began

    async def _compared(self, browser: Browser, seen: Seen, seconds: float) -> None:
        """Whether those who came at once were told what one is told by a server that has to count everything anew."""
        self.told("One visitor alone, nothing kept")
        forget_answers(self.project)
        with served(self.project) as server:
            alone = await at_once(browser, server.address, [self._views], lambda far: self.told(f"One alone: {far}"))
        told = {
            "views": seen.views,
            "different": len(seen.pages),
            "each": spread(seen.seconds),
            "alone": spread(alone.seconds),
            "unlike": seen.unlike(alone),
            "wrong": [*seen.wrong, *alone.wrong],
        }
        self.add(f"{PAGES}: {VISITORS} visitors", "at once", seconds, visitors=VISITORS, **told)

    async def _often(self, browser: Browser, server: Server, views: int) -> None:
        """Rounds of a few visitors who come and go, and the server's memory after each; ends when its time is over."""
        length, until = max(views // (LOOKS * WATCHED_AT_ONCE), 1), time.monotonic() + LONGEST_WATCHED
        held: list[int] = []
        seen, wrong = 0, list[str]()
        for number in range(LOOKS):
            if time.monotonic() > until:
                wrong.append(f"stopped after {LONGEST_WATCHED:.0f} s")
                break
            tours = routes(self._views, WATCHED_AT_ONCE, length, first=number * WATCHED_AT_ONCE)
            far = partial(self._far, seen, LOOKS * length * WATCHED_AT_ONCE, held)
            found = await at_once(browser, server.address, tours, far)
            seen, wrong = seen + found.views, wrong + found.wrong
            held.append(resident(server.process.pid) >> 10)
        told = {"views": seen, "held": held, "megabytes": max(held), "wrong": wrong}
        self.add(f"{PAGES}: memory of the server", "", None, **told)

    def _far(self, before: int, views: int, held: Sequence[int], round_: str) -> None:
        last = f", {held[-1]:,} MB" if held else ""
        self.told(f"Memory over {views} page views: {before} before this round{last}; {round_}")

    @property
    def _views(self) -> list[View]:
        return views_of(list(load_catalog(self.project).features))


def _newest_day(project: Path) -> date:
    session = open_session(project)
    try:
        return session.warehouse.horizon().through
    finally:
        session.warehouse.close()


def look(project: Path, views: int, add: Add, told: Told) -> None:
    """Looks at the pages of a project that was refreshed; ``add`` gets every row as it comes, ``told`` how far it is.

    Raises:
        RuntimeError: the server does not start, or a page complains.
        playwright.async_api.Error: the browser failed, or waited in vain.
        KeyboardInterrupt: somebody ended it, by Ctrl+C or SIGTERM; the server and the browser are ended first.
    """
    handlers = {name: signal.getsignal(name) for name in STOPPING}
    try:
        if not asyncio.run(_until_stopped(Looking(project.resolve(), add, told).all(views))):
            raise KeyboardInterrupt
    finally:
        for name, handler in handlers.items():
            signal.signal(name, handler)


async def _until_stopped(work: Coroutine[None, None, None]) -> bool:
    """Whether the work came to its end. A browser that is told to stop as well complains, which is no news then."""
    task, stopped = asyncio.ensure_future(work), []

    def stop() -> None:
        stopped.append(True)
        task.cancel()

    for name in STOPPING:
        asyncio.get_running_loop().add_signal_handler(name, stop)
    await asyncio.wait([task])
    if not stopped:
        task.result()
    return not stopped


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--views", type=int, default=MEMORY_VIEWS, help="how many page views memory is watched over")
    parser.add_argument("--events", type=int, help="put the rows into the recorded sitting of so many events")
    parser.add_argument("--results", type=Path, default=HERE, help="where that sitting is recorded, and its page written")
    asked = parser.parse_args()
    console, rows = Console(width=120), []

    def add(question: str, form: str, seconds: float | None, **more: Any) -> None:  # noqa: ANN401
        rows.append(
            {"question": question, "events": asked.events or 0, "peer": "ours", "form": form, "seconds": seconds, **more}
        )
        console.print(line_of(rows[-1]), markup=False)

    with console.status("Looking at the pages in a browser") as status, suppress(KeyboardInterrupt):
        look(asked.project, asked.views, add, status.update)
    console.print("\n".join(page_table(rows)), markup=False, soft_wrap=True)
    if asked.events:
        results.amend(asked.results, asked.events, PAGES, rows)


if __name__ == "__main__":
    main()
