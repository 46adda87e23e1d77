"""The health of the data, snapshots and quarantine as plain values for ``--json``; days and moments in ISO form, UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from prodops_metrics.reports.health import Finding, HealthReport


def health_values(report: HealthReport) -> dict[str, Any]:
    """A health report."""
    return {
        "snapshot": report.pinned.snapshot,
        "definitions": report.pinned.definitions,
        "data_through": report.pinned.data_through.isoformat(),
        "as_of": report.as_of.isoformat(),
        "severity": report.severity,
        "sentence": report.sentence,
        "compared_with": report.compared_with,
        "findings": [_finding(one) for one in report.findings],
        "gone": [_finding(one) for one in report.gone],
        "looked": plain([asdict(one) for one in report.looked]),
        "freshness": plain([asdict(one) for one in report.freshness]),
        "quarantine": plain([asdict(one) for one in report.quarantine]),
        "loads": plain([asdict(one) for one in report.loads]),
        "history": plain([asdict(one) for one in report.history]),
    }


def changes_values(report: HealthReport) -> dict[str, Any]:
    """How much is wrong, and the ids of what is new and gone."""
    return {
        "severity": report.severity,
        "failing": len(report.of("failing")),
        "warning": len(report.of("warning")),
        "new": [one.id for one in report.findings if one.change == "new"],
        "gone": [one.id for one in report.gone],
    }


def _finding(one: Finding) -> dict[str, Any]:
    values = {name: value for name, value in asdict(one).items() if name != "touched"}
    found: dict[str, Any] = plain({"id": one.id, **values, **asdict(one.touched)})
    return found


def plain(value: Any) -> Any:  # noqa: ANN401  whatever a report holds
    """A value as JSON has it: days and moments as text, lengths of time in seconds."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each) for each in value]
    return value
