"""Fixtures for the whole suite: the repository, the real logs beside it, and a real browser."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The same examples in every run, and no verdict about time: the machine may be busy.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

MAIN = sys.modules["__main__"]
REPOSITORY = Path(__file__).parent.parent
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(autouse=True)
def same_main() -> Iterator[None]:
    """A page that is run by a test puts itself in the place of `__main__`, which a process started later would run anew."""
    yield
    sys.modules["__main__"] = MAIN


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real logs; it is not part of the repository and lies beside it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"the real logs are not on this machine (no folder {folder.name}/ beside the repository)")
    return folder


@pytest.fixture(scope="session")
def sample_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample product in a folder of its own, refreshed once; tests must leave it as it is."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(REPOSITORY / "metric_defs", folder / "metric_defs")
    shutil.copytree(REPOSITORY / "data" / "exports", folder / "data" / "exports")
    refresh(load_catalog(folder), progress=Silent())
    return folder


@pytest.fixture(scope="session")
def sample(sample_project: Path) -> Session:
    """The sample product, opened."""
    return open_session(sample_project)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The Chromium that this machine has; nothing is ever downloaded.

    Without one the browser tests are skipped, or fail where ``PRODOPS_REQUIRE_BROWSER`` is 1.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return Path(found)
    reason = "no Chromium on this machine (Debian, Ubuntu: apt install chromium)"
    if os.environ.get("PRODOPS_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator["Browser"]:
    """One running Chromium for all browser tests; each test opens a context of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield running
        running.close()
