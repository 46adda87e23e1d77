"""Values come that are not among those declared: a breakdown shows them, and no filter can ask for them."""

from collections.abc import Iterator

from prodops_metrics.definitions.checks.data import value_outside_enum
from prodops_metrics.reports.health.look import Checked, Look, checked, share
from prodops_metrics.reports.health.model import Finding
from prodops_metrics.reports.health.properties import Held, held, other_values

TITLE = "Values outside the enum"
THINGS = "properties with an enum"


def check(look: Look) -> Checked:
    """Values of the last four weeks that the property's `enum` does not hold."""
    asked = [one for one in held(look) if one.declared.enum]
    return checked(asked, _findings(look, asked))


def _findings(look: Look, asked: list[Held]) -> Iterator[Finding]:
    for one in asked:
        others = other_values(look, one)
        if others:
            flaw = value_outside_enum(one.name, {value: rows for value, rows, _ in others}, map(str, one.declared.enum))
            rows = sum(count for _, count, _ in others)
            yield Finding(
                kind="enum",
                subject=f"{one.event}.{one.name}",
                title=TITLE,
                severity="warning",
                what=f"`{one.event}`: {flaw.message} (last four weeks).",
                figure=share(rows, one.filled),
                hint=flaw.cure or "",
                example=others[0][0],
                touched=look.touching.property(one.event, one.name),
                since=min(first for _, _, first in others),
            )
