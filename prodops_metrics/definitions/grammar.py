"""How each node of a condition is written anew, in parentheses, with its columns and values kept apart."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from sqlglot import exp

from prodops_metrics.definitions.checks.conditions import not_a_condition, not_in_a_condition, unknown_column
from prodops_metrics.definitions.conditions import Name, Pieces, Value
from prodops_metrics.definitions.faults import Flaw, FlawedError
from prodops_metrics.definitions.filters import collected, joined
from prodops_metrics.definitions.literals import Plain, guess, literal
from prodops_metrics.definitions.scope import Column
from prodops_metrics.definitions.vocabulary import (
    ARITHMETIC,
    COMPARISONS,
    EQUALITIES,
    FUNCTIONS,
    QUERIES,
    TESTS,
    TYPES,
    refusal_of,
    word,
)

DEEPEST = 60
STRING = re.compile(r"'[^']*'")
QUERY = re.compile(r"\b(select|exists|unnest|with|from|values|table|pivot|describe|show|summarize)\b", re.IGNORECASE)


class Emitter:
    """Writes the tree of one condition anew; everything that it has no line for is a flaw of its text."""

    def __init__(self, text: str, columns: Mapping[str, Column] | None) -> None:
        self.text, self.columns, self.depth = text, columns, 0

    def condition(self, node: exp.Expr) -> Pieces:
        """A node that must be true or false."""
        node = node.unnest()
        if isinstance(node, exp.And | exp.Or):
            word = " AND " if isinstance(node, exp.And) else " OR "
            return joined(word, collected(partial(self.nested, self.condition, part) for part in node.flatten()))
        if isinstance(node, exp.Not):
            return ("(NOT ", *self.nested(self.condition, node.this), ")")
        if not self._is_test(node):
            flaw = not_in_a_condition("this is a value, and a condition is expected", "Compare it with something.")
            raise self.refused(node, flaw)
        return self.value(node)

    def _is_test(self, node: exp.Expr) -> bool:
        if isinstance(node, exp.Column):
            return not self.columns or self.columns.get(node.name, Column()).type in {None, "boolean"}
        if isinstance(node, exp.Literal | exp.Neg | exp.Null) or type(node) in ARITHMETIC:
            return False
        return type(node) not in FUNCTIONS or isinstance(node, TESTS)

    def value(self, node: exp.Expr) -> Pieces:
        """Any node that may stand in a condition."""
        node = node.unnest()
        emit = EMITTERS.get(type(node))
        if emit is None:
            raise self.refused(node, refusal_of(node))
        return self.nested(lambda each: emit(self, each), node)

    def nested(self, emit: Callable[[exp.Expr], Pieces], node: exp.Expr) -> Pieces:
        """What ``emit`` makes of a node one level further down."""
        if self.depth > DEEPEST:
            raise FlawedError(not_a_condition(f"it nests more than {DEEPEST} levels deep"))
        self.depth += 1
        try:
            return emit(node)
        finally:
            self.depth -= 1

    def only(self, node: exp.Expr, *expected: str) -> None:
        """Refuses a node that carries more than is expected of it, such as LIKE with ESCAPE."""
        for name, value in node.args.items():
            if value and name not in expected:
                what = f"{word(node)} with `{name.replace('_', ' ')}` cannot be used"
                raise self.refused(node, not_in_a_condition(what))

    def refused(self, node: exp.Expr, flaw: Flaw) -> FlawedError:
        """The flaw of a node, at the place of its first word."""
        spots = [(each.meta["start"], each.meta["end"]) for each in node.walk() if "start" in each.meta]
        start, end = min(spots, default=(0, len(self.text) - 1))
        if isinstance(node, QUERIES) and (found := QUERY.search(STRING.sub(lambda text: "~" * len(text[0]), self.text))):
            start, end = found.start(), found.end() - 1
        return FlawedError(flaw.part(start, end - start + 1))


def _column(emitter: Emitter, node: exp.Expr) -> Pieces:
    emitter.only(node, "this")
    if not isinstance(node.this, exp.Identifier):
        raise emitter.refused(node, not_in_a_condition("a star is no column"))
    if emitter.columns is not None and node.name not in emitter.columns:
        raise emitter.refused(node, unknown_column(node.name, emitter.columns, quoted=bool(node.this.quoted)))
    return (Name(node.name),)


def _literal(_emitter: Emitter, node: exp.Expr) -> Pieces:
    found = guess(str(node.this) if node.is_string else Plain(node.this))
    if isinstance(found, str) and not node.is_string:
        raise FlawedError(not_a_condition(f"`{node.this}` is no number that fits"))
    return (Value(found),)


def _boolean(_emitter: Emitter, node: exp.Expr) -> Pieces:
    return (Value(bool(node.this)),)


def _null(_emitter: Emitter, _node: exp.Expr) -> Pieces:
    return ("NULL",)


def _compare(emitter: Emitter, node: exp.Expr) -> Pieces:
    emitter.only(node, "this", "expression", "negate")
    left, right = node.this.unnest(), node.expression.unnest()
    equals = isinstance(node, EQUALITIES)
    first, second = (_typed(emitter, one, other, equals=equals) for one, other in ((left, right), (right, left)))
    pieces = ("(", *first, f" {COMPARISONS[type(node)]} ", *second, ")")
    return ("(NOT ", *pieces, ")") if node.args.get("negate") else pieces


def _typed(emitter: Emitter, node: exp.Expr, peer: exp.Expr, *, equals: bool = False) -> Pieces:
    """A side of a comparison; a literal beside a column takes the column's type, and where it ``equals``, its values."""
    if not isinstance(node, exp.Literal) or not isinstance(peer, exp.Column) or not emitter.columns:
        return emitter.value(node)
    column = emitter.columns.get(peer.name, Column())
    kind, enum = column.type, column.enum if equals else ()
    kind = "number" if kind == "integer" and not node.is_string else kind  # 2.5 is a fair bound of whole numbers
    try:
        return (Value(literal(str(node.this), None if kind == "list" else kind, enum)),) if kind else emitter.value(node)
    except FlawedError as error:
        raise emitter.refused(node, error.flaws[0]) from None


def _arithmetic(emitter: Emitter, node: exp.Expr) -> Pieces:
    emitter.only(node, "this", "expression")
    sign = ARITHMETIC[type(node)]
    return ("(", *emitter.value(node.this), f" {sign} ", *emitter.value(node.expression), ")")


def _negative(emitter: Emitter, node: exp.Expr) -> Pieces:
    return ("(-", *emitter.value(node.this), ")")


def _in(emitter: Emitter, node: exp.Expr) -> Pieces:
    query = node.args.get("query") or node.args.get("unnest")
    if query is not None:
        raise emitter.refused(query, refusal_of(query.unnest() if not isinstance(query, exp.Subquery) else query))
    emitter.only(node, "this", "expressions")
    if not node.expressions:
        flaw = not_in_a_condition("the list is empty, so nothing could match", "Name at least one value.")
        raise emitter.refused(node, flaw)
    column = node.this.unnest()
    reads = (partial(_typed, emitter, each.unnest(), column, equals=True) for each in node.expressions)
    first, *others = collected((partial(emitter.value, column), *reads))
    pieces: Pieces = ("(", *first, " IN (")
    for index, each in enumerate(others):
        pieces += (*((", ",) if index else ()), *each)
    return (*pieces, "))")


def _between(emitter: Emitter, node: exp.Expr) -> Pieces:
    emitter.only(node, "this", "low", "high")
    column = node.this.unnest()
    low, high = (_typed(emitter, node.args[end].unnest(), column) for end in ("low", "high"))
    return ("(", *emitter.value(column), " BETWEEN ", *low, " AND ", *high, ")")


def _is(emitter: Emitter, node: exp.Expr) -> Pieces:
    emitter.only(node, "this", "expression", "negate")
    known = node.expression
    if not isinstance(known, exp.Null | exp.Boolean):
        flaw = not_in_a_condition("IS takes NULL, TRUE or FALSE", "Compare values with `=`.")
        raise emitter.refused(node, flaw)
    what = "NULL" if isinstance(known, exp.Null) else str(bool(known.this)).upper()
    return ("(", *emitter.value(node.this), f" IS {'NOT ' if node.args.get('negate') else ''}{what})")


def _case(emitter: Emitter, node: exp.Expr) -> Pieces:
    emitter.only(node, "this", "ifs", "default")
    operand = node.args.get("this")
    pieces: Pieces = ("(CASE", *((" ", *emitter.value(operand)) if operand else ()))
    for branch in node.args["ifs"]:
        emitter.only(branch, "this", "true")
        when = emitter.value(branch.this) if operand else emitter.nested(emitter.condition, branch.this)
        pieces += (" WHEN ", *when, " THEN ", *emitter.value(branch.args["true"]))
    default = node.args.get("default")
    return (*pieces, *((" ELSE ", *emitter.value(default)) if default else ()), " END)")


def _function(emitter: Emitter, node: exp.Expr) -> Pieces:
    name, expected = FUNCTIONS[type(node)]
    emitter.only(node, *expected)
    arguments: list[exp.Expr] = []
    for key in expected:
        value = node.args.get(key)
        arguments += value if isinstance(value, list) else [value] if value is not None else []
    pieces: Pieces = (f"{name}(",)
    for index, argument in enumerate(arguments):
        pieces += (*((", ",) if index else ()), *emitter.value(argument))
    return (*pieces, ")")


def _cast(emitter: Emitter, node: exp.Expr) -> Pieces:
    emitter.only(node, "this", "to")
    target = node.args["to"]
    if target.this not in TYPES or target.expressions:
        names = ", ".join(sorted(set(TYPES.values())))
        flaw = not_in_a_condition("a value can only be cast to a simple type", f"Simple types are: {names}")
        raise emitter.refused(node, flaw)
    return ("CAST(", *emitter.value(node.this), f" AS {TYPES[target.this]})")


def _logical(emitter: Emitter, node: exp.Expr) -> Pieces:
    return emitter.condition(node)


Emit = Callable[[Emitter, exp.Expr], Pieces]

EMITTERS: Mapping[type[exp.Expr], Emit] = {
    **dict.fromkeys(COMPARISONS, _compare),
    **dict.fromkeys(ARITHMETIC, _arithmetic),
    **dict.fromkeys(FUNCTIONS, _function),
    **dict.fromkeys((exp.And, exp.Or, exp.Not), _logical),
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: _boolean,
    exp.Null: _null,
    exp.Neg: _negative,
    exp.In: _in,
    exp.Between: _between,
    exp.Is: _is,
    exp.Case: _case,
    exp.Cast: _cast,
}
