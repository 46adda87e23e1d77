"""Pictures that a server has forgotten come again by themselves, whether it gave them up or was started anew."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.screenshots import START

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]
LOST = "**/pictures/*.svg*"
DRAWN = """() => {
    const all = [...document.querySelectorAll('.picture')];
    return all.length > 3 && all.every(one => one.querySelector('svg'));
}"""
LOW = ".picture[data-name='triangle']"


def test_a_picture_that_the_server_gave_up_is_made_known_again_and_drawn(visit: Visit) -> None:
    visitor = visit("/learn")
    lost: list[str] = []
    asked: list[Any] = []

    def lose(route: Any) -> None:  # noqa: ANN401
        if asked:
            route.continue_()
        else:
            lost.append(route.request.url)
            route.fulfill(status=404)

    def hear(sent: Any) -> None:  # noqa: ANN401
        if lost:
            asked.append(sent)

    visitor.page.route(LOST, lose)
    visitor.page.on("websocket", lambda opened: opened.on("framesent", hear))
    visitor.open("/")
    visitor.page.wait_for_function(DRAWN)
    assert lost
    assert len(asked) == 1, "the page was asked for once, however many pictures were lost"
    assert visitor.page.get_by_text("Reload the page").count() == 0
    assert [one for one in visitor.wrong if "/pictures/" not in one] == []


@pytest.mark.long
def test_a_page_that_is_open_while_the_server_is_started_anew_draws_what_it_scrolls_to(
    browser: Any,  # noqa: ANN401
    sample_project: Path,
    repository: Path,
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = START.replace(" 0,", f" {port},")

    def served() -> "subprocess.Popen[str]":
        environment = os.environ | {"PYTHONPATH": str(repository)}
        command = [sys.executable, "-c", start, str(sample_project)]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    context, process = browser.new_context(viewport={"width": 1440, "height": 500}), served()
    try:
        page = context.new_page()
        page.route("**/pictures/*", lambda route: route.abort())  # nothing was drawn before the server is another
        page.goto(f"http://127.0.0.1:{port}/feature?feature=search")
        page.wait_for_selector(LOW, state="attached", timeout=60_000)
        before = page.locator(LOW).get_attribute("data-path")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        page.unroute("**/pictures/*")
        process = served()
        page.locator(LOW).scroll_into_view_if_needed()
        page.wait_for_selector(f"{LOW} svg", timeout=60_000)
        assert page.locator(LOW).get_attribute("data-path") != before, "ids are this server's own"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
        context.close()
