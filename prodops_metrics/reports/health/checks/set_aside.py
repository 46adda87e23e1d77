"""Values of rows that were loaded could not be read: they are kept as they were written and count nowhere."""

from prodops_metrics.reports.health.look import MUCH, Checked, Look, checked
from prodops_metrics.reports.health.model import Finding, Severity, Touched

TITLE = "Values set aside"
THINGS = "sources"


def check(look: Look) -> Checked:
    """Values set aside in the loads of the last four weeks, by source; failing where there are many for the rows."""
    found = []
    for source, loads in look.recent_loads.items():
        values, rows = sum(load.values_set_aside for load in loads), sum(load.loaded for load in loads)
        if values:
            worst = max(loads, key=lambda load: load.values_set_aside)
            severity: Severity = "failing" if values > MUCH * rows else "warning"
            found.append(
                Finding(
                    kind="set_aside",
                    subject=source,
                    title=TITLE,
                    severity=severity,
                    what=f"{values:,} values in {rows:,} rows of source `{source}` are not as declared, and count nowhere.",
                    figure=f"{values:,} values",
                    hint="Look at `prodops check --data`, which names the properties.",
                    example=worst.path,
                    touched=look.touching.source(look.main_events(source)) if severity == "failing" else Touched(),
                )
            )
    return checked(look.recent_loads, found)
