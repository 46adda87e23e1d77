"""SQL with its values beside it, for the engine to run or for a person to paste."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from prodops_metrics.metrics.query import DaysFinish, Finish, Scalar


class Binder(Protocol):
    """Whatever puts values into SQL as parameters."""

    def bind(self, value: str, /) -> str:
        """The placeholder of a value."""


@dataclass(slots=True)
class Parameters:
    """Values on their way into SQL: each becomes ``$p1``, ``$p2``, …, never text."""

    values: dict[str, Scalar] = field(default_factory=dict)
    _names: dict[tuple[type, Scalar], str] = field(default_factory=dict)

    def bind(self, value: Scalar) -> str:
        """The placeholder of a value; equal values share one."""
        known = type(value), value
        if known not in self._names:
            self._names[known] = f"p{len(self.values) + 1}"
            self.values[self._names[known]] = value
        return f"${self._names[known]}"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with named parameters, ready to run, and what makes the answer of its rows where they are not yet it."""

    sql: str
    parameters: dict[str, Scalar]
    finish: Finish | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from any other of one snapshot."""
        return self.sql, repr(self.finish), *sorted(self.parameters.items())

    def pasteable(self) -> str:
        """The same SQL with the values written in, for a person to paste into the DuckDB shell."""
        quoted = r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'"
        return re.sub(
            rf"{quoted}|\$(p\d+)\b",
            lambda found: _literal(self.parameters[found[1]]) if found[1] else found[0],
            self.sql,
        )


def together(statements: Sequence[Statement], finish: DaysFinish) -> Statement:
    """All that an answer from several statements depends on, as one that is never run."""
    sql = "\n;\n".join([*(f"{one.sql}\n{one.finish}" for one in statements), repr(finish)])
    parameters = {f"{at}.{name}": value for at, one in enumerate(statements) for name, value in one.parameters.items()}
    return Statement(sql, parameters)


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
