"""What verdicts were given at the time: kept after each refresh, whatever snapshot and definitions say today."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from prodops_metrics.definitions.verdicts import State
from prodops_metrics.reports.session import Session
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


def keep_verdicts(session: Session) -> bool:
    """Keeps the verdicts of a snapshot under the definitions of the session; False if they were kept already.

    Raises:
        ProdopsError: a verdict cannot be had, or what is kept cannot be read.
    """
    root, (number, definitions) = session.catalog.root, session.origin
    if was_said(root, "verdicts", number, definitions):
        return False
    given = {feature.id: _values(session, feature.id) for feature in session.catalog.features.values()}
    saying = {"data_through": session.warehouse.horizon().through.isoformat(), "features": given}
    return keep_saying(root, "verdicts", number, definitions, saying)


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
        for one in sayings(session.catalog.root, "verdicts")
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
