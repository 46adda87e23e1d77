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

from prodops_metrics.definitions.conditions import Pieces
from prodops_metrics.definitions.faults import Flaw, FlawedError
from prodops_metrics.definitions.grammar import Emitter
from prodops_metrics.definitions.scope import Column

LONGEST = 4_000
DEEPEST = 40
QUOTED = frozenset({TokenType.STRING, TokenType.IDENTIFIER})
REFUSED = {
    TokenType.SEMICOLON: ("E302", "exactly one condition is expected, without `;`"),
    TokenType.PARAMETER: ("E303", "a condition has no parameters"),
}


def where_pieces(raw: object, columns: Mapping[str, Column] | None) -> Pieces:
    """The condition that a text of SQL states.

    Raises:
        FlawedError: it is not exactly one condition, or uses anything that conditions may not use.
    """
    if not isinstance(raw, str) or not raw.strip():
        raise FlawedError(Flaw("E107", "`where` is one SQL condition", "Write it as text: where: \"plan = 'pro'\""))
    _check_tokens(raw, _tokens(raw))
    return Emitter(raw, columns).condition(_parsed(raw))


def _tokens(text: str) -> list[Token]:
    if len(text) > LONGEST:
        raise FlawedError(Flaw("E301", f"the condition is longer than {LONGEST:,} characters"))
    for index, sign in enumerate(text):
        if unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} and sign not in "\n\t\r":
            message = f"an invisible character, {unicodedata.name(sign, f'U+{ord(sign):04X}')}, stands here"
            raise FlawedError(Flaw("E303", message, "Remove it.", start=index))
    try:
        return list(DuckDB().tokenize(text))
    except TokenError:
        raise FlawedError(Flaw("E301", "a quote is opened and never closed")) from None


def _check_tokens(text: str, tokens: list[Token]) -> None:
    _check_letters(text, tokens)
    depth = 0
    for token in tokens:
        if token.comments:
            start = min(text.find(mark) for mark in ("--", "/*") if mark in text)
            cure = "A comment of YAML starts with #."
            raise FlawedError(Flaw("E303", "a condition holds no comments", cure, start=start, length=2))
        if token.token_type in REFUSED:
            code, message = REFUSED[token.token_type]
            raise FlawedError(Flaw(code, message, start=token.start))
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth > DEEPEST:
            raise FlawedError(Flaw("E301", f"it nests more than {DEEPEST} levels deep", start=token.start))


def _check_letters(text: str, tokens: list[Token]) -> None:
    """Outside quotes only ASCII stands, so that nothing looks like a sign or name that it is not."""
    if text.isascii():
        return
    quoted = {spot for token in tokens if token.token_type in QUOTED for spot in range(token.start, token.end + 1)}
    for start, sign in enumerate(text):
        if not sign.isascii() and start not in quoted:
            cure = 'Text stands in plain single quotes, a name with such letters in double quotes: "größe".'
            raise FlawedError(Flaw("E303", f"`{sign}` is no sign of SQL", cure, start=start))


def _parsed(text: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(text, dialect="duckdb", into=exp.Condition)
    except ParseError as error:
        raise FlawedError(_parse_flaw(text, error)) from None
    except (SqlglotError, RecursionError):
        raise FlawedError(Flaw("E301", "it cannot be read as an SQL condition")) from None


def _parse_flaw(text: str, error: ParseError) -> Flaw:
    detail = error.errors[0] if error.errors else {}
    word = str(detail.get("highlight") or "")
    before = str(detail.get("start_context") or "")
    start = text.find(word, max(len(before) - 1, 0)) if word else -1
    cure = "A name that is a word of SQL stands in double quotes; one condition stands alone."
    message = f"no SQL condition: `{word}` cannot stand here" if word else "no SQL condition"
    return Flaw("E301", message, cure, start=start if start >= 0 else None, length=max(len(word), 1))
