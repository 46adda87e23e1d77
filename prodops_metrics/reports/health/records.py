"""What health tells as it stands: the books of every load, rows in quarantine by reason, and how fresh sources are."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from prodops_metrics.reports.health.model import Freshness, Loaded, SetAside
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.observed import Observed
from prodops_metrics.warehouse.report import REASONS
from prodops_metrics.warehouse.through import complete_through

OVERDUE = 2
"""A source is overdue when nothing new came for so many times as long as it says."""
LOADED = ("source", "path", "rows_read", "loaded", "duplicates", "quarantined", "control", "values_set_aside")


def loads(session: Session, observed: Observed) -> Sequence[Loaded]:
    """The books of every file, the latest first."""
    root = session.catalog.root
    rows = observed.loads.select(*LOADED, "loaded_at", "snapshot").to_dicts()
    return tuple(Loaded(**row, gone=_gone(root, row["path"])) for row in rows)


def _gone(root: Path, path: str) -> bool:
    """Whether a file is no longer there; of those that lie elsewhere than on this machine nobody asks here."""
    return "://" not in path and not (root / path).exists()


def set_aside(observed: Observed) -> Sequence[SetAside]:
    """Rows in quarantine by source and reason, the most frequent first."""
    return tuple(
        SetAside(source, reason, REASONS.get(reason, reason), rows, example)
        for source, reason, rows, example in observed.quarantine.iter_rows()
    )


def freshness(session: Session, observed: Observed, as_of: datetime) -> Sequence[Freshness]:
    """How fresh each source is at a moment (naive UTC), in the order of the definitions."""
    known = {name: (newest, day) for name, _, newest, day in observed.sources.iter_rows()}
    latest: dict[str, datetime] = {}
    for source, moment in observed.loads.select("source", "loaded_at").iter_rows():
        latest[source] = max(moment, latest.get(source, moment))
    found = []
    for name, source in session.catalog.sources.items():
        newest, day = known.get(name, (None, None))
        came = newest if source.kind == "events" else latest.get(name)
        # A clock that went back would make what is newest lie ahead: that is fresh, not of negative age.
        age = max(as_of - came, as_of - as_of) if came else None
        late = source.expected_every is not None and (age is None or age > OVERDUE * source.expected_every)
        through = complete_through(source, day) if day else None
        found.append(Freshness(name, source.kind, newest, through, latest.get(name), source.expected_every, age, late))
    return tuple(found)
