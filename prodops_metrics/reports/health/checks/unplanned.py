"""An event comes that nobody declared: no metric can use it. Often it is another one under a new name."""

from itertools import chain, count

from prodops_metrics.definitions.checks.data import unplanned_event
from prodops_metrics.definitions.emitting import definition
from prodops_metrics.definitions.naming import proposed_id
from prodops_metrics.reports.health.look import Checked, Look, checked
from prodops_metrics.reports.health.model import Finding

TITLE = "Event that nobody declared"
THINGS = "names of events in the data"


def check(look: Look) -> Checked:
    """Every name of an event in the data that the taxonomy does not hold, with YAML that declares it."""
    known, silent = look.session.catalog.events, [name for name in look.expected if not look.rows.get(name)]
    strange = [name for name in look.rows if name not in known]
    return checked(look.rows, (_finding(look, name, silent) for name in strange))


def _finding(look: Look, name: str, silent: list[str]) -> Finding:
    rows = look.rows[name]
    return Finding(
        kind="unplanned",
        subject=name,
        title=TITLE,
        severity="warning",
        what=f"`{name}` comes with {rows:,} rows and is not declared, so no metric can count it.",
        figure=f"{rows:,} rows",
        hint=unplanned_event(name, rows, silent).cure or "",
        stub=stub(look, name),
    )


def stub(look: Look, name: str) -> str:
    """YAML that declares an event of the data, with the properties that its rows carry; under an id that is free."""
    catalog = look.session.catalog
    roles = {str(column) for source in catalog.sources.values() for column in source.columns.values()}
    proposed = proposed_id(name) or "event"
    free = next(id_ for id_ in chain((proposed,), (f"{proposed}_{at}" for at in count(2))) if id_ not in catalog.events)
    known = roles | set(catalog.properties)
    properties = {each: kind for each, kind in look.observed.undeclared(name).items() if each not in known}
    values: dict[str, object] = {"description": "Say in one sentence what the unit did"}
    values |= {"aliases": [name]} if free != name else {}
    values |= {"properties": properties} if properties else {}
    return "\n".join(["events:", *definition(free, values, indent=2)]) + "\n"
