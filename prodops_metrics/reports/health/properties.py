"""What the events of the last weeks held in the properties that are declared of them, and may be told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from prodops_metrics.definitions import Property
from prodops_metrics.reports.health.look import Look


@dataclass(frozen=True, slots=True)
class Held:
    """A property of an event in the data: of so many rows, how many hold it, and how many hold what is not of its type.

    ``example`` is one of the latter; None where the property is personal. The days are the first such local ones.
    """

    event: str
    name: str
    declared: Property
    events: int
    filled: int
    misfits: int
    example: str | None
    misfit_from: date | None
    missing_from: date | None


def held(look: Look) -> Sequence[Held]:
    """What each event that should come held in each of its properties."""
    return tuple(_held(look))


def _held(look: Look) -> Iterator[Held]:
    common = look.session.catalog.properties
    for event, name, *facts in look.observed.properties.iter_rows():
        declared = look.expected[event].properties.get(name, common.get(name)) if event in look.expected else None
        if declared is not None:
            events, filled, misfits, example, misfit_from, missing_from = facts
            shown = None if declared.personal else example
            yield Held(event, name, declared, events, filled, misfits, shown, misfit_from, missing_from)


def other_values(look: Look, one: Held) -> list[tuple[str, int, date]]:
    """The values that are not declared, with how many rows and the first day, the most frequent first."""
    declared = {_written(value) for value in one.declared.enum}
    rows = look.observed.values.filter(
        (look.observed.values["event"] == one.event) & (look.observed.values["property"] == one.name)
    )
    found = [(value, count, first) for _, _, value, count, first in rows.iter_rows() if value not in declared]
    return [("(personal)", count, first) for _, count, first in found] if one.declared.personal else found


def _written(value: object) -> str:
    """A value as the database writes it."""
    return str(value).lower() if isinstance(value, bool) else str(float(value)) if isinstance(value, float) else str(value)
