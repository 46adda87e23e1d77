"""``where:`` - one SQL condition: parsed alone, checked against a list of what is allowed, written anew.

Nothing of the text reaches the engine. Each kind of node that may stand in a condition has one line in
``grammar.py``; whatever has none, or carries anything that its line does not expect, is refused.
"""

import unicodedata
from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.dialects import DuckDB
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from prodops_metrics.definitions.checks.conditions import hidden_sign, more_than_one, not_a_condition, not_in_a_condition
from prodops_metrics.definitions.checks.values import wrong_kind
from prodops_metrics.definitions.conditions import Pieces
from prodops_metrics.definitions.faults import Flaw, FlawedError
from prodops_metrics.definitions.grammar import Emitter
from prodops_metrics.definitions.scope import Column

LONGEST = 4_000
DEEPEST = 40
QUOTED = frozenset({TokenType.STRING, TokenType.IDENTIFIER})
REFUSED = {
    TokenType.SEMICOLON: more_than_one(),
    TokenType.PARAMETER: not_in_a_condition("a condition has no parameters", "Write the value itself."),
}


def where_pieces(raw: object, columns: Mapping[str, Column] | None) -> Pieces:
    """The condition that a text of SQL states.

    Raises:
        FlawedError: it is not exactly one condition, or uses anything that conditions may not use.
    """
    if not isinstance(raw, str) or not raw.strip():
        raise FlawedError(wrong_kind(raw, "where"))
    _check_tokens(raw, _tokens(raw))
    return Emitter(raw, columns).condition(_parsed(raw))


def _tokens(text: str) -> list[Token]:
    if len(text) > LONGEST:
        raise FlawedError(not_a_condition(f"the condition is longer than {LONGEST:,} characters"))
    for index, sign in enumerate(text):
        if unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} and sign not in "\n\t\r":
            message = f"an invisible character, {unicodedata.name(sign, f'U+{ord(sign):04X}')}, stands here"
            raise FlawedError(hidden_sign(message).part(index))
    try:
        return list(DuckDB().tokenize(text))
    except TokenError:
        raise FlawedError(not_a_condition("a quote is opened and never closed")) from None


def _check_tokens(text: str, tokens: list[Token]) -> None:
    _check_letters(text, tokens)
    depth = 0
    for token in tokens:
        if token.comments:
            start = min(text.find(mark) for mark in ("--", "/*") if mark in text)
            flaw = not_in_a_condition("a condition holds no comments", "A comment of YAML starts with #.")
            raise FlawedError(flaw.part(start, 2))
        if token.token_type in REFUSED:
            raise FlawedError(REFUSED[token.token_type].part(token.start))
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth > DEEPEST:
            raise FlawedError(not_a_condition(f"it nests more than {DEEPEST} levels deep").part(token.start))


def _check_letters(text: str, tokens: list[Token]) -> None:
    """Outside quotes only ASCII stands, so that nothing looks like a sign or name that it is not."""
    if text.isascii():
        return
    quoted = {spot for token in tokens if token.token_type in QUOTED for spot in range(token.start, token.end + 1)}
    for start, sign in enumerate(text):
        if not sign.isascii() and start not in quoted:
            raise FlawedError(hidden_sign(f"`{sign}` is no sign of SQL").part(start))


def _parsed(text: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(text, dialect="duckdb", into=exp.Condition)
    except ParseError as error:
        raise FlawedError(_parse_flaw(text, error)) from None
    except (SqlglotError, RecursionError):
        raise FlawedError(not_a_condition("it cannot be read as an SQL condition")) from None


def _parse_flaw(text: str, error: ParseError) -> Flaw:
    detail = error.errors[0] if error.errors else {}
    word = str(detail.get("highlight") or "")
    before = str(detail.get("start_context") or "")
    start = text.find(word, max(len(before) - 1, 0)) if word else -1
    cure = "A name that is a word of SQL stands in double quotes; one condition stands alone."
    message = f"no SQL condition: `{word}` cannot stand here" if word else "no SQL condition"
    return not_a_condition(message, cure).part(start if start >= 0 else None, max(len(word), 1))
