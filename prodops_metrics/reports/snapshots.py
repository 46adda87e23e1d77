"""The snapshots that are kept: when and from what each was made, what it changed, and what was said by it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from prodops_metrics.reports.verdict_words import NAMES
from prodops_metrics.warehouse.records import MadeOf, made_of
from prodops_metrics.warehouse.sayings import sayings
from prodops_metrics.warehouse.snapshots import kept


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """One snapshot; ``created`` is naive UTC, as written in it; ``made_from`` the one in force before.

    ``changed`` is one line; ``verdicts`` are those that were given by it, in words, empty where none were kept.
    ``problem`` says why its file cannot be read; all that stands in it is None then.
    """

    number: int
    current: bool
    bytes: int
    created: datetime | None
    made_from: int | None
    data_through: date | None
    rows: int | None
    changed: str
    verdicts: str
    problem: str | None = None


def kept_snapshots(root: Path) -> tuple[KeptSnapshot, ...]:
    """Every snapshot that is kept, the newest first.

    Raises:
        WarehouseError: the pointer, or what was said, cannot be read.
    """
    said = {
        one["snapshot"]: Counter(NAMES[given["state"]] for given in one["features"].values())
        for one in sayings(root, "verdicts")
    }
    found = []
    for one in reversed(kept(root)):
        made, verdicts = made_of(one.path), said.get(one.number, Counter[str]())
        words = ", ".join(f"{count} {name.lower()}" for name, count in verdicts.most_common())
        facts = (made.created, made.made_from, made.data_through, made.rows, _changed(made), words, made.problem)
        found.append(KeptSnapshot(one.number, one.current, one.bytes, *facts))
    return tuple(found)


def _changed(made: MadeOf) -> str:
    """What its refresh changed, in one line."""
    if made.problem:
        return ""
    files = "1 file" if made.files == 1 else f"{made.files:,} files"
    parts = [f"{files}, {made.loaded:,} {'row' if made.loaded == 1 else 'rows'} loaded"] if made.files else []
    parts += [f"{made.quarantined:,} quarantined"] if made.quarantined else []
    parts += [f"{made.late:,} late"] if made.late else []
    return "; ".join([*made.because, ", ".join(parts)]).strip("; ") or "nothing new was read"
