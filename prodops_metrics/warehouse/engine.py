"""Connections of a refresh: one that looks at the snapshot in force, one that writes the next."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

_MEMORY_SHARE, _MOST_MEMORY = 0.6, 4 << 30


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Looks into a snapshot, also while this very process serves it with settings of its own."""
    with duckdb.connect() as connection:
        place = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{place}' AS snapshot (READ_ONLY)")
        connection.execute("USE snapshot")
        yield connection


@contextmanager
def writing(path: Path, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Writes a snapshot that nobody reads yet, in bounded memory; what does not fit spills into ``scratch``."""
    scratch.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path), config=_settings(scratch)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        yield connection


def _settings(scratch: Path) -> dict[str, str | bool | int | float | list[str]]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = min(int(memory * _MEMORY_SHARE), _MOST_MEMORY) >> 20
    # The file is private until it is published, so nothing is gained by checkpoints in between.
    return {"memory_limit": f"{limit}MB", "temp_directory": str(scratch), "checkpoint_threshold": "1TB"}
