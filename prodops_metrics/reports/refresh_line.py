"""What a refresh changed, in one line that a person reads in a log."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodops_metrics.reports.dates import lasting
from prodops_metrics.warehouse.report import RefreshReport

if TYPE_CHECKING:  # which needs far more than a line does where nothing is new
    from prodops_metrics.reports.health import HealthReport

MOST_NAMED = 3


def line(report: RefreshReport, health: "HealthReport | None") -> str:
    """What changed since the last time: rows, days, late events, quarantine, health, and how long it took."""
    told = health_sentences(health) if report.snapshot is not None else []
    return " ".join([report.summary, *told, f"{lasting(report.seconds)}."])


def health_sentences(health: "HealthReport | None") -> list[str]:
    """What is new with the health of the data, and what no longer is; nothing where nothing changed."""
    if health is None:
        return []
    told = []
    for severity in ("failing", "warning"):
        new = [one.id for one in health.findings if one.severity == severity and one.change == "new"]
        told += [f"Health, new and {severity}: {_named(new)}."] if new else []
    return [*told, *([f"Health, gone: {_named([one.id for one in health.gone])}."] if health.gone else [])]


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    return f"{', '.join(ids[:MOST_NAMED])}{more}"
