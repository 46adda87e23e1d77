"""What a refresh did, file by file, and how it tells of its progress."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal, Protocol

from prodops_metrics.warehouse.merges import Merges

MOST_NAMED = 3
Status = Literal["loaded", "grown", "replaced", "retried", "known", "unreadable"]


class Progress(Protocol):
    """What the command line draws while a refresh runs."""

    def start(self, total_bytes: int) -> None:
        """Says how many bytes of exports will be read."""

    def advance(self, read_bytes: int, label: str) -> None:
        """Says that a file was read."""

    def file(self, label: str, file_bytes: int) -> None:
        """Says which file is read now, and how large it is."""

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

    def file(self, label: str, file_bytes: int) -> None:
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
    "json": "not one JSON object",
    "json_keys": "a key that stands twice in its object",
    "time": "a time that cannot be read",
    "past": "a time before 1990, as of counts since 1970 in another unit",
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
class DayChange:
    """A local day to which a refresh brought events of a source; ``late`` if it had been complete before."""

    source: str
    day: date
    events: int
    late: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Values of a column that nobody declared and that look like an e-mail address or telephone number."""

    source: str
    column: str
    values: int

    @property
    def sentence(self) -> str:
        """What was left out, and how it is kept."""
        count = f"{self.values:,} {'value' if self.values == 1 else 'values'}"
        return f"{count} of `{self.column}` ({self.source}) left out as personal; declare the property to keep them."


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """The outcome of a refresh; ``snapshot`` is None when none was published.

    ``exit_code``: 0 published or up to date, 1 nothing could be read, 3 published with more quarantine than a
    source allows, or with a file that could not be read. ``vanished``: files that were read by an earlier refresh and are
    no longer there. ``absent``: sources that have no file yet. ``rebuilt``: why everything was read again from the exports;
    ``redone``: why stored tables were redone without them. ``untried``: files with rows in quarantine that were to be read
    again, and are gone.
    """

    snapshot: int | None
    files: tuple[FileReport, ...]
    reasons: tuple[Reason, ...]
    data_through: dict[str, date | None]
    rebuilt: tuple[str, ...]
    dry_run: bool
    seconds: float
    over_quarantine: tuple[str, ...] = field(default=())
    merges: tuple[Merges, ...] = field(default=())
    left_out: tuple[LeftOut, ...] = field(default=())
    days: tuple[DayChange, ...] = ()
    vanished: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    redone: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()

    @property
    def late(self) -> tuple[DayChange, ...]:
        """The days among those changed that had been complete before."""
        return tuple(one for one in self.days if one.late)

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
            "redone": list(self.redone),
            "untried": list(self.untried),
            "totals": self.totals,
            "data_through": through,
            "over_quarantine": list(self.over_quarantine),
            "left_out": [asdict(each) for each in self.left_out],
            "merges": [asdict(merged) for merged in self.merges],
            "days": [asdict(one) | {"day": one.day.isoformat()} for one in self.days],
            "reasons": [asdict(reason) for reason in self.reasons],
            "vanished": list(self.vanished),
            "absent": list(self.absent),
            "files": [asdict(file) for file in self.files],
        }


def _sentences(report: RefreshReport) -> Sequence[str]:
    unreadable = sum(file.status == "unreadable" for file in report.files)
    failed = [f"{unreadable} of {len(report.files)} files could not be read."] if unreadable else []
    if report.snapshot is None and not report.dry_run:
        idle = [*failed, "Nothing was changed."] if failed else ["Up to date: no file is new."]
        return [*idle, *_gone(report)]
    totals = report.totals
    head = "This would publish" if report.dry_run else f"Snapshot {report.snapshot} is in force:"
    counts = (
        f"{totals['loaded']:,} rows loaded of {totals['rows_read']:,} read, {totals['duplicates']:,} duplicates, "
        f"{totals['quarantined']:,} quarantined"
    )
    over = [f"Above the allowed quarantine: {', '.join(report.over_quarantine)}."] if report.over_quarantine else []
    merges = [merged.sentence for merged in report.merges if merged.sentence]
    left_out = [each.sentence for each in report.left_out]
    anew = [f"Everything was read again from the exports: {'; '.join(report.rebuilt)}."] if report.rebuilt else []
    anew += [f"Redone from what was stored, without the exports: {'; '.join(report.redone)}."] if report.redone else []
    return [f"{head} {counts}.", *anew, *days_changed(report), *failed, *over, *merges, *left_out, *_gone(report)]


def _gone(report: RefreshReport) -> list[str]:
    files = len(report.vanished)
    which = "1 file that was read is" if files == 1 else f"{files:,} files that were read are"
    gone = [f"{which} gone from the exports; what they brought stays."] if files else []
    if report.untried:
        named = f"{', '.join(report.untried[:MOST_NAMED])}{' and others' if len(report.untried) > MOST_NAMED else ''}"
        gone.append(f"Not tried again, as the file is gone: the rows of {named} in quarantine.")
    return [*gone, *(f"Source `{name}` has no file yet." for name in report.absent)]


def days_changed(report: RefreshReport) -> list[str]:
    """Which days changed and by how much, one sentence; and how much of it came late."""
    days = sorted({one.day for one in report.days})
    if not days:
        return []
    events = sum(one.events for one in report.days)
    span = f"{days[0]}" if len(days) == 1 else f"{len(days)} days, {days[0]} to {days[-1]}"
    late = sorted({one.day for one in report.late})
    which = f"{late[0]}" if len(late) == 1 else f"{len(late)} complete days, {late[0]} to {late[-1]}" if late else ""
    told = [f"Late: {_events(sum(one.events for one in report.late))} changed {which}."] if late else []
    return [f"Changed: {span} (+{_events(events)}).", *told]


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"
