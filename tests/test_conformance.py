"""Cases of other products' test suites, retold as facts, through the public path; they lie beside the repository."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.__main__ import main
from tests.conformance.case import Case
from tests.conformance.running import cases_of, faults_of

FILE = Path(__file__).parent.parent.parent / "shared" / "conformance" / "cases.json"
ABSENT = f"the conformance cases are not on this machine (no {FILE.relative_to(FILE.parents[2])} beside the repository)"

DAYS: dict[str, Any] = {
    "id": "two-days",
    "kind": "trends",
    "timezone": "UTC",
    "events": [["a", "seen", "2024-01-01T09:00:00Z", {}], ["a", "seen", "2024-01-01T10:00:00Z", {}]],
    "query": {
        "match": {"event": "seen"},
        "math": "total",
        "interval": "day",
        "date_from": "2024-01-01",
        "date_to": "2024-01-02",
    },
    "expected": {"values": [2, 0]},
}


def every_case() -> list[Any]:
    if not FILE.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))]
    return [pytest.param(case, id=case.id) for case in cases_of(FILE)]


@pytest.mark.parametrize("case", every_case())
def test_the_engine_answers_as_the_case_expects(case: Case) -> None:
    assert faults_of(case) == []


def test_the_runner_counts_what_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([DAYS]))
    assert main([str(file)]) == 0
    assert capsys.readouterr().out == "trends: 1 passed, 0 failed\nall: 1 passed, 0 failed\n"


def test_the_runner_names_what_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong figure, a kind that nothing checks, and a case that cannot be asked: each one line, and exit code 1."""
    wrong = {**DAYS, "id": "wrong", "expected": {"values": [2, 1]}}
    foreign = {**DAYS, "id": "foreign", "kind": "tea_leaves"}
    broken = {**DAYS, "id": "broken", "query": {**DAYS["query"], "math": "guess"}}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([DAYS, wrong, foreign, broken]))
    assert main([str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["wrong", "foreign", "broken", "tea_leaves", "trends", "all"]
    assert lines[0] == "wrong: 2024-01-02 00:00:00: 0 for 1"
    assert lines[-1] == "all: 1 passed, 3 failed"


def test_no_case_is_no_pass(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text("[]")
    assert main([str(file)]) == 1
