"""What the server says besides pages: reports as JSON, lines of its diary, and to whom it speaks."""

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from prodops_metrics.errors import ProdopsError
from prodops_metrics.pages.answering import report_route
from prodops_metrics.pages.diary import PACKAGE, keep_diary
from prodops_metrics.pages.serve import serve
from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.plain import report_values
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.view import View

Answer = Callable[[str], tuple[int, Any]]


@pytest.fixture
def answer(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Status and values of what the route answers, by feature and query."""
    monkeypatch.setenv("PRODOPS_PROJECT", str(sample_project))

    def ask(asked: str) -> tuple[int, Any]:
        feature, _, query = asked.partition("?")
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()}
        found = report_route(Request({**scope, "path_params": {"feature": feature}}))
        return found.status_code, json.loads(bytes(found.body))

    return ask


def test_a_report_is_answered_with_the_values_of_the_command(answer: Answer, sample: Session) -> None:
    status, values = answer("search?segment=paying&weeks=4")
    expected = report_values(feature_report(sample, "search", View(4, segment="paying")))
    assert status == 200
    assert values == json.loads(json.dumps(expected))


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("serch", 404, "There is no feature `serch`. Did you mean `search`?"),
        ("search?segment=payin", 404, "There is no segment `payin`. Did you mean `paying`?"),
        ("search?weeks=many", 400, "`weeks=many` is no number of weeks from 1 to 520."),
        ("search?from=2026-10-01", 400, "`to` is to be a day such as 2026-05-04, together with `from` and `to`."),
        (
            "search?from=2026-10-02&to=2026-10-01",
            400,
            "The range is empty: from 2026-10-02 to 2026-10-01, both included.",
        ),
    ],
)
def test_what_cannot_be_answered_is_said_with_its_status(answer: Answer, asked: str, status: int, said: str) -> None:
    assert answer(asked) == (status, {"error": said})


def test_without_a_warehouse_the_answer_names_the_command(
    tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODOPS_PROJECT", str(tmp_path))
    status, values = answer("search")
    assert status == 503
    assert "prodops refresh" in values["error"]


def test_another_address_than_this_machine_has_to_be_meant(tmp_path: Path) -> None:
    with pytest.raises(ProdopsError, match="--no-login"):
        serve(tmp_path, 0, "0.0.0.0")


def test_the_diary_holds_a_line_of_json_for_each_page() -> None:
    stream, log = io.StringIO(), logging.getLogger(PACKAGE)
    before = (log.handlers, log.propagate, log.level)
    try:
        keep_diary(stream)
        logging.getLogger(f"{PACKAGE}.pages").info("page", extra={"page": "/feature", "ms": 41, "snapshot": 3})
    finally:
        log.handlers, log.propagate = before[0], before[1]
        log.setLevel(before[2])
    line = json.loads(stream.getvalue())
    assert {name: line[name] for name in ("level", "message", "page", "ms", "snapshot")} == {
        "level": "info",
        "message": "page",
        "page": "/feature",
        "ms": 41,
        "snapshot": 3,
    }
