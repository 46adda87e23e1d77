"""What data health says: findings with their severity and what they touch, loads, quarantine, freshness and history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from prodops_metrics.reports.session import Pinned

Severity = Literal["failing", "warning", "ok"]
Change = Literal["new", "still", "gone"]
WORST_FIRST: tuple[Severity, ...] = ("failing", "warning", "ok")


@dataclass(frozen=True, slots=True)
class Touched:
    """What rests on the thing that is wrong: ids of features and metrics, and ``kind:id`` of goals and others."""

    features: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with the data now, or was at the last snapshot and is no more (``change`` is "gone").

    ``id`` is the same from snapshot to snapshot: the kind of the check and its subject, such as ``required:paid.amount``.
    ``what`` is one sentence, ``figure`` its number, ``example`` a value or a place in a file, ``hint`` how to mend it, and
    ``stub`` YAML to add. ``first_seen`` is the snapshot that said it first, ``since`` the local day on which it began.
    """

    kind: str
    subject: str
    title: str
    severity: Severity
    what: str
    figure: str
    hint: str
    example: str | None = None
    stub: str | None = None
    touched: Touched = field(default_factory=Touched)
    since: date | None = None
    change: Change = "new"
    first_seen: int | None = None

    @property
    def id(self) -> str:
        """What it is called from snapshot to snapshot."""
        return f"{self.kind}:{self.subject}"

    @property
    def features(self) -> tuple[str, ...]:
        """The features that it makes doubtful."""
        return self.touched.features

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that it makes doubtful."""
        return self.touched.metrics


@dataclass(frozen=True, slots=True)
class Looked:
    """A kind of check: its title, of how many things it was made, and how many of them failed it."""

    kind: str
    title: str
    things: str
    looked_at: int
    found: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file as it was loaded: ``rows_read = loaded + duplicates + quarantined + control``; ``loaded_at`` is naive UTC.

    ``gone``: the file is no longer where it was read; what it brought stays.
    """

    source: str
    path: str
    rows_read: int
    loaded: int
    duplicates: int
    quarantined: int
    control: int
    values_set_aside: int
    loaded_at: datetime
    snapshot: int
    gone: bool


@dataclass(frozen=True, slots=True)
class SetAside:
    """Rows of a source in quarantine for one reason (a key, and in words), with the place of one of them."""

    source: str
    reason: str
    words: str
    rows: int
    example: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh a source is: its newest event and last load (naive UTC), its last complete local day, and its age now.

    ``age`` is from the newest event (of other sources than events, from the last load); None where nothing came yet.
    """

    source: str
    kind: str
    newest: datetime | None
    data_through: date | None
    loaded_at: datetime | None
    expected_every: timedelta | None
    age: timedelta | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What health said at a snapshot: how many findings of each severity, and the ids of those that were new and gone."""

    snapshot: int
    data_through: date
    failing: int
    warning: int
    new: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The health of the data of one snapshot, at a moment (``as_of``, naive UTC).

    ``findings`` hold what is new first, then what is still wrong, the worst first in each; ``gone`` is what no longer is.
    ``compared_with`` is the snapshot that new and gone are told against; None at the first one. ``history`` is oldest first.
    """

    pinned: Pinned
    as_of: datetime
    compared_with: int | None
    findings: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    looked: tuple[Looked, ...]
    loads: tuple[Loaded, ...]
    quarantine: tuple[SetAside, ...]
    freshness: tuple[Freshness, ...]
    history: tuple[Past, ...]

    @property
    def severity(self) -> Severity:
        """The worst of all findings."""
        return next((one for one in WORST_FIRST if any(found.severity == one for found in self.findings)), "ok")

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(one for one in self.findings if one.severity == severity)

    @property
    def sentence(self) -> str:
        """One sentence: how much is wrong, and how much of it is new."""
        checks = sum(one.looked_at for one in self.looked)
        if not self.findings:
            return f"Nothing is wrong: {checks:,} checks of {len(self.looked)} kinds passed."
        counts = [f"{len(self.of(one))} {one}" for one in WORST_FIRST[:2] if self.of(one)]
        new = sum(one.change == "new" for one in self.findings) if self.compared_with is not None else 0
        changed = [f"{new} new" if new else "", f"{len(self.gone)} gone" if self.gone else ""]
        against = (
            f" ({', '.join(one for one in changed if one)} since snapshot {self.compared_with})" if any(changed) else ""
        )
        return f"{' and '.join(counts)} of {checks:,} checks{against}."


Reach = Mapping[str, Touched]
"""What rests on each event, by its id."""
