"""Where exports lie: the one door through which they are listed, looked at, opened and fetched.

A pattern or address with a scheme (``s3://bucket/…``) belongs to the storage that ``STORAGES`` has for it; one without
is a path on this machine's disk.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from prodops_metrics.errors import ExportError

SETTLES_AFTER = 2_000_000_000
"""So many nanoseconds after it was last written to, a file on disk is known by the moments that were noted."""


@dataclass(frozen=True, slots=True)
class Facts:
    """How large a file is, and a text that is another one whenever its content may be.

    ``lasting``: another content would have another text (an ETag, say), so that a file once read need not be read again.
    """

    bytes: int
    version: str
    lasting: bool = False


class Storage(Protocol):
    """One kind of place where exports lie. Every method may raise OSError."""

    def find(self, root: Path, pattern: str) -> Iterator[str]:
        """The addresses of all files that a pattern of a source means: a file, all of a folder, or a glob."""

    def facts(self, address: str) -> Facts:
        """Size and version of a file."""

    def open(self, address: str) -> AbstractContextManager[IO[bytes]]:
        """A file as a stream of its bytes."""

    def fetched(self, address: str, scratch: Path) -> AbstractContextManager[Path]:
        """A file on this machine's disk, in ``scratch`` if it is not there already, for as long as it is needed."""


class Disk:
    """The disk of this machine."""

    def find(self, root: Path, pattern: str) -> Iterator[str]:
        """Paths of files; a folder is searched to its depths, a relative pattern starts at ``root``."""
        path = root / pattern
        if path.is_file():
            yield str(path)
        elif path.is_dir():
            yield from (str(file) for file in path.rglob("*") if _is_meant(file))
        else:
            base = Path(path.anchor) if Path(pattern).is_absolute() else root
            relative = str(Path(pattern).relative_to(base)) if Path(pattern).is_absolute() else pattern
            yield from (str(file) for file in base.glob(relative) if _is_meant(file))

    def facts(self, address: str) -> Facts:
        """Size, and what every write changes: the moments that the file system notes, and which file it is.

        Of a file that was written just now this tells nothing yet, as these moments are not infinitely fine.
        """
        stat = Path(address).stat()
        version = f"{stat.st_mtime_ns}.{stat.st_ctime_ns}.{stat.st_ino}"
        settled = time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > SETTLES_AFTER
        return Facts(stat.st_size, version, lasting=settled)

    def open(self, address: str) -> AbstractContextManager[IO[bytes]]:
        """The file."""
        return Path(address).open("rb")

    def fetched(self, address: str, scratch: Path) -> AbstractContextManager[Path]:
        """The file where it stands: exports are never copied without need, and never written to."""
        return nullcontext(Path(address))


def _is_meant(path: Path) -> bool:
    """Whether it is a file, or a link to one that is no more: that is not passed over, but reported as unreadable."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def storage_of(address: str) -> Storage:
    """The storage that an address or pattern belongs to.

    Raises:
        ExportError: there is none for its scheme.
    """
    from prodops_metrics.warehouse.object_storage import ObjectStorage  # which needs what is above

    scheme = address.partition("://")[0] if "://" in address else ""
    if not STORAGES:
        STORAGES.update({"": Disk(), "s3": ObjectStorage("s3", extra="s3")})
    if scheme in STORAGES:
        return STORAGES[scheme]
    known = ", ".join(f"`{name}://`" for name in STORAGES if name) or "none"
    raise ExportError(f"`{address}`: files cannot be read from `{scheme}://` (besides this machine's disk: {known}).")


STORAGES: dict[str, Storage] = {}
"""The storage of each scheme, made when the first is asked for."""
