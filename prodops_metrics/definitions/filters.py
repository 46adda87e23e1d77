"""``filter:`` - the form of a condition for people, checked against declared types and enums.

A missing property equals nothing, but passes ``not``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from prodops_metrics.definitions.checks.references import unknown_property, wrong_type
from prodops_metrics.definitions.checks.shape import unknown_key
from prodops_metrics.definitions.checks.values import wrong_kind
from prodops_metrics.definitions.conditions import Name, Pieces, Value
from prodops_metrics.definitions.faults import Flaw, FlawedError
from prodops_metrics.definitions.foreign import WORDS, ours
from prodops_metrics.definitions.literals import literal
from prodops_metrics.definitions.scope import Column

ORDERED = frozenset({"integer", "number", "time", "string", None})
HOLDING = frozenset({"string", "list", None})

Read = TypeVar("Read")
Test = Callable[[str, object, Column], Pieces]


def filter_pieces(raw: object, columns: Mapping[str, Column] | None) -> Pieces:
    """A filter's tests, all of which hold; ``columns`` None means that they are not known and all will do.

    Raises:
        FlawedError: a name, operator or value is wrong; all flaws at once.
    """
    if not isinstance(raw, dict) or not raw:
        raise FlawedError(wrong_kind(raw, "filter"))
    return joined(" AND ", gathered(raw, lambda name, spec: _property(name, spec, columns)))


def gathered(raw: Mapping[str, object], read: Callable[[str, object], Pieces]) -> list[Pieces]:
    """What ``read`` makes of each entry.

    Raises:
        FlawedError: any entry is wrong; all flaws at once, each under its key.
    """
    found: list[Pieces] = []
    flaws: list[Flaw] = []
    for key, value in raw.items():
        try:
            found.append(read(key, value))
        except FlawedError as error:
            flaws += [flaw.under(key) for flaw in error.flaws]
    if flaws:
        raise FlawedError(*flaws)
    return found


def collected(reads: Iterable[Callable[[], Read]]) -> list[Read]:
    """What is read.

    Raises:
        FlawedError: anything is wrong; the flaws of all at once.
    """
    found: list[Read] = []
    flaws: list[Flaw] = []
    for read in reads:
        try:
            found.append(read())
        except FlawedError as error:
            flaws += error.flaws
    if flaws:
        raise FlawedError(*flaws)
    return found


def joined(word: str, parts: Sequence[Pieces]) -> Pieces:
    """Conditions in parentheses, with AND or OR between them; one alone as it is."""
    if len(parts) == 1:
        return parts[0]
    pieces: list[str | Name | Value] = ["("]
    for index, part in enumerate(parts):
        pieces += [word] if index else []
        pieces += part
    return (*pieces, ")")


def listing(values: Iterable[Value]) -> Pieces:
    """Values between commas."""
    found: list[str | Name | Value] = []
    for value in values:
        found += [", ", value] if found else [value]
    return tuple(found)


def _property(name: str, spec: object, columns: Mapping[str, Column] | None) -> Pieces:
    if columns is not None and name not in columns:
        raise FlawedError(unknown_property(name, columns))
    column = columns[name] if columns else Column()
    if isinstance(spec, dict):
        return joined(" AND ", gathered(spec, lambda word, value: _operator(word)(name, value, column)))
    return _equals(name, spec, column)


def _operator(word: str) -> Test:
    if word not in OPERATORS:
        raise FlawedError(unknown_key(word, OPERATORS, near=ours(word, OPERATORS, WORDS), kind="operator"))
    return OPERATORS[word]


def _values(raw: object, column: Column) -> list[Value]:
    """One or many values of the column's type."""
    if not isinstance(raw, list):
        return [Value(literal(raw, column.type, column.enum))]
    if not raw:
        raise FlawedError(wrong_kind(raw, "values"))
    return collected(partial(_item, index, each, column) for index, each in enumerate(raw))


def _item(index: int, raw: object, column: Column) -> Value:
    try:
        return Value(literal(raw, column.type, column.enum))
    except FlawedError as error:
        raise FlawedError(*(flaw.under(index) for flaw in error.flaws)) from None


def _equals(name: str, raw: object, column: Column) -> Pieces:
    values = _values(raw, column)
    if column.type == "list":
        return joined(" OR ", [("list_contains(", Name(name), ", ", value, ")") for value in values])
    if len(values) == 1:
        return ("(", Name(name), " = ", values[0], ")")
    return ("(", Name(name), " IN (", *listing(values), "))")


def _not(name: str, raw: object, column: Column) -> Pieces:
    values = _values(raw, column)
    if column.type == "list" or len(values) > 1:
        return ("(", Name(name), " IS NULL OR NOT ", *_equals(name, raw, column), ")")
    return ("(", Name(name), " IS DISTINCT FROM ", values[0], ")")


def _bound(sign: str) -> Test:
    def compare(name: str, raw: object, column: Column) -> Pieces:
        _require(name, column, ORDERED, "order")
        return ("(", Name(name), f" {sign} ", Value(literal(raw, column.type)), ")")

    return compare


def _between(name: str, raw: object, column: Column) -> Pieces:
    _require(name, column, ORDERED, "order")
    if not isinstance(raw, list) or len(raw) != 2:
        raise FlawedError(wrong_kind(raw, "pair"))
    low, high = _values(raw, Column(column.type))
    return ("(", Name(name), " BETWEEN ", low, " AND ", high, ")")


def _contains(name: str, raw: object, column: Column) -> Pieces:
    _require(name, column, HOLDING, "text")
    if column.type == "list":
        return _equals(name, raw, column)
    return ("contains(", Name(name), ", ", Value(literal(raw, "string")), ")")


def _is_set(name: str, raw: object, _column: Column) -> Pieces:
    return ("(", Name(name), " IS NOT NULL)" if literal(raw, "boolean") else " IS NULL)")


def _require(name: str, column: Column, types: frozenset[str | None], what: str) -> None:
    if column.type not in types:
        raise FlawedError(wrong_type(name, str(column.type), lacks=what))


OPERATORS: Mapping[str, Test] = {
    "at_least": _bound(">="),
    "at_most": _bound("<="),
    "between": _between,
    "not": _not,
    "contains": _contains,
    "is_set": _is_set,
}
