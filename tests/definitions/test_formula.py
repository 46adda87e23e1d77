"""Formulas: what they come to, how they move with their names, and where a fault in one is."""

from pathlib import Path

import pytest

from prodops_metrics.definitions import Fault, Formula
from prodops_metrics.definitions.formula import DEEPEST, LONGEST
from tests.definitions.sample import project
from tests.definitions.test_metric_types import the_fault

VALUES = {"a": 6.0, "b": 2.0, "_x1": 0.5}
VALID = {
    "a": 6,
    "a + b * 3": 12,
    "(a + b) * 3": 24,
    "a - b - 1": 3,
    "a / b / 3": 1,
    "a / (b / 4)": 12,
    "-a + +b": -4,
    "a --b": 8,
    "2 * -.5 * a": -6,
    " a\t/ b ": 3,
    "1. + _x1": 1.5,
    f"{'(' * DEEPEST}a{')' * DEEPEST}": 6,
}


@pytest.mark.parametrize(("text", "value"), VALID.items())
def test_it_is_read_as_arithmetic_is(text: str, value: float) -> None:
    assert Formula(text).at(VALUES).value == pytest.approx(value)


@pytest.mark.parametrize(("text", "value"), VALID.items())
def test_blanks_between_its_signs_change_nothing(text: str, value: float) -> None:
    written = Formula(text).written({"a": "first"})
    assert Formula(written).at({**VALUES, "first": 6.0}).value == pytest.approx(value)
    assert "--" not in written
    assert "/*" not in written


@pytest.mark.parametrize("text", ["a / b", "a * b - b * b", "-(a - 3) / (b * a)", "a / b / (a + b)", "2 * a + 1"])
def test_its_slopes_are_how_far_it_moves(text: str) -> None:
    """Against a small step to either side."""
    found, step = Formula(text).at(VALUES), 1e-6
    for name in "ab":
        sides = [Formula(text).at({**VALUES, name: VALUES[name] + way}).value for way in (step, -step)]
        assert found.by.get(name, 0.0) == pytest.approx((sides[0] - sides[1]) / (2 * step), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "divides"), {"a / b": True, "a / (2)": True, "a / 2": False, "a / .5 - b": False, "a * b": False}.items()
)
def test_it_knows_whether_it_divides_by_what_is_not_known(text: str, divides: bool) -> None:
    assert Formula(text).divides == divides


def test_it_does_not_divide_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        Formula("a / (b - 2)").at(VALUES)


START = len("    formula: ") + 1
"""The column in which the text of the formula starts."""
INVALID = {
    "a ^ 2": (2, "`^` cannot stand in a formula"),
    "a +": (2, "ends where a value is expected"),
    "a b": (2, "`b` is not expected there"),
    "2 a": (2, "`a` is not expected there"),
    "a * / 3": (4, "a value is missing before `/`"),
    "a * (3 + 1": (4, "is not closed"),
    "a + 1)": (5, "`)` is not expected there"),
    "a.b": (1, "`.` cannot stand"),
    "__import__(1)": (10, "`(` is not expected there"),
    f"{'(' * (DEEPEST + 1)}a{')' * (DEEPEST + 1)}": (DEEPEST, "nested too deep"),
}


METRICS = """\
metrics:
  searches: {type: count, description: Searches, event: search_submitted}
  asked:
    type: derived
    description: Asked
    formula: FORMULA
    inputs: {a: searches}
"""


def fault(folder: Path, formula: str) -> Fault:
    return the_fault(project(folder, m=METRICS.replace("FORMULA", formula)))


@pytest.mark.parametrize(("text", "where", "says"), [(text, *seen) for text, seen in INVALID.items()])
def test_a_fault_stands_where_it_is_in_the_text(tmp_path: Path, text: str, where: int, says: str) -> None:
    found = fault(tmp_path, text)
    assert (found.code, found.place.line, found.place.column) == ("E118", 6, START + where)
    assert says in found.message
    assert found.cure


@pytest.mark.parametrize("text", ["''", "[a]", "a" + " + a" * LONGEST])
def test_what_is_no_text_of_a_formula_is_refused(tmp_path: Path, text: str) -> None:
    assert fault(tmp_path, text).code == "E118"
