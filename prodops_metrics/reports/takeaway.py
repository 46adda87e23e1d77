"""What a page shows, as files: the numbers as CSV and Parquet, and what they are.

A CSV file holds a header line and rows and nothing else, so that anything reads it. What the numbers are goes into a file
beside it, and into the key-value metadata of a Parquet file.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from prodops_metrics.calendar import Window
from prodops_metrics.reports.dates import day, span
from prodops_metrics.reports.receipts import Receipt
from prodops_metrics.reports.session import Pinned

PREFIX = "prodops."
"""What the keys in the metadata of a Parquet file begin with."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One chart or table to be taken away.

    ``id`` is what files are named after, such as ``search.adoption``; ``frames`` are what is shown, by the id of their
    metric; ``window`` is what they cover, in local days, and None where it is but the day that data goes through.
    ``receipts`` say where each number comes from, by name.
    """

    id: str
    title: str
    pinned: Pinned
    frames: Mapping[str, pl.DataFrame]
    window: Window | None = None
    receipts: Mapping[str, Receipt] = field(default_factory=dict)

    @property
    def window_text(self) -> str:
        """The days that the numbers cover, in words."""
        through = f"data through {day(self.pinned.data_through)} ({self.pinned.timezone})"
        return f"{span(self.window)}, {through}" if self.window else through.capitalize()

    @property
    def source(self) -> str:
        """Where the numbers come from, in one line."""
        pinned = self.pinned
        return f"Source: {', '.join(self.frames) or self.id}, snapshot {pinned.snapshot}, definitions {pinned.definitions}"

    @property
    def frame(self) -> pl.DataFrame:
        """Everything shown as one table; with more than one frame, the first column says whose rows they are."""
        frames = {name: frame for name, frame in self.frames.items() if frame.width}
        if len(frames) == 1:
            return next(iter(frames.values()))
        named = [frame.select(pl.lit(name).alias("metric"), pl.all()) for name, frame in frames.items()]
        return pl.concat(named, how="diagonal_relaxed") if named else pl.DataFrame()


def file_name(parcel: Parcel, suffix: str) -> str:
    """``search.adoption_2026-08-25_2026-11-17.csv``: by id and dates, in letters that every file system takes."""
    days = (parcel.window.start, parcel.window.last_day) if parcel.window else (parcel.pinned.data_through,)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", parcel.id).strip("-.") or "numbers"
    return f"{'_'.join([stem, *(each.isoformat() for each in days)])}.{suffix}"


def csv(parcel: Parcel) -> bytes:
    """A header line and rows, UTF-8; numbers as numbers, days as 2026-11-17, nothing where there is no number."""
    frame = parcel.frame
    lists = [name for name, kind in frame.schema.items() if kind.is_nested()]
    texts = [pl.col(name).map_elements(_json, return_dtype=pl.String) for name in lists]
    return frame.with_columns(texts).write_csv().encode()


def _json(value: object) -> str:
    values = value.to_list() if isinstance(value, pl.Series) else value
    return json.dumps(values, ensure_ascii=False, default=str)


def parquet(parcel: Parcel) -> bytes:
    """The same table with its types; what the numbers are stands in the metadata, under ``prodops.`` keys."""
    told = {f"{PREFIX}{key}": _text(value) for key, value in about(parcel).items()}
    file = io.BytesIO()
    parcel.frame.write_parquet(file, metadata=told)
    return file.getvalue()


def about_file(parcel: Parcel) -> bytes:
    """What the numbers are, as a JSON document to lie beside the CSV file."""
    return (json.dumps(about(parcel), indent=2, ensure_ascii=False) + "\n").encode()


def about(parcel: Parcel) -> dict[str, object]:
    """What the numbers are: of which metrics, over which days, by which snapshot and definitions, and their receipts."""
    pinned = parcel.pinned
    return {
        "id": parcel.id,
        "title": parcel.title,
        "metrics": list(parcel.frames),
        "from": parcel.window.start.isoformat() if parcel.window else None,
        "to": parcel.window.last_day.isoformat() if parcel.window else None,
        "timezone": pinned.timezone,
        "data_through": pinned.data_through.isoformat(),
        "snapshot": pinned.snapshot,
        "definitions": pinned.definitions,
        "columns": {name: COLUMNS[name] for name in parcel.frame.columns if name in COLUMNS},
        "receipts": {name: dict(_receipt(one)) for name, one in parcel.receipts.items()},
    }


def _receipt(receipt: Receipt) -> Iterator[tuple[str, object]]:
    yield "says", receipt.sentence
    yield "counted", receipt.counted
    yield "window", span(receipt.window)
    yield "defined_at", receipt.definition
    yield "meaning", receipt.meaning
    yield "left_out", list(receipt.left_out)
    yield "sql", receipt.sql


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


COLUMNS: Mapping[str, str] = {
    "metric": "the id of the metric that the row is of",
    "bucket": "the local day that the point stands at: the first of its period, or the last of its rolling window",
    "numerator": "what was counted or added up",
    "denominator": "of how many; none where the metric divides by nothing",
    "units": "the independent units behind the interval",
    "point": "the number itself, shares from 0 to 1; none exactly where there is a reason",
    "low": "the lower end of the interval",
    "high": "the upper end of the interval",
    "complete": "false where days are still to come",
    "reason": "why there is no number",
    "cohort": "the local day on which the cohort's period begins",
    "age": "periods since the cohort began",
    "step": "the step of the funnel, from 1",
    "state": "where the users of the period come from",
}
