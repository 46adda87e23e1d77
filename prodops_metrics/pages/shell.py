"""What the browser has to know before Streamlit runs, said in the page that starts it: the room to keep, the parts to fetch.

A style that comes with a page's content comes too late, and so does a part of Streamlit that is fetched when the first
element wants it: by then the page has jumped.
"""

from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prodops_metrics.pages.browser import STATIC

STYLE, END = STATIC / "shell.css", b"</head>"
PARTS = Path(st.__file__).with_name("static") / "static"
FIRST = ("PageLink", "Html", "Selectbox", "Multiselect", "ButtonGroup", "BidiComponent")
"""What the top of every page is made of, by the names of Streamlit's own scripts; a name that is gone is left out."""


class Shell:
    """Says so in every HTML page that the server sends; all else passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.head = _head()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request; a page is asked for as plain text, and packed after it has its head."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        if "." not in scope["path"].rpartition("/")[2]:
            scope = {**scope, "headers": [one for one in scope["headers"] if one[0] != b"accept-encoding"]}
        await self.app(scope, receive, _Styling(send, self.head).send)


class _Styling:
    """One answer on its way: an HTML page is held until all of it is there, since its length stands in its head."""

    def __init__(self, onward: Send, head: bytes) -> None:
        self.onward, self.head = onward, head
        self.held: Message | None = None
        self.body = b""

    async def send(self, message: Message) -> None:
        """Takes a part of the answer."""
        if message["type"] == "http.response.start" and _is_page(message):
            self.held = message
        elif self.held is None:
            await self.onward(message)
        else:
            await self._page(self.held, message)

    async def _page(self, start: Message, message: Message) -> None:
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        whole = self.body.replace(END, self.head + END, 1)
        MutableHeaders(scope=start)["content-length"] = str(len(whole))
        await self.onward(start)
        await self.onward({"type": "http.response.body", "body": whole})


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    plain = "content-encoding" not in headers
    return start["status"] == 200 and plain and headers.get("content-type", "").startswith("text/html")


def _head() -> bytes:
    scripts = (f"./static/js/{found.name}" for name in FIRST for found in PARTS.glob(f"js/{name}.*.js"))
    links = "".join(f'<link rel="modulepreload" crossorigin href="{script}">' for script in scripts)
    return f"{links}<style>{STYLE.read_text(encoding='utf-8')}</style>".encode()
