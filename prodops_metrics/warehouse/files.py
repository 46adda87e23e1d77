"""The export files of a project: found, hashed, and compared with what is already loaded."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from prodops_metrics.definitions import Source
from prodops_metrics.errors import ExportError

READABLE = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet")
_CHUNK = 4 << 20

State = Literal["new", "known", "grown", "changed", "replaced"]


@dataclass(frozen=True, slots=True)
class Load:
    """A file as an earlier refresh read it."""

    load_id: int
    source: str
    path: str
    bytes: int
    hash: str


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of a source: ``path`` as reports show it, ``location`` to open it."""

    source: Source
    path: str
    location: Path
    bytes: int
    modified: int
    hash: str
    state: State

    @property
    def parquet(self) -> bool:
        """Whether it is a Parquet file; all others are delimited text."""
        return self.location.name.lower().endswith(".parquet")

    def as_known(self) -> "ExportFile":
        """The same file, not to be read."""
        return replace(self, state="known")

    def unchanged(self) -> bool:
        """Whether the file is still the one that was hashed."""
        facts = self.location.stat()
        return (facts.st_size, facts.st_mtime_ns) == (self.bytes, self.modified)


def discover(root: Path, source: Source) -> tuple[Path, ...]:
    """Every file of a source, in order of path."""
    return tuple(sorted({path for pattern in source.files for path in _matches(root, pattern)}))


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


def _matches(root: Path, pattern: str) -> Iterator[Path]:
    path = root / pattern
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file() and file.name.lower().endswith(READABLE))
    else:
        base = Path(path.anchor) if Path(pattern).is_absolute() else root
        relative = str(Path(pattern).relative_to(base)) if Path(pattern).is_absolute() else pattern
        yield from (file for file in base.glob(relative) if file.is_file())


def shown(root: Path, location: Path) -> str:
    """A path as reports show it: relative to the project where it lies inside."""
    return location.relative_to(root).as_posix() if location.is_relative_to(root) else location.as_posix()


def examine(root: Path, source: Source, location: Path, earlier: Iterable[Load]) -> ExportFile:
    """Hashes a file and says how it stands to what was loaded ``earlier`` from this source."""
    path, loads = shown(root, location), tuple(earlier)
    before = max((load for load in loads if load.path == path), key=lambda load: load.load_id, default=None)
    facts = location.stat()
    digest, prefix_kept = _digest(location, before)
    alike = (before,) if before else loads
    known = any(load.hash == digest for load in alike)
    state: State = "known" if known else _state(source, before, prefix_kept=prefix_kept)
    return ExportFile(source, path, location, facts.st_size, facts.st_mtime_ns, digest, state)


def _state(source: Source, before: Load | None, *, prefix_kept: bool) -> State:
    if before is None:
        return "new"
    if source.kind != "events":
        return "replaced"
    return "grown" if prefix_kept else "changed"


def _digest(location: Path, before: Load | None) -> tuple[str, bool]:
    """The content hash, and whether the content that was loaded before is whole lines at its start."""
    running = hashlib.blake2b(digest_size=20)
    left, prefix = (before.bytes if before else 0), ""
    with location.open("rb") as stream:
        while chunk := stream.read(min(_CHUNK, left) or _CHUNK):
            running.update(chunk)
            if 0 < left <= len(chunk):
                prefix = running.hexdigest()
            left = max(left - len(chunk), 0)
    kept = before is not None and (prefix == before.hash or before.bytes == 0)
    return running.hexdigest(), kept and before is not None and _between_lines(location, before.bytes)


def _between_lines(location: Path, position: int) -> bool:
    # Appended members of a .gz start anew; in plain text a last line without an end may have been half a row.
    if location.name.endswith(".gz") or position == 0:
        return True
    with location.open("rb") as stream:
        stream.seek(position - 1)
        around = stream.read(2)
    return b"\n" in around or b"\r" in around
