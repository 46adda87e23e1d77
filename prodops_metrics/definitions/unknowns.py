"""Conditions in SQL that drop rows of which a property is not known, where the form for people would keep them."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError


@dataclass(frozen=True, slots=True)
class Dropping:
    """A test such as ``plan <> 'viewer'``; ``instead`` is the filter that keeps rows without ``column``."""

    column: str
    text: str
    instead: str
    start: int
    length: int


def dropping(where: str) -> Iterator[Dropping]:
    """The tests of a condition that drop rows without the column that they look at; none where it is tested for NULL."""
    try:
        tree = sqlglot.parse_one(where, dialect="duckdb", into=exp.Condition)
    except (SqlglotError, RecursionError):
        return
    minded = {column.name for test in tree.find_all(exp.Is, exp.Coalesce, exp.NullSafeNEQ) for column in _columns(test)}
    for test, compared, values in _negations(tree):
        column = compared.unnest()
        if isinstance(column, exp.Column) and column.name not in minded and "start" in column.this.meta:
            words = [each.name for each in values]
            raw = words[0] if len(words) == 1 else f"[{', '.join(words)}]"
            start = column.this.meta["start"]
            written = test.sql(dialect="duckdb")
            yield Dropping(column.name, written, f"{{{column.name}: {{not: {raw}}}}}", start, len(column.name))


def _columns(node: exp.Expr) -> Iterator[exp.Column]:
    return node.find_all(exp.Column)


def _negations(tree: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr, list[exp.Expr]]]:
    """Each ``column <> value`` and ``column NOT IN (values)``, with the column and the values."""
    for test in tree.find_all(exp.NEQ):
        if isinstance(test.expression.unnest(), exp.Literal):
            yield test, test.this, [test.expression.unnest()]
    for negated in tree.find_all(exp.Not):
        test = negated.this.unnest()
        if isinstance(test, exp.In) and all(isinstance(each, exp.Literal) for each in test.expressions):
            yield negated, test.this, list(test.expressions)
