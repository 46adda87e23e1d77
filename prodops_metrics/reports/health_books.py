"""The books of data health as tables: per source, per file, per check and per snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

import polars as pl

from prodops_metrics.reports.health import Freshness, HealthReport, Loaded
from prodops_metrics.reports.spoken import duration

NEWEST_FIRST = 20


@dataclass(frozen=True, slots=True)
class Books:
    """All files of a source together; ``balanced`` if what was read is what became of it."""

    source: str
    files: int
    rows_read: int
    loaded: int
    duplicates: int
    quarantined: int
    control: int
    values_set_aside: int

    @property
    def balanced(self) -> bool:
        """Whether rows read are loaded, duplicates, quarantined and control rows together."""
        return self.rows_read == self.loaded + self.duplicates + self.quarantined + self.control


def books(report: HealthReport) -> tuple[Books, ...]:
    """The books of every source that was read, by name."""
    files = sorted(report.loads, key=lambda one: one.source)
    return tuple(_added(source, list(each)) for source, each in groupby(files, key=lambda one: one.source))


def _added(source: str, files: list[Loaded]) -> Books:
    return Books(
        source=source,
        files=len(files),
        rows_read=sum(one.rows_read for one in files),
        loaded=sum(one.loaded for one in files),
        duplicates=sum(one.duplicates for one in files),
        quarantined=sum(one.quarantined for one in files),
        control=sum(one.control for one in files),
        values_set_aside=sum(one.values_set_aside for one in files),
    )


def files_frame(report: HealthReport) -> pl.DataFrame:
    """A row per file, the latest first; ``loaded_at`` is naive UTC, ``gone`` says that it no longer lies there."""
    names = ("source", "path", "rows_read", "loaded", "duplicates", "quarantined", "control", "values_set_aside")
    return pl.DataFrame(
        [
            {
                **{name: getattr(one, name) for name in names},
                "loaded_at": one.loaded_at,
                "snapshot": one.snapshot,
                "gone": one.gone,
            }
            for one in report.loads
        ]
    )


def looked_frame(report: HealthReport) -> pl.DataFrame:
    """A row per kind of check, those that found something first."""
    rows = sorted(report.looked, key=lambda one: -one.found)
    return pl.DataFrame(
        [{"Check": one.title, "Looked at": f"{one.looked_at:,} {one.things}", "Found": f"{one.found:,}"} for one in rows]
    )


def history_frame(report: HealthReport) -> pl.DataFrame:
    """A row per snapshot, the newest first."""
    titles = {one.kind: one.title for one in report.looked}
    return pl.DataFrame(
        [
            {
                "Snapshot": str(one.snapshot),
                "Data through": one.data_through.isoformat(),
                "Failing": str(one.failing),
                "Warning": str(one.warning),
                "New": _findings(one.new, titles),
                "Gone": _findings(one.gone, titles),
            }
            for one in reversed(report.history[-NEWEST_FIRST:])
        ]
    )


def _findings(ids: tuple[str, ...], titles: Mapping[str, str]) -> str:
    """How many, and the first of them by the title of their check and what they are about."""
    said = [f"{titles.get(kind, kind)} ({subject})" for kind, _, subject in (one.partition(":") for one in ids[:2])]
    return f"{len(ids)}: {', '.join(said)}{' …' if len(ids) > 2 else ''}" if ids else "none"


def waited(one: Freshness) -> str:
    """How old the newest row of a source is, and how often something new is expected."""
    expected = f", expected every {duration(one.expected_every)}" if one.expected_every else ""
    return f" · newest {_age(one.age)} old{expected}" if one.age is not None else expected


def _age(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} hours" if hours >= 2 else f"{age // timedelta(minutes=1)} minutes"
