"""Files that were read are no longer there: what they brought stays, and cannot be read again."""

from collections import defaultdict

from prodops_metrics.reports.health.look import Checked, Look, checked
from prodops_metrics.reports.health.model import Finding, Loaded

TITLE = "Exports that have vanished"
THINGS = "files that were read"


def check(look: Look) -> Checked:
    """Files of the books that are no longer where they were read."""
    lost: dict[str, list[Loaded]] = defaultdict(list)
    for load in look.loads:
        if load.gone:
            lost[load.source].append(load)
    return checked(look.loads, (_finding(source, loads) for source, loads in lost.items()))


def _finding(source: str, loads: list[Loaded]) -> Finding:
    rows = sum(load.loaded for load in loads)
    files = "1 file" if len(loads) == 1 else f"{len(loads):,} files"
    return Finding(
        kind="gone",
        subject=source,
        title=TITLE,
        severity="warning",
        what=f"{files} of source `{source}` are gone from the exports; the {rows:,} rows that they brought stay.",
        figure=files,
        hint="Put them back before anything has to be read again from the exports (`--full`, a changed source).",
        example=loads[0].path,
    )
