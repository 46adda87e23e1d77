"""A condition on the columns of a row: checked when it is read, rendered into SQL when it is asked.

A condition is kept as pieces of our own SQL between names of columns and values; nothing of the text that
a person wrote is left in it. Whoever renders it says how a column and a value are written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from prodops_metrics.definitions.literals import Scalar

BARE = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Name:
    """A column, by the name of its property or attribute."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """A literal."""

    value: Scalar


Piece = str | Name | Value
Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, made from ``filter:``, ``where:`` or both."""

    pieces: Pieces

    @property
    def columns(self) -> frozenset[str]:
        """The properties or attributes that it looks at."""
        return frozenset(piece.name for piece in self.pieces if isinstance(piece, Name))

    @property
    def text(self) -> str:
        """The condition as SQL with its values written out: for hashes and receipts, never to be run."""
        return self.render(bare, spelled)

    def render(self, column: Callable[[str], str], bind: Callable[[Scalar], str]) -> str:
        """DuckDB SQL: every column as ``column(name)`` writes it, every literal as ``bind(value)`` does."""
        return "".join(_rendered(piece, column, bind) for piece in self.pieces)

    def __and__(self, other: "Condition | None") -> "Condition":
        """Both conditions; ``None`` asks for nothing more."""
        if other is None:
            return self
        return Condition(("(", *self.pieces, " AND ", *other.pieces, ")"))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        """Lets a model declare a field of this type; what stands in YAML is read in its scope."""
        # Reading needs the whole grammar, which itself needs this class.
        from prodops_metrics.definitions.reading import read_condition

        return core_schema.with_info_plain_validator_function(read_condition)


def _rendered(piece: Piece, column: Callable[[str], str], bind: Callable[[Scalar], str]) -> str:
    match piece:
        case Name(name):
            return column(name)
        case Value(value):
            return bind(value)
        case _:
            return piece


def bare(name: str) -> str:
    """A column's name as SQL, in quotes where it needs them."""
    return name if BARE.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def spelled(value: Scalar) -> str:
    """A value as SQL shows it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + value.replace("'", "''") + "'"
