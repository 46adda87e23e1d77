"""Values are not of the type that is declared: they are kept as written and count nowhere."""

from collections.abc import Iterator

from prodops_metrics.definitions.checks.data import not_of_its_type
from prodops_metrics.reports.health.look import MUCH, Checked, Look, checked, share
from prodops_metrics.reports.health.model import Finding
from prodops_metrics.reports.health.properties import Held, held

TITLE = "Values of another type"
THINGS = "properties with a type"


def check(look: Look) -> Checked:
    """Rows of the last four weeks whose value is not of the property's type."""
    asked = [one for one in held(look) if one.declared.type != "string"]
    return checked(asked, _findings(look, asked))


def _findings(look: Look, asked: list[Held]) -> Iterator[Finding]:
    for one in asked:
        if one.misfits:
            flaw = not_of_its_type(one.name, one.declared.type, (one.misfits, one.events), one.example)
            yield Finding(
                kind="types",
                subject=f"{one.event}.{one.name}",
                title=TITLE,
                severity="failing" if one.misfits > MUCH * one.events else "warning",
                what=f"`{one.event}`: {flaw.message} (last four weeks).",
                figure=share(one.misfits, one.events),
                hint=flaw.cure or "",
                example=one.example,
                touched=look.touching.property(one.event, one.name),
                since=one.misfit_from,
            )
