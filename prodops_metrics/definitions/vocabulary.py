"""What a condition may consist of: its operators, functions and types, and why anything else is refused."""

from collections.abc import Mapping

from sqlglot import exp

from prodops_metrics.definitions.checks.conditions import (
    aggregate_inside,
    function_inside,
    more_than_one,
    not_in_a_condition,
    query_inside,
    window_inside,
)
from prodops_metrics.definitions.faults import Flaw

COMPARISONS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
    exp.Like: "LIKE",
    exp.ILike: "ILIKE",
}
ARITHMETIC: Mapping[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.IntDiv: "//",
    exp.Mod: "%",
}
FUNCTIONS: Mapping[type[exp.Expr], tuple[str, tuple[str, ...]]] = {
    exp.Coalesce: ("coalesce", ("this", "expressions")),
    exp.Nullif: ("nullif", ("this", "expression")),
    exp.Lower: ("lower", ("this",)),
    exp.Upper: ("upper", ("this",)),
    exp.Trim: ("trim", ("this",)),
    exp.Length: ("length", ("this",)),
    exp.Abs: ("abs", ("this",)),
    exp.Round: ("round", ("this", "decimals")),
    exp.Floor: ("floor", ("this",)),
    exp.Ceil: ("ceil", ("this",)),
    exp.StartsWith: ("starts_with", ("this", "expression")),
    exp.EndsWith: ("ends_with", ("this", "expression")),
    exp.Contains: ("contains", ("this", "expression")),
    exp.Substring: ("substring", ("this", "start", "length")),
    exp.RegexpLike: ("regexp_matches", ("this", "expression")),
}
TYPES = {
    exp.DType.VARCHAR: "VARCHAR",
    exp.DType.TEXT: "VARCHAR",
    exp.DType.INT: "INTEGER",
    exp.DType.BIGINT: "BIGINT",
    exp.DType.DOUBLE: "DOUBLE",
    exp.DType.BOOLEAN: "BOOLEAN",
    exp.DType.DATE: "DATE",
    exp.DType.TIMESTAMP: "TIMESTAMP",
    exp.DType.TIMESTAMPNTZ: "TIMESTAMP",
}

EQUALITIES = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
TESTS = (exp.StartsWith, exp.EndsWith, exp.Contains, exp.RegexpLike, exp.Case, exp.Coalesce, exp.Boolean)
QUERIES = (exp.Query, exp.Exists, exp.Unnest)
REASONS: tuple[tuple[tuple[type[exp.Expr], ...], str], ...] = (
    ((exp.Placeholder, exp.Parameter, exp.SessionParameter), "a condition has no parameters"),
    ((exp.ArrayOverlaps,), "`&&` cannot be used in a condition"),
    ((exp.Lambda, exp.Kwarg, exp.PropertyEQ), "a condition holds no lambda and no named argument"),
)


def word(node: exp.Expr) -> str:
    """What people call a node."""
    return (node.name if isinstance(node, exp.Anonymous) else node.key).upper()


def refusal_of(node: exp.Expr) -> Flaw:
    """Why a node is refused, and what might do instead."""
    if isinstance(node, QUERIES):
        return query_inside()
    if isinstance(node, exp.AggFunc):
        return aggregate_inside(word(node))
    if isinstance(node, exp.Window):
        return window_inside()
    if isinstance(node, exp.Block):
        return more_than_one()
    for kinds, why in REASONS:
        if isinstance(node, kinds):
            return not_in_a_condition(why, "Join conditions with `and` and `or`; compare properties with values.")
    if isinstance(node, exp.Func):
        return function_inside(word(node), (name for name, _ in FUNCTIONS.values()))
    return not_in_a_condition(f"{word(node)} cannot be used in a condition", "Text stands in plain single quotes.")
