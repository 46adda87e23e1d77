"""Bits counted by group, many places at once: the quick half of every fold that reads masks.

Each of the eight bits of a byte gets a byte of its own, by a table, so that one addition of 64-bit numbers counts eight
places of a row; up to 255 rows fit into a byte. Rows are taken in blocks that stay in the processor's cache.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Masks = Callable[[Whole], Mapping[str, Whole]]
"""Gives the masks of some rows, by name."""
Address = tuple[str, int]
"""A place: the column of masks, and the bit."""
MOST_IN_A_BYTE = 255
ROWS_AT_ONCE = 1 << 15
_BYTE = 8
_LITTLE = "<i8"
"""Masks as bytes from the lowest on, whatever the machine."""
_SPREAD = np.array([sum((byte >> bit & 1) << (_BYTE * bit) for bit in range(_BYTE)) for byte in range(256)], "<u8")


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows in an order in which those of one group are neighbours: where each group starts, and how many rows there are."""

    order: Whole
    """Empty where only the sizes of groups are asked for."""
    starts: Whole
    keys: Whole
    """What tells the groups apart, in ascending order."""
    rows: int

    @classmethod
    def of(cls, keys: Whole, *, ordered: bool = True) -> "Groups":
        """Of rows with equal keys; not ``ordered`` is quicker, where only the sizes of groups are asked for."""
        if bool((keys[1:] >= keys[:-1]).all()):
            order, in_order = np.arange(len(keys)), keys
        else:
            order = np.argsort(keys) if ordered else np.zeros(0, np.int64)
            in_order = keys[order] if ordered else np.sort(keys)
        starts = starts_of(in_order)
        return cls(order, starts, in_order[starts], len(keys))

    @property
    def sizes(self) -> Whole:
        """How many rows each group has."""
        return np.diff(self.starts, append=self.rows)


def starts_of(ordered: Whole) -> Whole:
    """Where each new value begins in sorted values."""
    new = np.empty(len(ordered), np.bool_)
    new[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return np.flatnonzero(new)


def of_columns(rows: "pl.DataFrame", names: Iterable[str]) -> Masks:
    """The masks that stand in columns."""
    columns = {name: rows[name].to_numpy() for name in names}
    return lambda at: {name: column[at] for name, column in columns.items()}


def counted(masks: Masks, places: Sequence[Address], groups: Groups, span: range) -> Iterator[tuple[range, Real]]:
    """In how many rows of each group every place is set, for blocks of neighbouring groups of ``span``.

    Each block is of shape ``places, groups``, and good until the next one is asked for; together they are all groups of the
    span in order.
    """
    by_byte: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for number, (name, bit) in enumerate(places):
        by_byte.setdefault((name, bit // _BYTE), []).append((number, bit % _BYTE))
    cut = list(_blocks(groups, span))
    # Fresh memory costs more than the sums that are put there.
    room = np.empty((len(places), max((last - first for first, last in cut), default=0)))
    for first, last in cut:
        chunks = _Chunks.of(groups, first, last)
        found = room[:, : last - first]
        columns = {name: mask.astype(_LITTLE, copy=False).view(np.uint8) for name, mask in masks(chunks.rows).items()}
        for (name, byte), wanted in by_byte.items():
            sums = chunks.added(_SPREAD[columns[name][byte::_BYTE]])
            for number, bit in wanted:
                found[number] = sums[:, bit]
        yield range(first, last), found


def _blocks(groups: Groups, span: range) -> Iterator[tuple[int, int]]:
    """Neighbouring groups of as many rows as are taken at once, or of one group that has more."""
    first = span.start
    while first < span.stop:
        until = groups.starts[first] + ROWS_AT_ONCE
        last = max(int(np.searchsorted(groups.starts, until, "right")) - 1, first + 1)
        last = min(last, span.stop) if until < groups.rows else span.stop
        yield first, last
        first = last


@dataclass(frozen=True, slots=True)
class _Chunks:
    """The rows of some groups, each group cut into chunks of which a byte can count the rows."""

    rows: Whole
    starts: Whole
    of_group: Whole
    """The first chunk of each group."""
    extra: Whole
    """The chunks that are not the first of theirs, and the group of each."""
    owners: Whole

    @classmethod
    def of(cls, groups: Groups, first: int, last: int) -> "_Chunks":
        """Of neighbouring groups."""
        begin = groups.starts[first]
        end = groups.starts[last] if last < len(groups.starts) else groups.rows
        starts = groups.starts[first:last] - begin
        sizes = np.diff(starts, append=end - begin)
        rows, none = groups.order[begin:end], np.zeros(0, np.int64)
        if sizes.max(initial=0) <= MOST_IN_A_BYTE:
            return cls(rows, starts, np.arange(len(starts)), none, none)
        pieces = -(-sizes // MOST_IN_A_BYTE)
        of_group = np.cumsum(pieces) - pieces
        owners = np.repeat(np.arange(len(starts)), pieces)
        within = np.arange(len(owners)) - of_group[owners]
        extra = np.flatnonzero(within)
        return cls(rows, starts[owners] + within * MOST_IN_A_BYTE, of_group, extra, owners[extra])

    def added(self, spread: NDArray[np.uint64]) -> NDArray[np.unsignedinteger]:
        """The sums of each group, of shape ``groups, 8``."""
        sums = np.add.reduceat(spread, self.starts).view(np.uint8).reshape(-1, _BYTE)
        if not len(self.extra):
            return sums
        whole = sums[self.of_group].astype(np.uint32)
        np.add.at(whole, self.owners, sums[self.extra])
        return whole
