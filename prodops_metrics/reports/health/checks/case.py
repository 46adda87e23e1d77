"""Two names of events differ only in case or in the signs between words: likely one event, counted as two."""

from collections import defaultdict

from prodops_metrics.reports.health.look import Checked, Look, checked
from prodops_metrics.reports.health.model import Finding

TITLE = "Names of events that differ only in case"
THINGS = "names of events in the data"


def check(look: Look) -> Checked:
    """Names in the data that are one when case, spaces, dots, dashes and underscores do not count."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in look.rows:
        alike["".join(sign for sign in name.casefold() if sign.isalnum()) or name].append(name)
    return checked(look.rows, (_finding(look, names) for names in alike.values() if len(names) > 1))


def _finding(look: Look, names: list[str]) -> Finding:
    known = look.session.catalog.events
    main, *others = sorted(names, key=lambda name: (name not in known, -look.rows[name], name))
    listed = ", ".join(f"`{name}` ({look.rows[name]:,} rows)" for name in others)
    return Finding(
        kind="case",
        subject=main,
        title=TITLE,
        severity="warning",
        what=f"{listed} looks like `{main}` ({look.rows[main]:,} rows) and is counted apart from it.",
        figure=f"{len(names)} spellings",
        hint=f"If they are one event, declare `{main}` with the others as its `aliases`.",
        touched=look.touching.event(main),
    )
