"""Values were left out since they look like an e-mail address or telephone number, and nobody declared their column.

They are in no snapshot; whoever needs them declares the column, and whoever does not says so.
"""

from prodops_metrics.reports.health.look import Checked, Look, checked
from prodops_metrics.reports.health.model import Finding

TITLE = "Values left out as personal"
THINGS = "sources"


def check(look: Look) -> Checked:
    """Columns of the loads of the last four weeks of which values were left out though nobody said so."""
    rows = look.observed.left_out.to_dicts()
    return checked(look.session.catalog.exports, (_finding(**row) for row in rows))


def _finding(source: str, column: str, values: int, first: object) -> Finding:
    count = f"{values:,} {'value' if values == 1 else 'values'}"
    return Finding(
        kind="left_out",
        subject=f"{source}.{column}",
        title=TITLE,
        severity="warning",
        what=f"{count} of `{column}` in `{source}` look like e-mail addresses or telephone numbers, and were left out.",
        figure=count,
        hint="Declare the property: `personal: drop` says that this is meant, `personal: hash` tells equal from different, "
        "neither keeps the values.",
        stub=f"{column}: {{type: string, personal: drop}}",
        since=first,  # type: ignore[arg-type] # a column of days
    )
