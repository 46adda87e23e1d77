"""The export files of a refresh, read into staging and on into what is pending: each alone, or small ones many at a time.

Small files of one source are read together, as a statement costs more than the rows of a small file do; the books are
kept for each file all the same. One that cannot be read as it stands is read alone, and those before and after it together.
"""

import time
from collections.abc import Iterable, Iterator, Mapping

import duckdb

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse import accounting
from prodops_metrics.warehouse.accounting import ReadFile
from prodops_metrics.warehouse.containers import compression
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.formats import read_export, read_together
from prodops_metrics.warehouse.pending import Pending
from prodops_metrics.warehouse.report import FileReport

SMALL, TOGETHER, MOST_FILES = 8 << 20, 32 << 20, 256
"""Bytes of a file that is read with others, and of all that are read at once; and how many these may be."""
Batch = Mapping[int, ExportFile]
"""Files of one source by load id."""
_UNREADABLE = (
    *(OSError, EOFError, duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException),
    *(duckdb.DataError, duckdb.NotSupportedError),
)


def read_files(pending: Pending, files: Iterable[ExportFile], first: int) -> tuple[list[ReadFile], list[FileReport]]:
    """Reads all files, with load ids from ``first`` on; returns those that were read, and reports of those that were not."""
    reads: list[ReadFile] = []
    failed: list[FileReport] = []
    for batch in batches(dict(enumerate(files, first))):
        for outcome in _read(pending, batch):
            if isinstance(outcome, ReadFile):
                reads.append(outcome)
            else:
                failed.append(outcome)
    return sorted(reads, key=lambda read: read.load_id), failed


def batches(files: Batch) -> Iterator[Batch]:
    """The files as they are read: small ones of a source together, in their order."""
    taken: dict[int, ExportFile] = {}
    for load_id, file in files.items():
        if taken and not _fits(taken, file):
            yield taken
            taken = {}
        taken[load_id] = file
    if taken:
        yield taken


def _fits(taken: Batch, file: ExportFile) -> bool:
    others = list(taken.values())
    return (
        len(others) < MOST_FILES
        and others[0].source.id == file.source.id
        and _small(others[0])
        and _small(file)
        and sum(other.bytes for other in others) + file.bytes <= TOGETHER
    )


def _small(file: ExportFile) -> bool:
    return file.bytes <= SMALL and compression(file.path) != ".zip"


def _read(pending: Pending, batch: Batch) -> Iterator[ReadFile | FileReport]:
    if len(batch) == 1:
        yield from _read_alone(pending, *next(iter(batch.items())))
        return
    began = time.monotonic()
    pending.progress.file(f"{next(iter(batch.values())).path} and {len(batch) - 1} more", _bytes(batch))
    try:
        done = read_together(pending.area, batch)
    except (ExportError, OSError, EOFError, duckdb.Error) as fault:
        pending.forget(batch)
        for part in _parted(batch, str(fault)):
            yield from _read(pending, part)
        return
    read = {load_id: file for load_id, file in batch.items() if load_id in done}
    yield from _close(pending, read, time.monotonic() - began)
    if rest := {load_id: file for load_id, file in batch.items() if load_id not in done}:
        yield from _read(pending, rest)


def _parted(batch: Batch, fault: str) -> list[Batch]:
    """The file that a fault names by itself, those before it, those after it; halves where it names none."""
    files = list(batch.items())
    named = [(len(file.path), at) for at, (load_id, file) in enumerate(files) if _names(fault, load_id, file)]
    first, last = (max(named)[1], max(named)[1] + 1) if named else (len(files) // 2, len(files) // 2)
    return [dict(part) for part in (files[:first], files[first:last], files[last:]) if part]


def _names(fault: str, load_id: int, file: ExportFile) -> bool:
    """Whether a fault names a file, or what was unpacked of it."""
    return file.path in fault or file.address in fault or f"/{load_id}/" in fault


def _read_alone(pending: Pending, load_id: int, file: ExportFile) -> Iterator[ReadFile | FileReport]:
    began, progress = time.monotonic(), pending.progress
    progress.file(file.path, file.bytes)
    try:
        read_export(pending.area, file, load_id)
        yield from _close(pending, {load_id: file}, time.monotonic() - began)
        return
    except ExportError as fault:
        problem = str(fault)
    except (*_UNREADABLE, duckdb.Error) as fault:
        if not isinstance(fault, _UNREADABLE) and type(fault) is not duckdb.Error:
            raise  # a fault of its own kind is not the file's; of damaged Parquet the engine tells without a kind
        problem = _told(file, fault)
    pending.forget([load_id])
    progress.advance(file.bytes, file.path)
    yield FileReport(file.source.id, file.path, "unreadable", problem=problem)


def _close(pending: Pending, batch: Batch, seconds: float) -> Iterator[ReadFile | FileReport]:
    """Counts what files brought that are staged by now, and gives up those that changed meanwhile."""
    counted = accounting.count_read(pending.area.connection, batch, pending.rows)
    whole = max(_bytes(batch), 1)
    for load_id, file in batch.items():
        problem = _changed(file)
        if problem is None:
            pending.progress.rows(counted[load_id] - pending.rows.get(load_id, 0))
            yield ReadFile(file, load_id, counted[load_id], seconds * file.bytes / whole)
        else:
            pending.forget([load_id])
            yield FileReport(file.source.id, file.path, "unreadable", problem=problem)
        pending.progress.advance(file.bytes, file.path)
    pending.finish()


def _changed(file: ExportFile) -> str | None:
    """What is to be said of a file that is not the one any more that was hashed."""
    try:
        return None if file.unchanged() else f"{file.path} changed while it was being read. Run the refresh again."
    except OSError as fault:
        return _told(file, fault)


def _told(file: ExportFile, fault: Exception) -> str:
    return f"{file.path} cannot be read: {str(fault).splitlines()[0]} Export or copy it again."


def _bytes(batch: Batch) -> int:
    return sum(file.bytes for file in batch.values())
