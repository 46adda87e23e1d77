"""Small numbers of a row packed into one of 64 bits, which sorts and counts several times faster than they do one by one."""

from collections.abc import Mapping

import duckdb
import numpy as np
from numpy.typing import NDArray

NOBODY = 4_294_967_295
"""Stands for no unit, and after all units; keys are dense, so none of them is that high."""
MOST = 65_536
"""So many months, events or days have a place in a packed number."""
Numbers = NDArray[np.uint64]
Counts = NDArray[np.uint32]


def key_or_nobody(key: str) -> str:
    """A unit's key as a number that is always there."""
    return f"coalesce({key}, {NOBODY})::UBIGINT"


def in_order_of_storage(month: str, code: str, key: str) -> str:
    """Month, event and unit as one number; ``month`` counts from one that is known, and below ``MOST``."""
    return f"(({month})::UBIGINT << 48) | (({code})::UBIGINT << 32) | {key_or_nobody(key)}"


def by_unit_and_day(code: str, key: str, day: str) -> str:
    """Event, unit and day as one number; ``day`` counts from one that is known, and below ``MOST``."""
    return f"(({code})::UBIGINT << 48) | ({key_or_nobody(key)} << 16) | ({day})::UBIGINT"


def numbers(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> Numbers:
    """The only column of a query, which is of UBIGINT and without NULL, in order."""
    (found,) = connection.execute(sql, dict(values)).fetchnumpy().values()
    found.sort()
    return found


def counted(ordered: Numbers) -> tuple[Numbers, Counts]:
    """Each number that stands in an ordered array, and how often it does."""
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))) if ordered.size else np.empty(0, np.int64)
    return ordered[starts], np.diff(starts, append=ordered.size).astype(np.uint32)


def by_itself(packed: Numbers, events: Counts) -> tuple[Numbers, Counts]:
    """Counts of ``by_unit_and_day`` with each event of nobody apart: it is not known which of them are the same unit's."""
    nobody = ((packed >> np.uint64(16)) & np.uint64(NOBODY)) == NOBODY
    if not nobody.any():
        return packed, events
    times = np.where(nobody, events, 1)
    return np.repeat(packed, times), np.repeat(np.where(nobody, np.uint32(1), events), times)


def repeated(ordered: Numbers) -> Numbers:
    """The numbers that stand in an ordered array more than once."""
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
