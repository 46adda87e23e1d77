"""Literals: the text of a YAML scalar or SQL literal as a value of the type that its property declares."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Literal

from prodops_metrics.definitions.checks.references import outside_enum, wrong_type
from prodops_metrics.definitions.checks.values import wrong_kind
from prodops_metrics.definitions.faults import FlawedError

PropertyType = Literal["string", "integer", "number", "boolean", "time", "list"]
Scalar = str | int | float | bool | date | datetime

TRUTH = {"true": True, "false": False}
LIMIT = 2**63
INTEGER = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?")


class Plain(str):
    """Text that stood in YAML without quotes, so that its type may be guessed where none is declared."""

    __slots__ = ()


def _integer(text: str) -> int:
    if not INTEGER.fullmatch(text):
        raise ValueError
    return _fitting(int(text))


def _fitting(number: int) -> int:
    if abs(number) >= LIMIT:
        raise ValueError
    return number


def _number(text: str) -> float:
    if not NUMBER.fullmatch(text) or math.isinf(float(text)):
        raise ValueError
    return int(text) if INTEGER.fullmatch(text) and abs(int(text)) < LIMIT else float(text)


def _boolean(text: str) -> bool:
    try:
        return TRUTH[text.lower()]
    except KeyError:
        raise ValueError from None


def moment(text: str) -> datetime:
    """Naive UTC of a written date or time; a time without offset is UTC already.

    Raises:
        ValueError: the text is not a date or time in the ISO form.
    """
    if not MOMENT.fullmatch(text):
        raise ValueError
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


READERS: dict[str, Callable[[str], Scalar]] = {
    "string": str,
    "list": str,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "time": moment,
}


def guess(text: str) -> Scalar:
    """The value of text whose property declares no type: a number or truth value only if it stood unquoted."""
    if isinstance(text, Plain):
        for reader in (_number, _boolean):
            try:
                return reader(text)
            except ValueError:
                continue
    return str(text)


def literal(raw: object, kind: PropertyType | None, enum: tuple[Scalar, ...] = ()) -> Scalar:
    """The value that ``raw`` stands for in a property of this type.

    Raises:
        FlawedError: it is no single value, not of the type, or outside the enum.
    """
    if raw is None or not isinstance(raw, str | int | float | date):
        raise FlawedError(wrong_kind(raw, "value"))
    value = _typed(str(raw) if kind and not isinstance(raw, str) else raw, kind)
    if enum and value not in enum:
        raise FlawedError(outside_enum(raw, enum))
    return value


def _typed(raw: Scalar, kind: PropertyType | None) -> Scalar:
    if not isinstance(raw, str):
        return raw
    if kind is None:
        return guess(raw)
    try:
        return READERS[kind](raw.strip() if kind not in {"string", "list"} else raw)
    except ValueError:
        raise FlawedError(wrong_type(raw, kind)) from None
