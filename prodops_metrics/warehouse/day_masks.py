"""The days on which units were active, as bits (``metrics.blocks``): how they are stored, and how they are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import duckdb

from prodops_metrics.metrics.blocks import DAYS, EVERY, Blocks, bit_of, block_number, block_of, day_of, days_into_block
from prodops_metrics.warehouse.schema import day_masks_table, event_days_table, quote

Bind = Callable[[int], str]


def rebuild(connection: duckdb.DuckDBPyConnection, entity: str, days: Sequence[date] | None, quiet: list[str]) -> None:
    """Counts the bits of these days again from ``event_days``; None: of all days.

    Only the blocks that hold them are written, each in the order of its units; what else stands there stays.
    """
    table, source = quote(day_masks_table(entity)), quote(event_days_table(entity))
    if days is None:
        connection.execute(f"DELETE FROM {table}")
        days = [day for (day,) in connection.execute(f"SELECT DISTINCT day FROM {source} ORDER BY day").fetchall()]
    active = "AND NOT list_contains($quiet, event::VARCHAR)" if quiet else ""
    for block, touched in groupby(days, block_number):
        within = list(touched)
        values = {"first": within[0], "last": within[-1], "days": within, "block": block}
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE day_masks AS SELECT key, bit_or(days) AS days FROM (
                SELECT key, days & ~(SELECT bit_or({bit_of("day")}) FROM unnest($days::DATE[]) AS touched(day)) AS days
                FROM {table} WHERE block = $block UNION ALL
                SELECT key, {bit_of("day")} FROM {source} WHERE key IS NOT NULL AND day BETWEEN $first AND $last
                AND day IN (SELECT unnest($days::DATE[])) {active})
            GROUP BY key HAVING bit_or(days) <> 0 ORDER BY key""",
            values | ({"quiet": quiet} if quiet else {}),
        )
        connection.execute(f"DELETE FROM {table} WHERE block = $block", {"block": block})
        connection.execute(
            f"INSERT INTO {table} SELECT $block, key, days FROM temp.day_masks ORDER BY key", {"block": block}
        )
        connection.execute("DROP TABLE temp.day_masks")


@dataclass(frozen=True, slots=True)
class DayMasks:
    """The stored table; ``bind`` gives a value to the statement that reads it."""

    table: str
    bind: Bind

    def words(self, blocks: Blocks, name: str) -> str:
        """SELECT of ``unit, name0, name1, …``: the bits of every unit that was active in any of the blocks."""
        told = _side_by_side(blocks, name, "days", "block", self.bind)
        within = f"block BETWEEN {self.bind(blocks.first)} AND {self.bind(blocks.last)}"
        return f"SELECT key::BIGINT AS unit, {told}\nFROM {self.table}\nWHERE {within}\nGROUP BY key"

    def bits(self, blocks: Blocks) -> str:
        """SELECT of ``unit, block, bits``, as they are stored."""
        within = f"block BETWEEN {self.bind(blocks.first)} AND {self.bind(blocks.last)}"
        return f"SELECT key AS unit, block, days AS bits FROM {self.table} WHERE {within}"

    def days(self, blocks: Blocks | None) -> str:
        """SELECT of ``unit, day``, one by one: the days of these blocks, or all."""
        within = f"\nWHERE m.block BETWEEN {self.bind(blocks.first)} AND {self.bind(blocks.last)}" if blocks else ""
        return f"""\
SELECT m.key::BIGINT AS unit, {day_of("m.block", "b.bit")} AS day
FROM {self.table} AS m
JOIN (SELECT unnest(range({DAYS}))::INTEGER AS bit) AS b ON (m.days >> b.bit) & 1 = 1{within}"""

    def first_days(self, since: date | None) -> str:
        """SELECT of ``unit, day``: the first day of each unit, or its first from one on."""
        days, within = "days", ""
        if since:
            block, bits = self.bind(block_number(since)), self.bind(EVERY ^ ((1 << days_into_block(since)) - 1))
            days, within = f"CASE WHEN block = {block} THEN days & {bits} ELSE days END", f"\nWHERE block >= {block}"
        return f"""\
SELECT key::BIGINT AS unit, min({day_of("block", "bit_count((days & -days) - 1)")}) AS day
FROM (SELECT key, block, {days} AS days FROM {self.table}{within})
WHERE days <> 0
GROUP BY key"""


def as_bits(days: str) -> str:
    """SELECT of ``unit, block, bits`` from one of ``unit, day``, a row for each."""
    block, bit = block_of("day"), bit_of("day")
    return f"SELECT unit::UINTEGER AS unit, ({block})::INTEGER AS block, {bit} AS bits FROM (\n{days}\n)"


def as_words(days: str, blocks: Blocks, name: str, bind: Bind) -> str:
    """SELECT of ``unit, name0, name1, …`` from one of ``unit, day``, which may give a day several times."""
    told = _side_by_side(blocks, name, bit_of("day"), block_of("day"), bind)
    return f"SELECT unit, {told}\nFROM (\n{days}\n)\nGROUP BY unit"


def together(one: str, other: str, blocks: Blocks, name: str) -> str:
    """SELECT of the words of two such relations, each of which gives a unit once."""
    words = ", ".join(f"bit_or({word}) AS {word}" for word in blocks.named(name))
    return f"SELECT unit, {words}\nFROM (\n{one}\nUNION ALL\n{other}\n)\nGROUP BY unit"


def _side_by_side(blocks: Blocks, name: str, bits: str, block: str, bind: Bind) -> str:
    numbers = [bind(blocks.first + word) for word in blocks.words]
    columns = zip(numbers, blocks.named(name), strict=True)
    return ", ".join(
        f"coalesce(bit_or({bits}) FILTER (WHERE {block} = {number}), 0) AS {column}" for number, column in columns
    )
