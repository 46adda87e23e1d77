"""Connections, and what they may take of the machine: to ask a snapshot, to look at the one in force, to write the next."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from prodops_metrics.definitions.engine import Engine

Settings = dict[str, str | bool | int | float | list[str]]
log = logging.getLogger(__name__)
ASKING: Settings = {
    "enable_external_access": "false",
    "lock_configuration": "true",
    # The planner takes rows that were matched to windows for very few and would loop over them: 400 times slower.
    "asof_loop_join_threshold": "0",
}
_ASKING_SHARE = 0.5
_MEMORY_SHARE, _MOST_MEMORY = 0.6, 2800 << 20


_in_force: dict[Path, Settings] = {}
_first_opened: dict[Path, str] = {}
_opening = threading.Lock()


def asking(path: Path, engine: Engine, stamp: str) -> duckdb.DuckDBPyConnection:
    """A connection that asks a snapshot and can do nothing else, within the limits of the project.

    All connections of a process to one file share their limits: while any is open, those of the first hold. ``stamp`` tells
    the file from another that had its name before.

    Raises:
        duckdb.Error: the file cannot be opened.
    """
    limits: Settings = {"memory_limit": engine.memory or f"{_machine_memory() * _ASKING_SHARE / 2**20:.0f}MiB"}
    limits |= {"threads": engine.threads} if engine.threads else {}
    with _opening:
        if _first_opened.setdefault(path, stamp) == stamp:
            return _connected(path, limits)
        with _named_anew(path, stamp) as name:
            return _connected(name, limits)


def _connected(path: Path, limits: Settings) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(path), read_only=True, config=ASKING | limits)
    except duckdb.ConnectionException:
        if _in_force.get(path) in (None, limits):
            raise
        log.warning("limits of the engine change when everything that asks %s is closed", path)
        return duckdb.connect(str(path), read_only=True, config=ASKING | _in_force[path])
    _in_force[path] = limits
    return connection


@contextmanager
def _named_anew(path: Path, stamp: str) -> Iterator[Path]:
    """Another name for a file, while it is opened: under its own the engine goes on with what was open before."""
    name = path.with_name(f"{path.stem}.{stamp}{path.suffix}.partial")
    try:
        name.unlink(missing_ok=True)
        name.hardlink_to(path)
    except OSError as fault:
        log.warning("%s was replaced, and is seen by whoever had it open when they close it: %s", path, fault)
        yield path
        return
    try:
        yield name
    finally:
        name.unlink(missing_ok=True)


def _machine_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


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


def _settings(scratch: Path) -> Settings:
    limit = min(int(_machine_memory() * _MEMORY_SHARE), _MOST_MEMORY) >> 20
    # The file is private until it is published, so nothing is gained by checkpoints in between.
    return {"memory_limit": f"{limit}MB", "temp_directory": str(scratch), "checkpoint_threshold": "1TB"}
