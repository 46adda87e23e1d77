"""Advice about definitions: it stops nobody, and comments silence it."""

from datetime import UTC, date, datetime

from prodops_metrics.definitions.catalog import Catalog
from prodops_metrics.definitions.checks.listing import CHECKS
from prodops_metrics.definitions.faults import Fault
from prodops_metrics.definitions.load import Inspection
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.shortcomings import ADVICE, Looked
from prodops_metrics.definitions.suppression import judged, suppressions

ONLY_AGAINST = "W504"
"""What can be seen only where the definitions before are known."""


def advice(
    inspection: Inspection,
    before: Catalog | None = None,
    data: tuple[Fault, ...] | None = None,
    today: date | None = None,
) -> tuple[Fault, ...]:
    """All advice about a project, less what comments silence, in the order of the files.

    Where faults remain, what could be read is looked at all the same.

    Args:
        inspection: What a run over the files found.
        before: The definitions that these replace, where that is known: only then can a change of meaning be seen.
        data: What was found against the data, which comments silence alike; None where nobody looked.
        today: The local day; by default that of the clock.
    """
    report = _reporting(inspection)
    looked = _looked(inspection, before, today or datetime.now(UTC).date())
    for find in ADVICE:
        for node, flaw in find(looked):
            report.add_in(node, flaw)
    left, idle = judged([*report.faults(), *(data or ())], suppressions(report.texts), _asked(before, data))
    comments = _reporting(inspection)
    for comment, flaw in idle:
        comments.add_at(comment.place, flaw, comment.length)
    order = {file: number for number, file in enumerate(report.texts)}
    return tuple(sorted([*left, *comments.faults()], key=lambda fault: (order.get(fault.place.file, -1), fault.place)))


def _looked(inspection: Inspection, before: Catalog | None, today: date) -> Looked:
    files = inspection.files
    return Looked(
        catalog=inspection.partial,
        kinds=files.kinds,
        teams=files.project is None or files.project.child("teams") is not None,
        unread="\n".join(files.unread),
        before=before,
        today=today,
    )


def _reporting(inspection: Inspection) -> Report:
    report = Report()
    report.texts = inspection.report.texts
    return report


def _asked(before: Catalog | None, data: tuple[Fault, ...] | None) -> frozenset[str]:
    """The codes that this run looked for, so that a comment about them is idle where it silences nothing."""
    groups = ("W", "D") if data is not None else ("W",)
    return frozenset(code for code in CHECKS if code.startswith(groups) and (before is not None or code != ONLY_AGAINST))
