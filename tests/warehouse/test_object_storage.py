"""Exports in object storage, held against an S3 server on this machine that can be made to fail."""

import threading
from collections.abc import Iterator
from copy import copy
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest

from prodops_metrics.definitions import inspect
from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse import object_storage, storage
from prodops_metrics.warehouse.object_storage import ObjectStorage
from prodops_metrics.warehouse.storage import storage_of
from tests.warehouse.projects import TestProject, make_project

pytest.importorskip("s3fs", reason="reads object storage only with the extra `s3`")
pytest.importorskip("moto", reason="the S3 server of the tests is not installed")

HEAD = "id,action,uid,at\n"
SECRET = "no-one-may-read-this"
SOURCES = """
sources:
  app:
    kind: events
    files: s3://exports/app/**/*.csv
    columns: {event: action, user: uid, time: at, id: id}
    time: {timezone: UTC}
"""


class Bucket(Protocol):
    """What of the client's methods is used here."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> object: ...  # noqa: N803


class Gate(BaseHTTPRequestHandler):
    """Passes requests on to the server behind it, but breaks the first ``failures`` readings of objects off half-way."""

    behind = ""
    failures = 0
    asked: list[str] = []  # noqa: RUF012  one gate a module

    def do_GET(self) -> None:
        connection = HTTPConnection(self.behind)
        connection.request(self.command, self.path, headers=dict(self.headers))
        answer = connection.getresponse()
        body = answer.read()
        cut = self.command == "GET" and "list-type" not in self.path and Gate.failures > 0
        Gate.asked.append(f"{self.command} {self.path}")
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "GET":
            Gate.failures -= cut
            self.wfile.write(body[: len(body) // 2] if cut else body)
        connection.close()

    do_HEAD = do_GET  # noqa: N815  as the server calls it

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """Says nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an S3 server behind a gate that can fail."""
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    Gate.behind = f"{host}:{port}"
    gate = ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    threading.Thread(target=gate.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{gate.server_address[1]}"
    gate.shutdown()
    gate.server_close()
    moto.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator["Bucket"]:
    """An empty bucket ``exports``, and the environment that leads to it."""
    import botocore.session

    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    behind = urlsplit(f"http://{Gate.behind}").geturl()
    client = botocore.session.get_session().create_client("s3", endpoint_url=behind)
    client.create_bucket(Bucket="exports")
    storage.STORAGES.clear()
    Gate.failures, Gate.asked = 0, []
    monkeypatch.setattr(object_storage, "FIRST_PAUSE", 0.0)
    yield client
    inside().clear()
    client.close()
    storage.STORAGES.clear()


def inside() -> dict[str, Any]:
    """The objects of the bucket, as the server holds them."""
    from moto.s3.models import s3_backends

    keys: dict[str, Any] = s3_backends["123456789012"]["aws"].buckets["exports"].keys
    return keys


def copy_of(one: Any, key: str) -> Any:  # noqa: ANN401
    twin = copy(one)
    twin.name = key
    return twin


def put(bucket: "Bucket", key: str, rows: int, first: int = 0) -> None:
    lines = "".join(f"{n},opened,u{n % 7},2026-05-{n % 28 + 1:02d} 10:00:00\n" for n in range(first, first + rows))
    bucket.put_object(Bucket="exports", Key=key, Body=(HEAD + lines).encode())


def project(tmp_path: Path) -> TestProject:
    return make_project(tmp_path, sources=SOURCES)


def test_objects_load_as_files_do_and_known_ones_are_not_read_again(bucket: "Bucket", tmp_path: Path) -> None:
    folio = project(tmp_path)
    put(bucket, "app/a.csv", 10)
    put(bucket, "app/2026/05/b.csv", 10, first=5)
    report = folio.refresh()
    assert {file.path: (file.loaded, file.duplicates) for file in report.files} == {
        "s3://exports/app/2026/05/b.csv": (10, 0),
        "s3://exports/app/a.csv": (5, 5),
    }
    Gate.asked.clear()
    assert folio.refresh().snapshot is None
    assert not [one for one in Gate.asked if "list-type" not in one]
    put(bucket, "app/a.csv", 12)  # grown: two rows more at its end, one of them in the other file
    assert folio.refresh().totals["loaded"] == 0
    put(bucket, "app/a.csv", 20)
    assert folio.refresh().totals["loaded"] == 5
    assert folio.column("SELECT count(*) FROM events") == [20]
    assert not list((tmp_path / "warehouse").glob("tmp*"))


def test_readings_that_break_off_are_tried_again(bucket: "Bucket", tmp_path: Path) -> None:
    put(bucket, "app/a.csv", 1000)
    Gate.failures = 3
    assert project(tmp_path).refresh().totals["loaded"] == 1000
    assert Gate.failures == 0


def test_an_object_that_never_comes_is_told_and_the_others_load(bucket: "Bucket", tmp_path: Path) -> None:
    put(bucket, "app/a.csv", 10)
    Gate.failures = 1_000_000
    report = project(tmp_path).refresh()
    assert (report.exit_code, report.snapshot) == (1, None)
    assert "s3://exports/app/a.csv cannot be opened" in str(report.files[0].problem)
    assert "(tried 5 times)" in str(report.files[0].problem)


def test_an_object_that_changes_while_it_is_read_is_not_taken(bucket: "Bucket", tmp_path: Path) -> None:
    put(bucket, "app/a.csv", 10)
    place = storage_of("s3://exports/app/a.csv")
    with place.open("s3://exports/app/a.csv") as stream:
        put(bucket, "app/a.csv", 10, first=90)
        with pytest.raises(OSError, match="changed while it was being read"):
            stream.read()


def test_more_objects_than_a_page_of_a_listing_holds_are_found(bucket: "Bucket", tmp_path: Path) -> None:
    put(bucket, "many/0000.csv", 1)
    one = inside()["many/0000.csv"]
    for number in range(1, 1005):  # past the server's door, which is slow
        inside()[f"many/{number:04d}.csv"] = copy_of(one, f"many/{number:04d}.csv")
    found = list(storage_of("s3://exports").find(tmp_path, "s3://exports/many/*.csv"))
    assert (len(found), len(set(found)), found[-1]) == (1005, 1005, "s3://exports/many/1004.csv")
    assert any("continuation-token" in asked for asked in Gate.asked)


def test_an_empty_prefix_says_where_it_looked(bucket: "Bucket", tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"there is no file at `s3://exports/app/\*\*/\*.csv`"):
        project(tmp_path).refresh()


def test_credentials_stand_in_no_text(bucket: "Bucket", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nobody answers there
    with pytest.raises(ExportError, match="cannot be listed") as refused:
        project(tmp_path).refresh()
    assert SECRET not in str(refused.value)
    storage.STORAGES.clear()

    class Telling(ObjectStorage):
        def _part(self, *_: object) -> bytes:
            raise OSError(f"signature of {SECRET} is wrong")

    with pytest.raises(OSError, match=r"signature of \*\*\* is wrong"):
        Telling("s3", "s3").part("s3://exports/a", 0, 1, "v")


def test_credentials_in_definitions_are_refused_and_not_shown(tmp_path: Path) -> None:
    folio = make_project(tmp_path, sources=SOURCES.replace("s3://exports", f"s3://key:{SECRET}@exports"))
    faults = inspect(folio.root, {}).faults
    assert [fault.code for fault in faults] == ["E120"]
    assert SECRET not in str(faults[0])


def test_without_the_library_the_cure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    storage.STORAGES.clear()
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ExportError, match=r"without s3fs. Install it with: pip install 'prodops-metrics\[s3\]'"):
        project(tmp_path).refresh()
    storage.STORAGES.clear()
