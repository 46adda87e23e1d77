"""A required property is missing from rows of its event: numbers by it do not add up to the whole."""

from collections.abc import Iterator

from prodops_metrics.definitions.checks.data import required_but_missing
from prodops_metrics.reports.health.look import MUCH, Checked, Look, checked, share
from prodops_metrics.reports.health.model import Finding
from prodops_metrics.reports.health.properties import Held, held

TITLE = "Required property that is missing"
THINGS = "required properties"


def check(look: Look) -> Checked:
    """Rows of the last four weeks without a property that is declared as required."""
    asked = [one for one in held(look) if one.declared.required]
    return checked(asked, _findings(look, asked))


def _findings(look: Look, asked: list[Held]) -> Iterator[Finding]:
    for one in asked:
        missing = one.events - one.filled - one.misfits
        if missing:
            flaw = required_but_missing(one.name, (missing, one.events))
            yield Finding(
                kind="required",
                subject=f"{one.event}.{one.name}",
                title=TITLE,
                severity="failing" if missing > MUCH * one.events else "warning",
                what=f"`{one.event}`: {flaw.message} (last four weeks).",
                figure=share(missing, one.events),
                hint=flaw.cure or "",
                touched=look.touching.property(one.event, one.name),
                since=one.missing_from,
            )
