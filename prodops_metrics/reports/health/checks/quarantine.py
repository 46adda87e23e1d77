"""Rows could not be loaded and wait in quarantine; above the source's `max_quarantine` numbers lack too much."""

from prodops_metrics.reports.health.look import Checked, Look, checked, share
from prodops_metrics.reports.health.model import Finding, Severity, Touched

TITLE = "Rows in quarantine"
THINGS = "sources"


def check(look: Look) -> Checked:
    """The share of each source's rows that is in quarantine, over the loads of the last four weeks."""
    found = []
    for source, loads in look.recent_loads.items():
        refused, rows = sum(load.quarantined for load in loads), sum(load.rows_read for load in loads)
        if refused:
            known = look.session.catalog.sources.get(source)
            reasons = [one for one in look.quarantine if one.source == source]
            severity: Severity = "failing" if known and refused > known.max_quarantine * rows else "warning"
            found.append(
                Finding(
                    kind="quarantine",
                    subject=source,
                    title=TITLE,
                    severity=severity,
                    what=f"{share(refused, rows)} rows of source `{source}` are in quarantine, most with "
                    f"{reasons[0].words if reasons else 'faults'}.",
                    figure=share(refused, rows),
                    hint=f"`prodops quarantine --source {source}` lists them; mend the source and they are tried again.",
                    example=reasons[0].example if reasons else None,
                    touched=look.touching.source(look.main_events(source)) if severity == "failing" else Touched(),
                )
            )
    return checked(look.recent_loads, found)
