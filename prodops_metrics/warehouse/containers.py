"""What lies in an export file: rows as delimited text, JSON lines or Parquet, packed or not, one body or a zip of many."""

import gzip
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, Literal, cast

import zstandard

from prodops_metrics.errors import ExportError

Kind = Literal["text", "json", "parquet"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "text"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "json"),
    ".parquet": "parquet",
}
PACKED = (".gz", ".zst")
_CHUNK = 1 << 20
READABLE = (*(f"{kind}{packed}" for kind in _KINDS for packed in ("", *PACKED) if kind != ".parquet"), ".parquet", ".zip")
"""The ends of names of files that can be read."""


@dataclass(frozen=True, slots=True)
class Body:
    """Rows on this machine's disk: where, of which kind, and as which member of a zip (None outside of one)."""

    path: Path
    kind: Kind
    member: str | None = None


def compression(name: str) -> str:
    """``.gz``, ``.zst``, ``.zip``, or nothing."""
    end = PurePosixPath(name.lower()).suffix
    return end if end in {*PACKED, ".zip"} else ""


def kind_of(name: str) -> Kind | None:
    """What the rows of a file are by its name; None where that cannot be told."""
    bare = name.lower().removesuffix(compression(name))
    return _KINDS.get(PurePosixPath(bare).suffix)


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a body, of a gzipped one after decompression, as a stream.

    Raises:
        OSError, EOFError: from reading, where the file is damaged or cut off.
    """
    with path.open("rb") as raw:
        yield cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if compression(path.name) == ".gz" else raw


def bodies(path: Path, name: str, scratch: Path, otherwise: Kind | None = None) -> Iterator[Body]:
    """The bodies of a file, one after the other; what had to be unpacked lies in ``scratch`` until the next is asked for.

    ``otherwise`` is what the rows are where the name does not tell.

    Raises:
        ExportError: neither it nor a member of it can be read, or it is not packed as its name says.
    """
    if compression(name) != ".zip":
        yield from _plain(Body(path, _told(name, otherwise)), name, scratch)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.infolist(), key=lambda one: one.filename):
                if not member.is_dir():
                    yield from _member(archive, member, name, scratch, otherwise)
    except zipfile.BadZipFile as fault:
        raise ExportError(f"{name} is no readable zip ({fault}). Export or copy it again.") from fault


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, scratch: Path, otherwise: Kind | None
) -> Iterator[Body]:
    inside = PurePosixPath(member.filename).name
    if compression(inside) == ".zip":
        raise ExportError(f"{name} holds another zip, {member.filename}. Unpack it once.")
    kind = _told(inside, otherwise, within=name)
    place = _place(scratch, inside)
    try:
        with archive.open(member) as packed, place.open("wb") as plain:
            shutil.copyfileobj(packed, plain, _CHUNK)
        yield from _plain(Body(place, kind, member.filename), f"{name}/{member.filename}", scratch)
    finally:
        place.unlink(missing_ok=True)


def _place(scratch: Path, name: str) -> Path:
    scratch.mkdir(parents=True, exist_ok=True)
    return scratch / f"unpacked-{name}"


def _plain(body: Body, name: str, scratch: Path) -> Iterator[Body]:
    """The body without .zst: neither reader of that format notices where a file was cut off."""
    if compression(body.path.name) != ".zst":
        yield body
        return
    place = _place(scratch, body.path.name.removeprefix("unpacked-")[: -len(".zst")])
    try:
        with body.path.open("rb") as packed, place.open("wb") as plain:
            _decompress(packed, plain, name)
        yield replace(body, path=place)
    finally:
        place.unlink(missing_ok=True)


def _decompress(packed: IO[bytes], plain: IO[bytes], name: str) -> None:
    frame, ended = zstandard.ZstdDecompressor().decompressobj(), True
    try:
        while chunk := packed.read(_CHUNK):
            while chunk:
                if ended:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                plain.write(frame.decompress(chunk))
                ended, chunk = frame.eof, frame.unused_data
    except zstandard.ZstdError as fault:
        raise ExportError(f"{name} is no readable zstd file ({fault}). Export or copy it again.") from fault
    if not ended:
        raise ExportError(f"{name} ends in the middle (truncated zstd). Export or copy it again.")


def _told(name: str, otherwise: Kind | None, within: str = "") -> Kind:
    kind = kind_of(name) or otherwise
    if kind is None:
        where = f"{within}: the file {name} in it" if within else name
        raise ExportError(
            f"{where} is of no kind that can be read. Export it as CSV, TSV, JSON lines or Parquet, named accordingly "
            f"({', '.join(_KINDS)}; text also packed as .gz or .zst), or keep it out of `files`."
        )
    return kind
