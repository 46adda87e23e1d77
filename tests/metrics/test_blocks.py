"""Bits of days against plain sets of days: words, windows, numbers of days, and windows that end on every day."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.metrics.blocks import DAYS, Blocks, bit_of, block_number, block_of, day_of

DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))
ACTIVE = st.frozensets(DATES, max_size=12)
WINDOWS = st.lists(
    st.builds(lambda day, days: Window(day, day + days * DAY), DATES, st.integers(1, 200)), min_size=1, max_size=4
)


def words(blocks: Blocks, active: frozenset[date]) -> str:
    """A SELECT of the words of one unit."""
    bits = {block: sum(1 << ((day - date(1, 1, 1)).days % 56) for day in days) for block, days in _by_block(active)}
    numbers = (bits.get(blocks.first + word, 0) for word in blocks.words)
    return "SELECT 7 AS unit, " + ", ".join(f"{bits}::BIGINT AS d{word}" for word, bits in enumerate(numbers))


def _by_block(active: frozenset[date]) -> list[tuple[int, list[date]]]:
    return [(block, list(days)) for block, days in groupby(sorted(active), lambda day: (day - date(1, 1, 1)).days // 56)]


def row(sql: str) -> tuple[Any, ...]:
    (found,) = duckdb.execute(sql).fetchall()
    return tuple(found)


@given(st.dates(date(1, 1, 1), date(9999, 1, 1)))
@settings(max_examples=30)
def test_a_day_is_its_block_and_its_bit(day: date) -> None:
    block, bit, back = row(
        f"SELECT {block_of('day')}, {bit_of('day')}, {day_of(block_of('day'), 'bit')} "
        f"FROM (SELECT DATE '{day.isoformat()}' AS day, (DATE '{day.isoformat()}' - DATE '0001-01-01') % 56 AS bit)"
    )
    days = (day - date(1, 1, 1)).days
    assert (block, bit, back) == (days // 56, 1 << (days % 56), day)
    assert block_number(day) == block


@given(ACTIVE, WINDOWS)
@settings(max_examples=30)
def test_a_window_is_asked_of_the_words(active: frozenset[date], windows: list[Window]) -> None:
    blocks = Blocks.of(windows)
    asked = ", ".join(f"{blocks.was_there(one, 'd')}, {blocks.counted(one, 'd')}" for one in windows)
    inside = [sum(one.start <= day < one.end for day in active) for one in windows]
    assert row(f"SELECT {asked} FROM ({words(blocks, active)})") == tuple(
        told for count in inside for told in (count > 0, count)
    )


@given(ACTIVE, st.integers(1, 130), st.integers(0, 90))
@settings(max_examples=20)
def test_each_day_knows_the_days_before_it(active: frozenset[date], length: int, more: int) -> None:
    last = date(2026, 7, 1)
    blocks = Blocks.of([Window(last - (length + more) * DAY, last + DAY)])
    found = row(blocks.smeared(words(blocks, active), length, name="d", kept=("unit",)))
    assert found[0] == 7
    for back in range(more):
        day = last - back * DAY
        word, bit = divmod(blocks.place(day), DAYS)
        assert found[1 + word] >> bit & 1 == any(day - timedelta(length) < one <= day for one in active), day


def test_a_bit_never_reaches_the_sign() -> None:
    blocks = Blocks.of([Window(date(2026, 1, 1), date(2026, 6, 1))])
    everywhere = "SELECT " + ", ".join(f"{(1 << DAYS) - 1}::BIGINT AS d{word}" for word in blocks.words)
    assert row(blocks.smeared(everywhere, 90, name="d", kept=())) == tuple((1 << DAYS) - 1 for _ in blocks.words)


@pytest.mark.parametrize("length", [1, 2, 55, 56, 57, 112, 113])
def test_one_day_covers_as_many_days_as_the_window_is_long(length: int) -> None:
    first = date(2026, 1, 5)
    blocks = Blocks.of([Window(first, first + 300 * DAY)])
    found = row(blocks.smeared(words(blocks, frozenset({first})), length, name="d", kept=("unit",)))
    assert sum(bits.bit_count() for bits in found[1:]) == length
