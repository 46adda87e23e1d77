"""Numbered database files, a pointer to the one in force, and the lock that lets one refresh write at a time.

A snapshot is built as ``<number>.duckdb.partial`` and takes force by two atomic renames: of the file to its
final name, then of the pointer. Each rename is synced with its folder, so power loss at any point leaves the
former pointer and the file it names.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from prodops_metrics.errors import WarehouseError

_FICLONE = 0x40049409
_POINTER = "current.json"
_LOCK = "refresh.lock"
_PARTIAL = ".partial"
_SCRATCH = "tmp"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One kept snapshot; ``created`` is aware UTC."""

    number: int
    path: Path
    bytes: int
    created: datetime
    current: bool


def folder(root: Path) -> Path:
    """Where a project keeps its warehouse."""
    return root / "warehouse"


def scratch(root: Path) -> Path:
    """Where a refresh spills; emptied before and after each refresh."""
    return folder(root) / _SCRATCH


def path_of(root: Path, number: int) -> Path:
    """The database file of a snapshot."""
    return folder(root) / f"{number}.duckdb"


def current_number(root: Path) -> int | None:
    """The snapshot in force, or None before the first refresh.

    Raises:
        WarehouseError: the pointer cannot be read.
    """
    pointer = folder(root) / _POINTER
    try:
        return int(json.loads(pointer.read_text(encoding="utf-8"))["snapshot"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as fault:
        cure = f'Write {{"snapshot": N}} into it, N being one of the *.duckdb files in {folder(root)}.'
        raise WarehouseError(f"{pointer} does not name a snapshot. {cure}") from fault


def kept(root: Path) -> tuple[Snapshot, ...]:
    """The snapshots that are kept, oldest first."""
    current = current_number(root)
    return tuple(_snapshot(root, number, current) for number in _numbers(root))


def _snapshot(root: Path, number: int, current: int | None) -> Snapshot:
    path = path_of(root, number)
    facts = path.stat()
    return Snapshot(number, path, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC), number == current)


def _numbers(root: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder(root).glob("*.duckdb") if path.stem.isdigit())


def begin(root: Path, *, copy: bool) -> tuple[int, Path]:
    """The number and the partial file of the next snapshot: a copy of the one in force, or none yet."""
    current = current_number(root)
    number = max(_numbers(root), default=0) + 1
    partial = folder(root) / f"{number}.duckdb{_PARTIAL}"
    if copy and current is not None:
        _copy(path_of(root, current), partial)
    return number, partial


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        try:
            fcntl.ioctl(writing, _FICLONE, reading.fileno())
        except OSError:
            shutil.copyfileobj(reading, writing, 16 << 20)


def publish(root: Path, number: int, partial: Path) -> None:
    """Puts a finished and closed partial file in force."""
    sync(partial)
    partial.replace(path_of(root, number))
    sync(folder(root))
    point_at(root, number)


def point_at(root: Path, number: int) -> None:
    """Moves the pointer, atomically; also the way back to a kept snapshot."""
    draft = folder(root) / f"{_POINTER}{_PARTIAL}"
    draft.write_text(json.dumps({"snapshot": number}) + "\n", encoding="utf-8")
    sync(draft)
    draft.replace(folder(root) / _POINTER)
    sync(folder(root))


def sync(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(root: Path) -> None:
    """Removes what a refresh that was killed left behind."""
    for path in folder(root).glob(f"*{_PARTIAL}*"):
        path.unlink()
    shutil.rmtree(scratch(root), ignore_errors=True)


def prune(root: Path, keep: int) -> None:
    """Removes all but the newest ``keep`` snapshots; the one in force always stays."""
    current = current_number(root)
    for number in _numbers(root)[: -max(keep, 1)]:
        if number != current:
            path_of(root, number).unlink()


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Holds the refresh lock; the kernel frees it when the process ends, however it ends.

    Raises:
        WarehouseError: another refresh holds it; the text says which process, since when.
    """
    folder(root).mkdir(parents=True, exist_ok=True)
    with (folder(root) / _LOCK).open("a+", encoding="utf-8") as lock:
        _take(lock)
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _take(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        raise WarehouseError(
            f"Another refresh is running{_holder(lock)}. Wait until it ends; nothing was changed by this one."
        ) from busy


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    try:
        holder = json.loads(lock.read())
        return f": process {holder['pid']}, since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        return ""
