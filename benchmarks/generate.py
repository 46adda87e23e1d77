"""Events of a large product, written part by part in bounded memory: ``python benchmarks/generate.py FOLDER``.

Every row follows from its number and the seed alone, so the same call gives the same rows on every machine. Units and events
are drawn by power laws (a few do most), a unit has a first day and falls silent slowly, and rows of a part are in no order.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import duckdb
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Kind = Literal["parquet", "csv", "jsonl"]
FIRST_DAY = date(2026, 1, 5)
DAYS = 180
EVENTS_OF_A_UNIT = 100
UNITS_OF_AN_ACCOUNT = 15
ROWS_OF_A_PART = 10_000_000
NAMES = ("page_viewed", "document_opened", "search_opened", "document_edited", "search_submitted", "result_opened")
EVENTS = (*NAMES, *(f"action_{number:02d}" for number in range(len(NAMES), 50)))
OPTIONS = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER", "jsonl": "FORMAT json"}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is written: ``events`` rows over ``days``, of a hundredth as many units."""

    events: int
    days: int = DAYS
    seed: int = 1

    @property
    def units(self) -> int:
        """Units that may occur; the rarest of them do not."""
        return max(self.events // EVENTS_OF_A_UNIT, 100)

    @property
    def accounts(self) -> int:
        """Accounts, each of some fifteen units."""
        return max(self.units // UNITS_OF_AN_ACCOUNT, 10)


def generate(folder: Path, size: Size, kind: Kind = "parquet", told: Callable[[int], None] | None = None) -> list[Path]:
    """Writes ``part-000.KIND`` and so on into ``folder``; ``told`` hears how many rows each part had.

    Args:
        folder: Made if it is not there; files of former calls are overwritten.
        size: How much.
        kind: Format of the files.
        told: Called after each part.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, first in enumerate(range(0, size.events, ROWS_OF_A_PART)):
        last = min(first + ROWS_OF_A_PART, size.events)
        paths.append(folder / f"part-{number:03d}.{kind}")
        _write(paths[-1], size, (first, last), FIRST_DAY, "(start + ($days - start) * pow(part, 1.3))")
        if told:
            told(last - first)
    return paths


def generate_day(path: Path, size: Size) -> int:
    """Writes one more day after all others, as many rows as an average day has; returns how many."""
    rows = size.events // size.days
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, size, (size.events, size.events + rows), FIRST_DAY + timedelta(days=size.days), "part")
    return rows


def _write(path: Path, size: Size, numbers: tuple[int, int], opens: date, day: str) -> None:
    values: dict[str, object] = {"first": numbers[0], "last": numbers[1], "days": size.days, "events": list(EVENTS)}
    values |= {"units": size.units, "accounts": size.accounts, "opens": datetime.combine(opens, time())}
    sql = _rows(size.seed, day)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET memory_limit = '2GB'")
        used = {name: value for name, value in values.items() if f"${name}" in sql}
        connection.execute(f"COPY ({sql}) TO '{path}' ({OPTIONS[path.suffix[1:]]})", used)


def _drawn(what: str, seed: int, of: str = "i") -> str:
    """SQL of a number in [0, 1) that follows from a row's number, or from its unit, alone."""
    return f"(hash({of}, '{what}', {seed:d}) / 18446744073709551616.0)"


def _rows(seed: int, day: str) -> str:
    def event(what: str) -> str:
        return _drawn(what, seed)

    def unit(what: str) -> str:
        return _drawn(what, seed, "unit")

    return f"""
    WITH units AS (
        SELECT range AS i, floor($units * pow({_drawn("unit", seed, "range")}, 2.2))::BIGINT AS unit
        FROM range($first, $last)),
    starts AS (SELECT i, unit, $days * 0.9 * pow({unit("start")}, 1.5) AS start FROM units),
    drawn AS (SELECT i, unit, start, {event("day")} AS part FROM starts)
    SELECT
        md5('{seed:d}-' || i)::UUID::VARCHAR AS event_id,
        'u' || unit AS user_id,
        'a' || floor($accounts * pow({unit("account")}, 1.6))::BIGINT AS account_id,
        $events[1 + floor(50 * pow({event("event")}, 2.5))::BIGINT] AS event,
        $opens::TIMESTAMP + to_milliseconds((86400000 * {day})::BIGINT) AS time,
        ['de', 'fr', 'us', 'in', 'br', 'jp', 'gb', 'es'][1 + floor(8 * pow({unit("country")}, 1.5))::BIGINT] AS country,
        ['web', 'ios', 'android', 'desktop'][1 + floor(4 * {event("platform")})::BIGINT] AS platform,
        (20 * exp(3 * {event("duration")}))::INTEGER AS duration_ms,
        floor(100 * {event("amount")})::INTEGER AS amount,
        {event("beta")} < 0.2 AS beta
    FROM drawn"""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=sorted(OPTIONS), default="parquet")
    parser.add_argument("--next-day", action="store_true", help="write the day after all others instead")
    asked = parser.parse_args()
    size = Size(asked.events, asked.days, asked.seed)
    if asked.next_day:
        generate_day(asked.folder / f"day-{asked.days:03d}.{asked.format}", size)
        return
    with generating(size) as told:
        generate(asked.folder, size, asked.format, told)


@contextmanager
def generating(size: Size) -> Iterator[Callable[[int], None]]:
    """A progress bar for ``generate``."""
    columns = (TextColumn("Writing events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("", total=size.events)
        yield lambda rows: progress.advance(task, rows)


if __name__ == "__main__":
    main()
