r"""Takes the pictures of the README: serves a project, photographs its pages in Chromium, stops.

    python scripts/screenshots.py PROJECT TARGET NAME=PATH[@WIDTH][:dark] ...

``PATH`` is the page's address without the host, such as ``/feature?feature=search``. The pictures of the README, from the
repository's root after `prodops refresh` (`make screens`), and the course's likewise from its refreshed project:

    python scripts/screenshots.py . docs/screens 'overview=/' 'feature=/feature?feature=search' \
        'feature-dark=/feature?feature=search:dark' 'phone=/@390'
    python scripts/screenshots.py tests/acceptance/la_course docs/screens 'course-files=/feature?feature=file_submission'

The browser tests start the server and wait for pages with what stands here.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WANTED = re.compile(r"(?P<name>[^=]+)=(?P<path>[^@]*?)(?:@(?P<width>\d+))?(?P<dark>:dark)?")
START = """
import pathlib, sys
from prodops_metrics.pages.serve import serve
serve(pathlib.Path(sys.argv[1]), 0, "127.0.0.1")
"""
SETTLED = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const busy = ['stSkeleton', 'stSpinner', 'stAppSkeleton'].map(kind => `[data-testid=${kind}]`).join()
        + ', [data-stale=true], .picture[data-owed]';
    return app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
        && !document.querySelector(busy);
}"""
MOMENT = 400
PATIENCE = 120_000
"""Milliseconds until a page that is not drawn is broken, however busy the machine."""
COLOURS = 256
"""Flat pages need no more; a picture takes a third of the room."""


def settle(page: Page, moment: int = MOMENT) -> None:
    """Waits until the page has drawn everything, and still has so many milliseconds later."""
    page.wait_for_selector("[data-testid=stApp]")
    for _ in range(2):
        page.wait_for_function(SETTLED, timeout=PATIENCE)
        page.wait_for_timeout(moment)


def photograph(browser: Browser, address: str, target: Path, wanted: re.Match[str]) -> None:
    """One picture of the whole page."""
    size = {"width": int(wanted["width"] or 1440), "height": 900}
    scheme = "dark" if wanted["dark"] else "light"
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address + wanted["path"])
    settle(page)
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(int(tall), 600)})
    settle(page)
    path = target / f"{wanted['name']}.png"
    page.screenshot(path=path)
    context.close()
    with Image.open(path) as picture:
        fewer = picture.convert("RGB").quantize(COLOURS)
    fewer.save(path, optimize=True)


def served(project: Path) -> tuple[subprocess.Popen[str], str]:
    """The dashboard of a project on a free port, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(project)], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    line = process.stdout.readline() if process.stdout else ""
    found = re.search(r"http://[\d.:]+", line)
    if not found:
        process.terminate()
        raise SystemExit(f"The dashboard did not start: {line}")
    return process, found[0]


def main(project: str, target: str, *pictures: str) -> None:
    """Photographs every page asked for."""
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    process, address = served(Path(project).resolve())
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for picture in pictures:
                wanted = WANTED.fullmatch(picture)
                if wanted is None:
                    raise SystemExit(f"`{picture}` is not NAME=PATH[@WIDTH][:dark].")
                photograph(browser, address, folder, wanted)
            browser.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


if __name__ == "__main__":
    main(*sys.argv[1:])
