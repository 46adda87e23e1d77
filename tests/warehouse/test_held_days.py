"""Days held in memory: what is read, what is read again, and that answers do not depend on it."""

from concurrent.futures import ThreadPoolExecutor

import polars as pl

from prodops_metrics.metrics.blocks import DAYS, Blocks
from prodops_metrics.warehouse.held_days import HeldDays

UNITS = 4
BLOCK = UNITS * 8
"""Bytes."""


class Reader:
    """Rows of a relation, and which blocks were read."""

    def __init__(self, rows: list[tuple[int, int, int]]) -> None:
        self.rows = rows
        self.asked: list[tuple[int, int]] = []

    def __call__(self, blocks: Blocks) -> pl.DataFrame:
        self.asked.append((blocks.first, blocks.last))
        schema = {"unit": pl.UInt32, "block": pl.Int32, "bits": pl.Int64}
        return pl.DataFrame(self.rows, schema=schema, orient="row")


def test_bits_of_a_unit_come_together_and_other_blocks_are_left_out() -> None:
    read = Reader([(0, 7, 1), (0, 7, 4), (3, 7, 2), (0, 7, 1), (1, 8, 8), (1, 9, 16)])
    found = HeldDays().days("used", Blocks(7, 8), UNITS, read)
    assert [word[0].tolist() for word in found] == [[5, 0, 0, 2], [0, 8, 0, 0]]


def test_several_relations_of_one_key_are_read_together() -> None:
    def read(blocks: Blocks) -> pl.DataFrame:
        return pl.DataFrame({"unit": [0, 3], "block": [blocks.first, blocks.first], "1": [6, 1], "2": [2, 0]})

    (word,) = HeldDays().days("way", Blocks(7, 7), UNITS, read, 2)
    assert word.tolist() == [[6, 0, 0, 1], [2, 0, 0, 0]]


def test_only_what_is_missing_is_read() -> None:
    held, read = HeldDays(), Reader([(0, 7, 1), (1, 8, 8), (1, 9, 16)])
    held.days("used", Blocks(7, 8), UNITS, read)
    held.days("used", Blocks(7, 9), UNITS, read)
    held.days("used", Blocks(8, 9), UNITS, read)
    assert read.asked == [(7, 8), (9, 9)]
    held.days("another", Blocks(8, 9), UNITS, read)
    assert read.asked[2:] == [(8, 9)]


def test_the_longest_unused_is_forgotten_first() -> None:
    held, read = HeldDays(room=3 * BLOCK), Reader([(0, 1, 1), (0, 2, 2), (0, 3, 4), (0, 4, 8)])
    for block in (1, 2, 3, 1, 4, 1):
        held.days("used", Blocks(block, block), UNITS, read)
    assert read.asked == [(1, 1), (2, 2), (3, 3), (4, 4)]
    held.days("used", Blocks(2, 2), UNITS, read)
    assert read.asked[4:] == [(2, 2)]


def test_what_has_no_room_is_not_asked_for() -> None:
    held = HeldDays(room=4 * BLOCK)
    assert held.has_room(1, Blocks(1, 2), UNITS)
    assert not held.has_room(2, Blocks(1, 2), UNITS)
    assert not held.has_room(1, Blocks(1, 2), UNITS * DAYS)


def test_what_is_larger_than_the_room_is_still_given() -> None:
    held, read = HeldDays(room=0), Reader([(2, 1, 1)])
    assert [word[0].tolist() for word in held.days("used", Blocks(1, 2), UNITS, read)] == [[0, 0, 1, 0], [0, 0, 0, 0]]
    assert [word[0].tolist() for word in held.days("used", Blocks(1, 2), UNITS, read)] == [[0, 0, 1, 0], [0, 0, 0, 0]]
    assert len(read.asked) == 2


def test_threads_share_it() -> None:
    held, read = HeldDays(room=2 * BLOCK), Reader([(0, block, 1 << block) for block in range(6)])

    def ask(number: int) -> bool:
        block = number % 6
        (word,) = held.days("used", Blocks(block, block), UNITS, read)
        return bool(word[0, 0] == 1 << block)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(300)))
