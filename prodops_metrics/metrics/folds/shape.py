"""What every fold has to know of a question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """``keys`` tell the rows of one window apart; ``clustered`` says that units sit in parents.

    ``constants`` are what the metric's definition gives to its statistics; ``count`` is how many windows are asked about.
    ``flags``: value and base of every row are 0 or 1.
    """

    keys: tuple[str, ...]
    clustered: bool
    constants: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    flags: bool = False

    @property
    def by(self) -> str:
        """The columns of one row of an answer by window."""
        return ", ".join(("window_id", *self.keys))

    def of(self, table: str) -> str:
        """The same columns, of one table."""
        return ", ".join(f"{table}.{key}" for key in ("window_id", *self.keys))

    def same(self, left: str, right: str) -> str:
        """SQL that two tables stand at the same keys, whatever their windows."""
        return " AND ".join(["TRUE", *(f"{left}.{key} = {right}.{key}" for key in self.keys)])


def literal(value: object) -> str:
    """A constant in SQL: a number, a text, nothing, or a list of these."""
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return listed(value) if isinstance(value, Iterable) else repr(value)


def listed(values: Iterable[object]) -> str:
    """A list of constants."""
    return f"[{', '.join(literal(value) for value in values)}]"
