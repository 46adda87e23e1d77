"""Rows that a refresh could not take, kept until they can be: listed, counted by reason, and written into a file."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.errors import UnknownIdError, WritingError
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.report import REASONS

FORMATS = (".csv", ".jsonl", ".parquet")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: those of a source, with a reason (a key of ``REASONS``), of files whose path holds a text."""

    source: str | None = None
    reason: str | None = None
    file: str | None = None


def quarantined(session: Session, wanted: Wanted | None = None) -> pl.DataFrame:
    """``source, path, line, reason, column_name, raw`` of every row set aside that is wanted, in the order of the files.

    Raises:
        UnknownIdError: there is no such source or reason.
    """
    frame, asked = session.warehouse.quarantine(), wanted or Wanted()
    sources, reasons = [*session.catalog.sources, *frame["source"].unique()], [*REASONS, *frame["reason"].unique()]
    for kind, name, known in (("source", asked.source, sources), ("reason", asked.reason, reasons)):
        if name is not None and name not in known:
            raise UnknownIdError(kind, name, nearest(name, known))
    for column, name in (("source", asked.source), ("reason", asked.reason)):
        frame = frame if name is None else frame.filter(pl.col(column) == name)
    return frame if asked.file is None else frame.filter(pl.col("path").str.contains(asked.file, literal=True))


def by_reason(frame: pl.DataFrame) -> pl.DataFrame:
    """``source, reason, rows, example`` of such rows, the most frequent first."""
    place = pl.concat_str("path", pl.lit(":"), "line").first().alias("example")
    return frame.group_by("source", "reason", maintain_order=True).agg(pl.len().alias("rows"), place).sort(
        ["rows", "source", "reason"], descending=[True, False, False]
    )  # fmt: skip


def write(frame: pl.DataFrame, path: Path) -> None:
    """Writes such rows into a new file: CSV, JSON lines or Parquet, as its name ends.

    Raises:
        WritingError: there is such a file already, its name ends otherwise, or it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise WritingError(f"{path}: rows are written as {', '.join(FORMATS)}. Name the file so.")
    try:
        with path.open("xb") as file:
            if suffix == ".parquet":
                frame.write_parquet(file)
            else:
                file.write((frame.write_csv() if suffix == ".csv" else frame.write_ndjson()).encode())
    except FileExistsError:
        raise WritingError(f"{path} is there already, and is left as it is. Choose another name, or remove it.") from None
    except OSError as fault:
        raise WritingError(f"{path} cannot be written: {fault.strerror}.") from fault
