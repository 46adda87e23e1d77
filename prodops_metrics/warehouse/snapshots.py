"""Numbered database files, a pointer to the one in force, and the lock that lets one refresh write at a time.

A snapshot is built as ``<number>.duckdb.partial`` and takes force by two atomic renames: of the file to its
final name, then of the pointer. Each rename is synced with its folder, so power loss at any point leaves the
former pointer and the file it names.
"""

import fcntl
import json
import os
import shutil
import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse.answers import forget_answers

_FICLONE = 0x40049409
_OFD_SETLK = 37
_AT_ONCE = 1 << 30
_OWN_HANDLES = Path("/proc/self/fd")
_POINTER = "current.json"
_LOOKS, _LOOK_SECONDS = 10, 0.05
_LOCK = "refresh.lock"
_PARTIAL = ".partial"
_SCRATCH = "tmp"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One kept snapshot; ``created`` is aware UTC, when its file was last written."""

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
    return (_pointed(root) or {}).get("snapshot")


def _pointed(root: Path) -> dict[str, int] | None:
    """The pointer: ``snapshot`` in force, and ``last``, the highest number that ever was."""
    pointer = folder(root) / _POINTER
    try:
        found = json.loads(pointer.read_text(encoding="utf-8"))
        number = int(found["snapshot"])
        return {"snapshot": number, "last": int(found.get("last", number))}
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
    number = _last(root) + 1
    partial = folder(root) / f"{number}.duckdb{_PARTIAL}"
    if copy and current is not None:
        _copy(path_of(root, current), partial)
    return number, partial


def _last(root: Path) -> int:
    """The highest number that any snapshot ever had, also one that is kept no more."""
    return max([*_numbers(root), (_pointed(root) or {}).get("last", 0)])


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        try:
            fcntl.ioctl(writing, _FICLONE, reading.fileno())
        except OSError:
            _copy_bytes(reading, writing)


def _copy_bytes(reading: IO[bytes], writing: IO[bytes]) -> None:
    """Copies within the kernel; where it cannot, between these files or at all, through memory."""
    try:
        while os.copy_file_range(reading.fileno(), writing.fileno(), _AT_ONCE):
            pass
    except (OSError, AttributeError):
        reading.seek(0)
        writing.seek(0)
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
    draft.write_text(json.dumps({"snapshot": number, "last": max(_last(root), number)}) + "\n", encoding="utf-8")
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


def roll_back(root: Path, number: int) -> int | None:
    """Puts a kept snapshot in force again; the next refresh goes on from it. Returns which one was in force before.

    Raises:
        WarehouseError: it is not kept, or a refresh runs.
    """
    with locked(root):
        if number not in _numbers(root):
            known = ", ".join(map(str, _numbers(root))) or "none"
            raise WarehouseError(f"Snapshot {number} is not kept, so it cannot be put in force. Kept: {known}.")
        before = current_number(root)
        point_at(root, number)
        return before


def prune(root: Path, keep: int) -> tuple[int, ...]:
    """Removes all but the newest ``keep`` snapshots, and returns which; those in force or being read stay."""
    current = current_number(root)
    old = [
        number for number in _numbers(root)[: -max(keep, 1)] if number != current and not _read_now(path_of(root, number))
    ]
    for number in old:
        path_of(root, number).unlink()
        forget_answers(path_of(root, number))
    return tuple(old)


def _read_now(path: Path) -> bool:
    """Whether a process of this machine has a snapshot open: the engine locks what it reads."""
    if path in _opened_here():
        return True  # and the lock is not tried: closing any handle would give up this process's own
    with path.open("rb+") as file:
        try:
            fcntl.fcntl(file, _OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        except OSError:
            return True
    return False


def _opened_here() -> set[Path]:
    """The files that this process has open; none where the system does not tell."""
    try:
        handles = list(_OWN_HANDLES.iterdir())
    except OSError:
        return set()
    return {target for handle in handles if (target := _target(handle))}


def _target(handle: Path) -> Path | None:
    try:
        return handle.readlink()
    except OSError:
        return None  # closed in the meantime


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Holds the refresh lock; the kernel frees it when the process ends, however it ends.

    Raises:
        WarehouseError: another refresh holds it; the text says which process on which machine, since when, doing what.
    """
    folder(root).mkdir(parents=True, exist_ok=True)
    with (folder(root) / _LOCK).open("a+", encoding="utf-8") as lock:
        _take(lock)
        lock.truncate(0)
        lock.write(json.dumps(_myself()))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _myself() -> dict[str, object]:
    """Who holds the lock: process, machine, the moment (UTC), and the command without the values of its options."""
    command = " ".join([Path(sys.argv[0]).name, *(word for word in sys.argv[1:] if word.isalpha())])
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since, "command": command.strip()}


def _take(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        raise WarehouseError(
            f"Another refresh is running{_holder(lock)}. Wait until it ends; nothing was changed by this one."
        ) from busy


def _holder(lock: IO[str]) -> str:
    """Who holds the lock, as it says of itself; it may need a moment to say so."""
    for _ in range(_LOOKS):
        lock.seek(0)
        try:
            found = json.loads(lock.read())
            return f": process {found['pid']} on {found['host']} (`{found['command']}`), since {found['since']}"
        except (ValueError, KeyError, TypeError):
            time.sleep(_LOOK_SECONDS)
    return ""
