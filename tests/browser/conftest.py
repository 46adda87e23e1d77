"""One served dashboard for all journeys, and a visitor who notices everything that goes wrong on a page."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prodops_metrics.pages.serve import WORTH_PACKING
from scripts.screenshots import PATIENCE, START, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

MOMENT = 150
"""Milliseconds after which a settled page must still be settled."""
KNOWN_NOISE = ("Infinite extent", "_stcore/health", "_stcore/host-config")
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def serve(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Serves a project from a folder that is not its own, and gives the address; all end with the session."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    environment = os.environ | {"PYTHONPATH": str(repository)}
    started: list[subprocess.Popen[str]] = []

    def start(project: Path) -> str:
        command = [sys.executable, "-c", START, str(project)]
        process = subprocess.Popen(command, cwd=elsewhere, env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().split()[4]

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@pytest.fixture(scope="session")
def address(serve: Callable[[Path], str], sample_project: Path) -> str:
    """Where the sample product is served."""
    return serve(sample_project)


@pytest.fixture(scope="session")
def changing(
    serve: Callable[[Path], str], sample_project: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A project that journeys may change while it is served, and where; they leave its definitions without a fault."""
    project = shutil.copytree(sample_project, tmp_path_factory.mktemp("changing") / "project")
    return project, serve(project)


class Visitor:
    """One browser window; ``wrong`` fills with what no page may do, ``packed`` with how each answer was compressed."""

    def __init__(self, page: "Page", address: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        self.packed: dict[str, str] = {}
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("response", self._response)

    def open(self, path: str) -> "Page":
        self.page.goto(self.address + path)
        return self.settled()

    def settled(self) -> "Page":
        """The page once everything is drawn, and still is a moment later."""
        settle(self.page, MOMENT)
        return self.page

    def back(self) -> None:
        """Presses Back, once, and waits for the page."""
        before = self.page.url
        self.page.go_back()
        self.page.wait_for_function("before => location.href !== before", arg=before)
        self.settled()

    def weeks(self, number: int) -> None:
        """Chooses how far back charts go, and waits for it."""
        self.page.get_by_role("radio", name=f"{number} weeks").click()
        self.page.wait_for_url(f"**weeks={number}**")
        self.settled()

    def clean(self) -> bool:
        assert self.page.locator("[data-testid=stException]").count() == 0
        assert self.wrong == []
        return True

    def cards(self) -> list[str]:
        return self.page.locator("[data-testid=stMetricValue]").all_inner_texts()

    def title(self) -> str:
        return self.page.locator("h1").inner_text()

    def _console(self, message: "ConsoleMessage") -> None:
        said = f"{message.text} {message.location.get('url', '')}"
        if message.type in {"error", "warning"} and not any(noise in said for noise in KNOWN_NOISE):
            self.wrong.append(f"console {message.type}: {said}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.address, self.address.replace("http", "ws", 1), "data:", "blob:")):
            self.wrong.append(f"request to another host: {url}")

    def _response(self, response: "Response") -> None:
        url, status = response.url, response.status
        if status >= 400 and not any(noise in url for noise in KNOWN_NOISE):
            self.wrong.append(f"{status}: {url}")
        if int(response.headers.get("content-length", WORTH_PACKING)) >= WORTH_PACKING:
            self.packed[url] = response.headers.get("content-encoding", "")


@pytest.fixture
def visit(browser: "Browser", address: str) -> Iterator[Callable[..., Visitor]]:
    """Opens a window of its own: ``visit(path)``; ``phone=True`` or ``dark=True`` as the visitor's device is."""
    contexts = []

    def visiting(path: str, *, phone: bool = False, dark: bool = False, at: str = address) -> Visitor:
        settings: dict[str, Any] = {"viewport": PHONE if phone else DESK, "color_scheme": "dark" if dark else "light"}
        contexts.append(browser.new_context(**settings))
        contexts[-1].set_default_timeout(PATIENCE)
        visitor = Visitor(contexts[-1].new_page(), at)
        visitor.open(path)
        return visitor

    yield visiting
    for context in contexts:
        context.close()
