"""The health of the data: what is wrong now, what it makes doubtful, and what changed against the snapshot before."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from prodops_metrics.reports.health.checks import CHECKS
from prodops_metrics.reports.health.look import Look
from prodops_metrics.reports.health.model import (
    WORST_FIRST,
    Finding,
    Freshness,
    HealthReport,
    Loaded,
    Looked,
    Past,
    SetAside,
    Severity,
    Touched,
)
from prodops_metrics.reports.health.said import before, keep_health, known_before, past
from prodops_metrics.reports.health.touching import Touching
from prodops_metrics.reports.session import Session, pinned
from prodops_metrics.warehouse.observed import Observed, volumes


def health(session: Session, now: datetime | None = None) -> HealthReport:
    """The health of a snapshot's data as it stands at a moment; this one if none is given (naive means UTC).

    Raises:
        WarehouseError: the snapshot holds no events.
    """
    moment = _naive_utc(now or datetime.now(UTC))
    look = Look(session, Observed(session.warehouse), Touching(session.catalog), moment)
    looked, found = list[Looked](), list[Finding]()
    for check in CHECKS:
        outcome = check.run(look)
        looked.append(Looked(check.kind, check.title, check.things, outcome.looked_at, len(outcome.findings)))
        found += outcome.findings
    earlier = before(session)
    return HealthReport(
        pinned=pinned(session, 0),
        as_of=moment,
        compared_with=earlier.snapshot if earlier else None,
        findings=_ordered(known_before(session, found)),
        gone=_gone(earlier.findings if earlier else (), found),
        looked=tuple(looked),
        loads=tuple(look.loads),
        quarantine=tuple(look.quarantine),
        freshness=tuple(look.freshness),
        history=past(session, found),
    )


def _naive_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """New ones first, then the worst, then those that touch most."""
    return tuple(sorted(found, key=lambda one: (one.change != "new", WORST_FIRST.index(one.severity), -len(one.features))))


def _gone(earlier: Sequence[Finding], now: Iterable[Finding]) -> tuple[Finding, ...]:
    there = {one.id for one in now}
    return tuple(replace(one, change="gone") for one in earlier if one.id not in there)


__all__ = [
    "CHECKS",
    "Finding",
    "Freshness",
    "HealthReport",
    "Loaded",
    "Looked",
    "Past",
    "SetAside",
    "Severity",
    "Touched",
    "health",
    "keep_health",
    "volumes",
]
