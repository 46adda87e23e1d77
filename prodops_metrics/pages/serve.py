"""Serve the packaged dashboard from any directory: `prodops serve`.

The script and its ``.streamlit/config.toml`` travel inside the package and are found by absolute path, so neither
the current directory nor a configuration file lying in it decides what is shown. Nothing is fetched from another
host and no browser is opened.
"""

import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from prodops_metrics.errors import ProdopsError
from prodops_metrics.pages import pictures
from prodops_metrics.pages.answering import report_route
from prodops_metrics.pages.diary import keep_diary
from prodops_metrics.pages.shell import Shell
from prodops_metrics.pages.warming import Warming

SCRIPT = Path(__file__).with_name("main.py")
PROJECT_VARIABLE = "PRODOPS_PROJECT"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WORTH_PACKING = 1000
"""Bytes from which on an answer is compressed."""


def serve(project: Path, port: int, host: str, *, no_login: bool = False) -> None:
    """Show the dashboard of ``project`` at ``http://host:port`` until SIGINT or SIGTERM, then return.

    Args:
        project: the project folder; the pages read it as an absolute path from ``PRODOPS_PROJECT``.
        port: the port to listen on; 0 takes a free one.
        host: the address to listen on; ``127.0.0.1`` keeps the dashboard on this machine.
        no_login: that it is known that whoever reaches another address sees everything.

    Raises:
        ProdopsError: the address cannot be listened on, for example because the port is in use; or it is not of this
            machine alone, and nobody said that this is meant.
    """
    if host not in LOOPBACK:
        _said_aloud(host, no_login=no_login)
    port = _bindable(host, port)
    os.environ[PROJECT_VARIABLE] = str(project.resolve())
    # Streamlit reads the configuration that lies beside the file it believes was started.
    sys.argv = [str(SCRIPT)]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.getLogger("uvicorn.error").addFilter(_worth_saying)
    keep_diary(sys.stderr)
    with suppress(KeyboardInterrupt):
        _app(f"http://{_in_url(host)}:{port}").run(config=_options(host, port))
    _say("Stopped.")


def _said_aloud(host: str, *, no_login: bool) -> None:
    if not no_login:
        raise ProdopsError(
            f"Whoever reaches {host} would see every number, without a login. Put a proxy with a login in front of "
            "127.0.0.1, or say `--no-login` if that is what you want."
        )
    _say(f"Without a login: whoever reaches {host} sees every number.")


def _bindable(host: str, port: int) -> int:
    """The port to use, once it is known that it can be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as probe:
            return int(probe.getsockname()[1])
    except OSError as fault:
        reason = str(fault.strerror).partition(" (")[0]
        raise ProdopsError(
            f"Cannot listen on {host}:{port}: {reason}. "
            f"Another dashboard may be running; `prodops serve --port {port + 1}` uses another port."
        ) from fault


def _options(host: str, port: int) -> Mapping[str, object]:
    """What must hold whatever a configuration file or the environment says."""
    return {
        **_known_callers(host),
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": False,
        "browser.serverAddress": host,
        "browser.serverPort": port,
        "logger.hideWelcomeMessage": True,
    }


def _known_callers(host: str) -> Mapping[str, object]:
    """On loopback, the only names a browser may call this server by: a page elsewhere cannot rebind its name to us.

    Behind a proxy that passes its own name on, ``STREAMLIT_SERVER_ALLOWED_HOSTS`` holds the names instead.
    """
    if host not in LOOPBACK or "STREAMLIT_SERVER_ALLOWED_HOSTS" in os.environ:
        return {}
    return {"server.allowedHosts": list(LOOPBACK)}


def _app(url: str) -> st.App:
    """The dashboard as a web application that says when it is ready, and counts ahead while nobody asks."""

    @asynccontextmanager
    async def life(_app: st.App) -> AsyncIterator[None]:
        warming = Warming(Path(os.environ[PROJECT_VARIABLE]))
        warming.start()
        _say(f"The dashboard is ready: {url}  (Ctrl+C stops it)")
        yield
        warming.end()

    middleware = [Middleware(GZipMiddleware, minimum_size=WORTH_PACKING), Middleware(Shell)]
    return st.App(SCRIPT, lifespan=life, routes=ROUTES, middleware=middleware)


async def _healthz(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


ROUTES = [
    Route("/healthz", _healthz),
    Route("/api/reports/{feature}.json", report_route),
    Route(pictures.ROUTE, pictures.picture_route),
]
"""What is answered besides pages."""


def _in_url(host: str) -> str:
    """The host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _worth_saying(record: logging.LogRecord) -> bool:
    """Keep the web server's warnings and errors, drop its diary."""
    return record.levelno >= logging.WARNING


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
