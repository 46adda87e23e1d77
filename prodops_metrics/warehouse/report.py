"""What a refresh did, file by file, and how it tells of its progress."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal, Protocol

Status = Literal["loaded", "grown", "replaced", "known", "unreadable"]


class Progress(Protocol):
    """What the command line draws while a refresh runs."""

    def start(self, total_bytes: int) -> None:
        """Says how many bytes of exports will be read."""

    def advance(self, read_bytes: int, label: str) -> None:
        """Says that a file was read."""

    def stage(self, label: str) -> None:
        """Says what the refresh does now."""

    def rows(self, count: int) -> None:
        """Says how many more rows were read."""


class Silent:
    """Draws nothing."""

    def start(self, total_bytes: int) -> None:
        """Draws nothing."""

    def advance(self, read_bytes: int, label: str) -> None:
        """Draws nothing."""

    def stage(self, label: str) -> None:
        """Draws nothing."""

    def rows(self, count: int) -> None:
        """Draws nothing."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file of one source. ``rows_read = loaded + duplicates + quarantined + control``."""

    source: str
    path: str
    status: Status
    rows_read: int = 0
    loaded: int = 0
    duplicates: int = 0
    quarantined: int = 0
    control: int = 0
    values_set_aside: int = 0
    seconds: float = 0.0
    problem: str | None = None


REASONS = {
    "columns": "more or fewer fields than the header has",
    "quote": "a quote that is never closed",
    "encoding": "bytes that are not UTF-8",
    "line_too_long": "a line that is too long to be a row",
    "time": "a time that cannot be read",
    "future": "a time in the future",
    "event": "no name of an event",
    "id": "no id of the event",
    "key": "no id of the unit",
}
"""The reasons that quarantine keeps, in words."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows were quarantined (a key of ``REASONS``), how many, and where to look at one of them (``file:line``)."""

    reason: str
    source: str
    rows: int
    example: str


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """The outcome of a refresh; ``snapshot`` is None when none was published.

    ``exit_code``: 0 published or up to date, 1 nothing could be read, 3 published with more quarantine than a
    source allows, or with a file that could not be read.
    """

    snapshot: int | None
    files: tuple[FileReport, ...]
    reasons: tuple[Reason, ...]
    data_through: dict[str, date | None]
    rebuilt: tuple[str, ...]
    dry_run: bool
    seconds: float
    over_quarantine: tuple[str, ...] = field(default=())

    @property
    def totals(self) -> dict[str, int]:
        """The counts over all files that were read."""
        names = ("rows_read", "loaded", "duplicates", "quarantined", "control", "values_set_aside")
        return {name: sum(getattr(file, name) for file in self.files) for name in names}

    @property
    def exit_code(self) -> int:
        """What the process should end with."""
        failed = any(file.status == "unreadable" for file in self.files)
        if failed and self.snapshot is None and not self.dry_run:
            return 1
        return 3 if failed or self.over_quarantine else 0

    @property
    def summary(self) -> str:
        """One sentence."""
        return " ".join(_sentences(self))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``--json``; dates in ISO form."""
        through = {source: day and day.isoformat() for source, day in self.data_through.items()}
        return {
            "snapshot": self.snapshot,
            "summary": self.summary,
            "exit_code": self.exit_code,
            "dry_run": self.dry_run,
            "seconds": round(self.seconds, 3),
            "rebuilt": list(self.rebuilt),
            "totals": self.totals,
            "data_through": through,
            "over_quarantine": list(self.over_quarantine),
            "reasons": [asdict(reason) for reason in self.reasons],
            "files": [asdict(file) for file in self.files],
        }


def _sentences(report: RefreshReport) -> Sequence[str]:
    unreadable = sum(file.status == "unreadable" for file in report.files)
    failed = [f"{unreadable} of {len(report.files)} files could not be read."] if unreadable else []
    if report.snapshot is None and not report.dry_run:
        return [*failed, "Nothing was changed."] if failed else ["Up to date: no file is new."]
    totals = report.totals
    head = "This would publish" if report.dry_run else f"Snapshot {report.snapshot} is in force:"
    counts = (
        f"{totals['loaded']:,} rows loaded of {totals['rows_read']:,} read, {totals['duplicates']:,} duplicates, "
        f"{totals['quarantined']:,} quarantined"
    )
    over = [f"Above the allowed quarantine: {', '.join(report.over_quarantine)}."] if report.over_quarantine else []
    return [f"{head} {counts}.", *failed, *over]
