"""An event was declared and never came, or has not come for four weeks: what rests on it looks like disuse."""

from collections.abc import Iterator

from prodops_metrics.definitions.checks.data import event_without_rows
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.health.look import Checked, Look, checked
from prodops_metrics.reports.health.model import Finding
from prodops_metrics.warehouse.health import RECENT

TITLE = "Declared event that does not come"
THINGS = "declared events"


def check(look: Look) -> Checked:
    """Declared events without rows, ever or lately; failing where a feature rests on them."""
    return checked(look.expected, _findings(look) if look.rows else ())


def _findings(look: Look) -> Iterator[Finding]:
    strange = [name for name in look.rows if name not in look.session.catalog.events]
    for name in look.expected:
        last = look.last_seen.get(name)
        if last is None:
            yield _finding(look, name, f"No row is a `{name}`.", event_without_rows(name, strange).cure or "")
        elif look.horizon and last <= look.horizon.through - RECENT:
            what = f"`{name}` came {_times(look.rows[name])} and has not come since {day(last)}."
            hint = "Ask whether it was renamed, or is no longer sent; then write `status: deprecated`."
            yield _finding(look, name, what, hint)


def _finding(look: Look, name: str, what: str, hint: str) -> Finding:
    touched = look.touching.event(name)
    return Finding(
        kind="unseen",
        subject=name,
        title=TITLE,
        severity="failing" if touched.features else "warning",
        what=what,
        figure=f"{look.rows.get(name, 0):,} rows",
        hint=hint,
        touched=touched,
        since=look.last_seen.get(name),
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
