"""Every odd case is decided in docs/oddities.md, and the engine answers what stands there."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.case import Case
from tests.conformance.running import cases_of, faults_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "oddities.md"
ROW = re.compile(r"\| (odd-[\w-]+) \| .* \| (`(?P<ours>\{.*\})`|\*not offered\*) \| .+ \|")


@cache
def decisions() -> dict[str, dict[str, Any] | None]:
    """Our answer to every case; None where no definition asks for it."""
    rows = [ROW.fullmatch(line) for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| odd-")]
    assert all(rows), "a row of the table cannot be read"
    return {row[1]: json.loads(row["ours"]) if row["ours"] else None for row in rows if row}


@pytest.fixture(scope="module")
def oddities(shared: Path) -> dict[str, Case]:
    return {case.id: case for case in cases_of(shared / "conformance" / "oddities.json")}


def test_every_odd_case_is_decided(oddities: dict[str, Case]) -> None:
    assert decisions().keys() == oddities.keys()


@pytest.mark.parametrize("name", decisions())
def test_the_engine_answers_what_the_document_says(oddities: dict[str, Case], name: str) -> None:
    ours, case = decisions()[name], oddities[name]
    if ours is None:
        assert faults_of(case)[0].startswith("no definition says")
    else:
        assert faults_of(Case({**case.raw, "expected": ours})) == []
