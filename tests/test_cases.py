"""Hand-counted cases of every metric type, through the public path: YAML and CSV in, result frame out.

``tests/cases/<type>.yaml`` holds them: ``why`` it matters, ``events`` (user,event,time and properties), ``metric`` as in a
definition, ``metrics`` that it refers to, ``ask`` (from, to, whole, by, …), and ``expect``, rows of which only the named
columns are compared.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from prodops_metrics.metrics import METRIC_TYPES
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query
from tests.projects import opened, write_project

CASES = Path(__file__).parent / "cases"


def cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for name, case in yaml.safe_load(path.read_text()).items():
            found.append(pytest.param(path.stem, case, id=f"{path.stem}-{name}"))
    return found


def test_every_metric_type_has_cases() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(METRIC_TYPES)


@pytest.mark.parametrize("order", ["as_written", "reversed"])
@pytest.mark.parametrize(("kind", "case"), cases())
def test_case(kind: str, case: dict[str, Any], order: str, tmp_path: Path) -> None:
    """In either order of arrival: what happened at one moment has no order of its own."""
    assert case["why"]
    rows = answer(kind, case, order, tmp_path)
    expected = [{name: plain(value) for name, value in row.items()} for row in case["expect"]]
    keys = expected[0].keys() if expected else ()
    found = [{name: plain(row[name]) for name in keys} for row in rows if matches(row, case.get("only", {}))]
    assert found == [pytest.approx(row, nan_ok=False) for row in expected]


def answer(kind: str, case: dict[str, Any], order: str, folder: Path) -> list[dict[str, Any]]:
    metric = {"type": kind, "description": "The metric of the case", **case["metric"]}
    lines = case["events"].strip().splitlines()[:: -1 if order == "reversed" else 1]
    header = case.get("columns", "user,event,time")
    names = sorted({line.split(",")[1] for line in lines})
    definitions = {
        "events": {name: {"description": f"It was {name}"} for name in names},
        "properties": case.get("properties", {}),
        "metrics": {"asked": metric, **case.get("metrics", {})},
        **case.get("definitions", {}),
    }
    text = yaml.safe_dump(definitions, sort_keys=False)
    write_project(folder, text, "\n".join([header, *lines]) + "\n", **case.get("project", {}))
    ask = case.get("ask", {})
    shape = Shape(ask.get("grain"), ask.get("by"), ask.get("whole", False), ask.get("touch"))
    asked = Asked(ask.get("from"), ask.get("to"), shape)
    name = f"asked:{case['reading']}" if "reading" in case else "asked"
    return query(opened(folder), name, asked).frame.to_dicts()


def matches(row: dict[str, Any], only: dict[str, Any]) -> bool:
    return all(plain(row[name]) == plain(value) for name, value in only.items())


def plain(value: Any) -> Any:  # noqa: ANN401
    return value.isoformat() if isinstance(value, date) else value
