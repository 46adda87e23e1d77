"""Fixtures for the tests of the sample: its exports as plain rows, and the planted truth."""

from pathlib import Path
from typing import Any

import pytest

from tests.data.exported import Exported, truth_of


@pytest.fixture(scope="session")
def data(repository: Path) -> Path:
    return repository / "data"


@pytest.fixture(scope="session")
def exported(data: Path) -> Exported:
    return Exported(data / "exports")


@pytest.fixture(scope="session")
def truth(data: Path) -> dict[str, Any]:
    return truth_of(data / "truth.json")
