"""Formulas over metrics: numbers, names, ``+ - * /`` and parentheses, read by hand and never run as code.

A formula is evaluated together with its slopes, the rates at which it moves with each of its names: what the delta method
needs for an interval.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from prodops_metrics.definitions.checks.formulas import no_formula
from prodops_metrics.definitions.faults import FlawedError, refusal
from prodops_metrics.definitions.nearest import shown

TOKEN = re.compile(r"(?:(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/()]))")
LONGEST, DEEPEST = 500, 50


@dataclass(frozen=True, slots=True)
class Slope:
    """A value and how fast it moves with each name."""

    value: float
    by: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as written; equal texts are equal formulas."""

    text: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it, in the order written."""
        return tuple(dict.fromkeys(found["name"] for found in TOKEN.finditer(self.text) if found["name"]))

    @property
    def divides(self) -> bool:
        """Whether it divides by anything but numbers."""
        tokens = [token.text for token in _tokens(self.text)]
        return any(sign == "/" and not _is_number(below) for sign, below in pairwise(tokens))

    def at(self, values: Mapping[str, float]) -> Slope:
        """Its value where the names have these values, with its slopes.

        Raises:
            ZeroDivisionError: it divides by zero there.
            FlawedError: it is no formula.
        """
        return _Reading(_tokens(self.text), values).whole()

    def written(self, names: Mapping[str, str]) -> str:
        """Its text with other words in the place of names, and blanks between signs: two minuses are a comment in SQL."""
        return " ".join(names.get(token.text, token.text) for token in _tokens(self.text)).rstrip()

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        """Lets a model declare a field of this type."""
        return core_schema.no_info_plain_validator_function(read_formula)


@dataclass(frozen=True, slots=True)
class _Token:
    """A number, a name or a sign, and where in the text it starts; nothing where the text ends."""

    text: str
    start: int

    def fault(self, message: str) -> FlawedError:
        return FlawedError(no_formula(message, self.start, max(1, len(self.text))))


def read_formula(raw: object) -> Formula:
    """The formula written in YAML."""
    if isinstance(raw, Formula):
        return raw
    if not isinstance(raw, str) or not raw.strip() or len(raw) > LONGEST:
        raise refusal([no_formula(f"{shown(raw)} is not a formula")])
    try:
        check_formula(Formula(raw))
    except FlawedError as error:
        raise refusal(error.flaws) from None
    return Formula(raw.strip())


def check_formula(formula: Formula) -> None:
    """Reads it once.

    Raises:
        FlawedError: it is no formula; the flaw says where in the text.
    """
    with suppress(ZeroDivisionError):  # what it divides by is known only with the data
        formula.at(dict.fromkeys(formula.names, 1.0))


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        found = TOKEN.match(text, at)
        if found is None:
            raise _Token(text[at], at).fault(f"`{text[at]}` cannot stand in a formula")
        tokens.append(_Token(found[0], at))
        at = found.end()
    return [*tokens, _Token("", max(0, len(text.rstrip()) - 1))]


def _is_number(token: str) -> bool:
    return token[:1].isdigit() or token.startswith(".")


class _Reading:
    """One pass over the tokens, from left to right: a sum of products of values."""

    def __init__(self, tokens: list[_Token], values: Mapping[str, float]) -> None:
        self.tokens, self.values, self.at, self.depth = tokens, values, 0, 0

    def whole(self) -> Slope:
        found = self._sum()
        if self._peek():
            raise self.tokens[self.at].fault(f"`{self._peek()}` is not expected there in the formula")
        return found

    def _sum(self) -> Slope:
        return self._chain(self._product, {"+": _add, "-": _subtract})

    def _product(self) -> Slope:
        return self._chain(self._signed, {"*": _multiply, "/": _divide})

    def _chain(self, part: Callable[[], Slope], signs: Mapping[str, Callable[[Slope, Slope], Slope]]) -> Slope:
        found = part()
        while self._peek() in signs:
            combine = signs[self._next().text]
            found = combine(found, part())
        return found

    def _signed(self) -> Slope:
        minus = False
        while self._peek() in {"-", "+"}:
            minus ^= self._next().text == "-"
        found = self._value()
        return _subtract(Slope(0.0, {}), found) if minus else found

    def _value(self) -> Slope:
        token = self._next()
        if token.text == "(":
            return self._inside(token)
        if _is_number(token.text):
            return Slope(float(token.text), {})
        if token.text in self.values:
            return Slope(self.values[token.text], {token.text: 1.0})
        raise token.fault(f"a value is missing before `{token.text}` in the formula" if token.text else ENDS)

    def _inside(self, opened: _Token) -> Slope:
        self.depth += 1
        if self.depth > DEEPEST:
            raise opened.fault("the formula is nested too deep")
        found = self._sum()
        if self._next().text != ")":
            raise opened.fault("a parenthesis of the formula is not closed")
        self.depth -= 1
        return found

    def _peek(self) -> str:
        return self.tokens[self.at].text

    def _next(self) -> _Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token


ENDS = "the formula ends where a value is expected"


def _combined(value: float, left: tuple[Slope, float], right: tuple[Slope, float]) -> Slope:
    """A value that moves with both sides, each at its own rate."""
    names = {**left[0].by, **right[0].by}
    return Slope(value, {name: sum(side.by.get(name, 0.0) * rate for side, rate in (left, right)) for name in names})


def _add(left: Slope, right: Slope) -> Slope:
    return _combined(left.value + right.value, (left, 1.0), (right, 1.0))


def _subtract(left: Slope, right: Slope) -> Slope:
    return _combined(left.value - right.value, (left, 1.0), (right, -1.0))


def _multiply(left: Slope, right: Slope) -> Slope:
    return _combined(left.value * right.value, (left, right.value), (right, left.value))


def _divide(left: Slope, right: Slope) -> Slope:
    value = left.value / right.value
    return _combined(value, (left, 1 / right.value), (right, -value / right.value))
