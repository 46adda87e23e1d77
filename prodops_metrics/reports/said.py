"""What verdicts were given at the time: kept after each refresh, whatever snapshot and definitions say today."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from prodops_metrics.definitions.verdicts import State
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.reports.verdict_words import reasons
from prodops_metrics.reports.verdicts import verdict
from prodops_metrics.warehouse.sayings import keep_saying, sayings, was_said


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict as it was given: by which snapshot and definitions, at data through which day, on which week."""

    snapshot: int
    definitions: str
    data_through: date
    week: date | None
    state: State
    reasons: tuple[str, ...]


def keep_verdicts(root: Path) -> bool:
    """Keeps the verdicts of the snapshot in force under the definitions as they are; False if they were kept already.

    Raises:
        ProdopsError: there is no snapshot, or the definitions have faults.
    """
    session = open_session(root)
    try:
        if was_said(root, session.warehouse.snapshot, session.catalog.hash):
            return False
        given = {feature.id: _values(session, feature.id) for feature in session.catalog.features.values()}
        through = session.warehouse.horizon().through
        saying = {"data_through": through.isoformat(), "features": given}
        return keep_saying(root, session.warehouse.snapshot, session.catalog.hash, saying)
    finally:
        session.warehouse.close()


def said_before(session: Session, feature: str) -> tuple[Said, ...]:
    """What was said of a feature by every snapshot, the oldest first."""
    return tuple(
        Said(
            one["snapshot"],
            one["definitions"],
            date.fromisoformat(one["data_through"]),
            date.fromisoformat(given["week"]) if given["week"] else None,
            given["state"],
            tuple(given["reasons"]),
        )
        for one in sayings(session.catalog.root)
        if (given := one["features"].get(feature))
    )


def _values(session: Session, feature: str) -> dict[str, Any]:
    found = verdict(session, session.catalog.feature(feature))
    resting = found.rests_on
    return {
        "state": found.state,
        "since": found.since.isoformat() if found.since else None,
        "week": found.history[-1].day.isoformat() if found.history else None,
        "rule": resting.number if resting else 0,
        "reasons": [one.sentence for one in reasons(resting, found.evidence, found.level)] if resting else [],
    }
