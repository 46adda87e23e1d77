"""The export files of a project: found, hashed, and compared with what is already loaded."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Literal

from prodops_metrics.definitions import Source
from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import PACKED, READABLE, compression
from prodops_metrics.warehouse.storage import storage_of

_CHUNK = 4 << 20

State = Literal["new", "known", "grown", "changed", "replaced", "retried"]


@dataclass(frozen=True, slots=True)
class Load:
    """A file as an earlier refresh read it."""

    load_id: int
    source: str
    path: str
    bytes: int
    hash: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of a source: ``path`` as reports show it, ``address`` to open it, ``version`` to know it again.

    ``lasting``: the version stands for the content, also at the next refresh.
    """

    source: Source
    path: str
    address: str
    bytes: int
    version: str
    hash: str
    state: State
    lasting: bool = False

    def as_known(self) -> "ExportFile":
        """The same file, not to be read."""
        return replace(self, state="known")

    def as_retried(self) -> "ExportFile":
        """The same file, to be read again for rows that could not be loaded; of units its content is stated anew."""
        return replace(self, state="retried" if self.source.kind == "events" else "replaced")

    def unchanged(self) -> bool:
        """Whether the file is still the one that was hashed."""
        facts = storage_of(self.address).facts(self.address)
        return (facts.bytes, facts.version) == (self.bytes, self.version)

    @contextmanager
    def fetched(self, scratch: Path) -> Iterator[Path]:
        """The file on this machine's disk, for as long as it is read."""
        with storage_of(self.address).fetched(self.address, scratch) as place:
            yield place


def discover(root: Path, source: Source) -> tuple[str, ...]:
    """The address of every file of a source, in order; of a folder only files that can be read."""
    return tuple(sorted({address for pattern in source.files for address in _matches(root, pattern)}))


def _matches(root: Path, pattern: str) -> Iterator[str]:
    found = list(storage_of(pattern).find(root, pattern))
    named = any(mark in pattern for mark in "*?[") or (len(found) == 1 and found[0].endswith(pattern))
    return (address for address in found if named or address.lower().endswith(READABLE))


def may_come(root: Path, source: Source) -> bool:
    """Whether a source that has no file may have one later: it is none of events, and each folder it names is there."""
    return source.kind != "events" and all("://" in each or _folder(root, each).is_dir() for each in source.files)


def _folder(root: Path, pattern: str) -> Path:
    """The folder that a pattern searches, as far as its name has no marks."""
    plain = list(takewhile(lambda part: not any(mark in part for mark in "*?["), Path(pattern).parts))
    return root.joinpath(*plain)


def refuse_absent(root: Path, source: Source) -> None:
    """Says that a source has no file.

    Raises:
        ExportError: always.
    """
    patterns = ", ".join(f"`{pattern}`" for pattern in source.files)
    raise ExportError(
        f"Source `{source.id}`: there is no file at {patterns} (looked in {root}). "
        f"Correct `files` or put the export there. Files that can be read: {', '.join(READABLE)}."
    )


def shown(root: Path, address: str) -> str:
    """An address as reports show it: relative to the project where it lies inside."""
    location = Path(address)
    return location.relative_to(root).as_posix() if location.is_relative_to(root) else address


def examine(root: Path, source: Source, address: str, earlier: Iterable[Load]) -> ExportFile:
    """Hashes a file and says how it stands to what was loaded ``earlier`` from this source.

    Raises:
        OSError: it cannot be opened or read.
    """
    path, loads = shown(root, address), tuple(earlier)
    before = max((load for load in loads if load.path == path), key=lambda load: load.load_id, default=None)
    facts = storage_of(address).facts(address)
    if before and facts.lasting and (facts.bytes, facts.version) == (before.bytes, before.version):
        return ExportFile(source, path, address, facts.bytes, facts.version, before.hash, "known", lasting=True)
    digest, prefix_kept = _digest(address, before)
    alike = (before,) if before else loads
    known = any(load.hash == digest for load in alike)
    state: State = "known" if known else _state(source, before, prefix_kept=prefix_kept)
    return ExportFile(source, path, address, facts.bytes, facts.version, digest, state, lasting=facts.lasting)


def _state(source: Source, before: Load | None, *, prefix_kept: bool) -> State:
    if before is None:
        return "new"
    if source.kind != "events":
        return "replaced"
    return "grown" if prefix_kept else "changed"


def _digest(address: str, before: Load | None) -> tuple[str, bool]:
    """The content hash, and whether the content that was loaded before is whole lines at its start."""
    running = hashlib.blake2b(digest_size=20)
    left, prefix, around = (before.bytes if before else 0), "", b""
    with storage_of(address).open(address) as stream:
        while chunk := stream.read(min(_CHUNK, left) or _CHUNK):
            running.update(chunk)
            if 0 < left <= len(chunk):
                prefix, around = running.hexdigest(), chunk[-1:]
            elif left == 0 and len(around) == 1:
                around += chunk[:1]
            left = max(left - len(chunk), 0)
    kept = before is not None and (prefix == before.hash or before.bytes == 0)
    return running.hexdigest(), kept and before is not None and _between_lines(address, before.bytes, around)


def _between_lines(address: str, position: int, around: bytes) -> bool:
    # Appended members of a .gz or .zst start anew; in plain text a last line without an end may have been half a row.
    if compression(address) in PACKED or position == 0:
        return True
    return b"\n" in around or b"\r" in around
