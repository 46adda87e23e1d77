"""Ids that look like no unit's own: a word for nobody, or a number that an export wrote with a decimal point.

All rows of such a word count as one unit, which uses everything; `17850.0` and `17850` count as two.
"""

from collections.abc import Iterator

import polars as pl

from prodops_metrics.reports.health.look import Checked, Look, checked, share
from prodops_metrics.reports.health.model import Finding

TITLE = "Ids that may stand for nobody"
THINGS = "events in the data"
WORDS = (
    *("null", "none", "nil", "nan", "n/a", "undefined", "unknown", "anonymous", "guest", "-", "0"),
    *("(not set)", "[object object]", "00000000-0000-0000-0000-000000000000"),
)
"""What products and exports write where nobody is signed in, in small letters."""


def check(look: Look) -> Checked:
    """Ids of all time; those that a source's `null_values` names never became units."""
    rows = look.observed.doubtful_ids(look.entity, WORDS)
    words = rows.filter(pl.col("word")).partition_by("id", maintain_order=True)
    decimals = rows.filter(~pl.col("word"))
    found = [*(_word(look, own) for own in words), *_decimals(look, decimals)]
    return checked(look.rows, found)


def _word(look: Look, rows: pl.DataFrame) -> Finding:
    name, events = rows["id"][0], sum(rows["events"].to_list())
    figure = share(events, sum(look.rows.values()))
    return Finding(
        kind="nobody",
        subject=name,
        title=TITLE,
        severity="warning",
        what=f"{figure} of all rows have the id `{name}` and count as one {look.entity}.",
        figure=figure,
        hint=f"If it stands for nobody, add it to the source's `null_values`: `null_values: ['{name}']`.",
        example=name,
        touched=look.touching.source(rows["event"]),
        since=rows["first"].min(),  # type: ignore[arg-type] # a column of days
    )


def _decimals(look: Look, rows: pl.DataFrame) -> Iterator[Finding]:
    if rows.is_empty():
        return
    example, units, twins = rows["id"][0], rows["units"][0], rows["twins"][0]
    twice = f"; {twins:,} of them also come without it and count as two" if twins else ""
    yield Finding(
        kind="nobody",
        subject="decimals",
        title="Ids written as decimals",
        severity="warning",
        what=f"{units:,} ids of {look.entity} are numbers with a decimal point, such as `{example}`{twice}.",
        figure=f"{units:,} ids",
        hint="Export the id as a whole number or as text; a column that lacks some ids is often taken for decimals.",
        example=example,
        touched=look.touching.source(rows["event"]),
        since=rows["first"].min(),  # type: ignore[arg-type] # a column of days
    )
