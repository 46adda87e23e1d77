"""Answers that were given before, kept beside the snapshot that gave them: nothing is counted twice, by any process.

A snapshot never changes, and a statement with its values says all that an answer depends on beside it: meaning, windows,
grain, axes, segment, entity and the engine's own way of counting. Levels and wording come after. So an answer is kept
under a hash of the statement, in one SQLite file per snapshot, which readers and writers of several processes may share. A
file that cannot be used costs time, never a number: it is left alone or removed, and the log says so.
"""

import io
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from prodops_metrics.warehouse.statement import Statement

if TYPE_CHECKING:  # whoever looks at the files alone, as a refresh does, loads no polars
    import polars as pl

Found = TypeVar("Found")
log = logging.getLogger(__name__)
MOST_ROWS = 1000
"""Answers of more rows are asked again."""
IN_MEMORY, ON_DISK = 2000, 50_000
"""How many are kept of one snapshot."""
BUSY_SECONDS, PAUSE_SECONDS = 2.0, 0.005
_SUFFIX = ".answers.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS answers(asked BLOB PRIMARY KEY, seal BLOB NOT NULL, frame BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS snapshot(state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS whole(name TEXT NOT NULL, definitions TEXT NOT NULL);
"""


@dataclass(slots=True)
class KeptAnswers:
    """The answers of one snapshot: in memory, and on disk where the folder can be written to. Threads may share it."""

    snapshot: Path
    stamp: str
    _database: sqlite3.Connection | None = field(default=None, repr=False)
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _memory: "dict[bytes, pl.DataFrame]" = field(default_factory=dict, repr=False)

    def get(self, statement: Statement) -> "pl.DataFrame | None":
        """The answer to a statement, if it was given before."""
        asked = self._hash(statement)
        with self._lock:
            found = self._memory.get(asked)
            if found is None and (found := self._from_disk(asked)) is not None:
                self._memory[asked] = found
            return found

    def keep(self, statement: Statement, frame: "pl.DataFrame") -> None:
        """Keeps a small answer."""
        if frame.height > MOST_ROWS:
            return
        asked = self._hash(statement)
        with self._lock:
            while len(self._memory) >= IN_MEMORY:
                del self._memory[next(iter(self._memory))]
            self._memory[asked] = frame
            self._to_disk(asked, frame)

    def is_whole(self, name: str, definitions: str) -> bool:
        """Whether all answers of this name under a state of the definitions were noted to be on disk."""
        asked = "SELECT 1 FROM whole WHERE name = ? AND definitions = ?"
        with self._lock:
            return self._spared(lambda file: file.execute(asked, (name, self._of(definitions))).fetchone()) is not None

    def note_whole(self, name: str, definitions: str) -> None:
        """Notes that all answers of this name are on disk."""
        with self._lock:
            self._spared(lambda file: file.execute("INSERT INTO whole VALUES (?, ?)", (name, self._of(definitions))))

    def _of(self, definitions: str) -> str:
        return f"{definitions} {self.stamp}"

    def close(self) -> None:
        """Gives the file back."""
        with self._lock:
            self._close()

    def _hash(self, statement: Statement) -> bytes:
        """What an answer is kept under; another file of this name never finds it."""
        digest = blake2b(f"{self.stamp} {statement.finish} {statement.sql}".encode(), digest_size=16)
        digest.update(repr(sorted(statement.parameters.items())).encode())
        return digest.digest()

    def _from_disk(self, asked: bytes) -> "pl.DataFrame | None":
        row = self._spared(lambda file: file.execute("SELECT seal, frame FROM answers WHERE asked = ?", (asked,)).fetchone())
        if row is None:
            return None
        seal, packed = row
        if seal != _seal(asked, packed):
            log.warning("a kept answer of %s was damaged, so it is counted anew", self.snapshot)
            return None
        import polars as pl

        return pl.read_ipc_stream(io.BytesIO(packed))

    def _to_disk(self, asked: bytes, frame: "pl.DataFrame") -> None:
        buffer = io.BytesIO()
        frame.write_ipc_stream(buffer)
        packed = buffer.getvalue()
        row = (asked, _seal(asked, packed), packed, ON_DISK)
        room = "(SELECT coalesce(max(rowid), 0) FROM answers) < ?"
        self._spared(lambda file: file.execute(f"INSERT OR REPLACE INTO answers SELECT ?, ?, ? WHERE {room}", row))

    def _spared(self, work: Callable[[sqlite3.Connection], Found]) -> Found | None:
        """What is found in the file; what goes wrong with it is logged, and the file not asked again."""
        try:
            file = self._opened()
            return None if file is None else work(file)
        except sqlite3.OperationalError as fault:
            log.warning("answers of %s are not kept on disk: %s", self.snapshot, fault)
            self._close()
        except sqlite3.DatabaseError as fault:
            log.warning("the kept answers of %s are damaged, so they are counted anew: %s", self.snapshot, fault)
            self._close()
            forget_answers(self.snapshot)
        return None

    def _opened(self) -> sqlite3.Connection | None:
        if self._database is None and not self._closed:
            path = path_of_answers(self.snapshot)
            self._database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            _share(self._database)
            self._database.execute("PRAGMA synchronous = OFF")
            self._database.executescript(_TABLES)
            self._of_this_state(self._database)
        return self._database

    def _of_this_state(self, database: sqlite3.Connection) -> None:
        """Drops what another file of this name said: a number may be given again, and units may be forgotten."""
        state = self.stamp
        database.execute("BEGIN IMMEDIATE")
        if [row[0] for row in database.execute("SELECT state FROM snapshot")] != [state]:
            database.execute("DELETE FROM answers")
            database.execute("DELETE FROM whole")
            database.execute("DELETE FROM snapshot")
            database.execute("INSERT INTO snapshot VALUES (?)", (state,))
        database.execute("COMMIT")

    def _close(self) -> None:
        self._closed = True
        if self._database is not None:
            self._database.close()
            self._database = None


def _share(database: sqlite3.Connection) -> None:
    """Lets several read while one writes. SQLite does not wait here by itself for others who open the file."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_SECONDS)


def stamp_of(snapshot: Path) -> str:
    """What tells a snapshot's file from any other that has or had its name; it moves when units are forgotten.

    Raises:
        OSError: there is no such file.
    """
    facts = snapshot.stat()
    return f"{facts.st_ino:x}-{facts.st_size:x}-{facts.st_mtime_ns:x}"


def path_of_answers(snapshot: Path) -> Path:
    """The file in which the answers of a snapshot are kept."""
    return snapshot.with_suffix(_SUFFIX)


def forget_answers(snapshot: Path) -> None:
    """Removes all answers of a snapshot; whoever has them open goes on with what is removed from the folder."""
    path = path_of_answers(snapshot)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _seal(asked: bytes, packed: bytes) -> bytes:
    """What tells that an answer is whole, and the one to this question."""
    return blake2b(asked + packed, digest_size=8).digest()
