"""`prodops serve` from any directory: its own configuration, loopback only, a clean end."""

import gzip
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodops_metrics.errors import ProdopsError
from prodops_metrics.pages.serve import serve
from prodops_metrics.pages.shell import FIRST

START = """
import pathlib, sys
from prodops_metrics.pages.serve import serve
serve(pathlib.Path(sys.argv[1]), 0, "127.0.0.1")
"""


@pytest.fixture
def server(repository: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The dashboard of an empty project, started where another project's configuration lies."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text('[server]\naddress = "0.0.0.0"\n', encoding="utf-8")
    command = [sys.executable, "-c", START, "the project"]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.kill()


def address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    return server.stdout.readline().split()[4]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_once_it_says_so_and_stops_cleanly(server: subprocess.Popen[str], stop: signal.Signals) -> None:
    url = address(server)
    assert url.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
        assert answer.read() == b"ok"
    server.send_signal(stop)
    assert server.wait(timeout=20) == 0
    assert server.stdout is not None
    assert server.stdout.read() == "Stopped.\n"


@pytest.mark.parametrize("path", ["/", "/feature?feature=search"])
def test_every_page_says_in_its_head_what_room_to_keep(server: subprocess.Popen[str], path: str) -> None:
    asked = urllib.request.Request(address(server) + path, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        head = gzip.decompress(answer.read()).decode().partition("</head>")[0]
    assert ".st-key-weeks { min-width: 280px" in head
    for name in (*FIRST, "SourceSansVF-Upright"):
        assert f"/{name}." in head, name


def test_a_port_in_use_is_said_with_a_cure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ProdopsError, match=f"--port {port + 1}"):
            serve(tmp_path, port, "127.0.0.1")
