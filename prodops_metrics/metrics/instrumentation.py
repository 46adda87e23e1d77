"""Whether the events of a feature can be trusted: what the checks of its instrumentation count.

Nobody is left out here: what is wrong with the events of excluded units is wrong with the events.
"""

from collections.abc import Mapping, Sequence

from prodops_metrics.calendar import Calendar, Window
from prodops_metrics.definitions import Catalog, EventMatch, EventPosition
from prodops_metrics.metrics.folds.using import UnexposedFromDays
from prodops_metrics.metrics.presence import present
from prodops_metrics.metrics.query import Asked, FromDays, People, Query, Source


def events_by_day(roles: Mapping[str, EventPosition], span: Window, catalog: Catalog, entity: str) -> Query:
    """``role, day, without_id, events``: how many events of each role a day has, and how many of them no unit."""
    sources = [Source(role, _every(position), anonymous=True) for role, position in roles.items()]
    rows = "\n  UNION ALL ".join(f"SELECT '{role}' AS role, unit, day, events FROM {role}" for role in roles)
    body = f"""\
by_role AS (
  {rows}
)
SELECT role, day, coalesce(sum(events) FILTER (WHERE unit < 0), 0)::BIGINT AS without_id, sum(events)::BIGINT AS events
FROM by_role
GROUP BY role, day
ORDER BY role, day"""
    return Query(entity, _asked((span,), catalog), tuple(sources), People(), body, ("role", "day"))


def using_units(
    used: EventPosition, exposed: EventPosition, windows: Sequence[Window], catalog: Catalog, entity: str
) -> Query:
    """``window_id, units, unexposed``: units that used it in a window, and those never shown it by the window's end."""
    asked = _asked(tuple(windows), catalog)
    body = f"""\
using_units AS (
  {present("used", asked)}
),
first_shown AS (
  SELECT unit, min(day) AS day FROM shown GROUP BY unit
)
SELECT u.window_id, count(*) AS units, count(*) FILTER (WHERE s.unit IS NULL) AS unexposed
FROM using_units AS u
JOIN windows AS w ON w.window_id = u.window_id
LEFT JOIN first_shown AS s ON s.unit = u.unit AND s.day <= w.last_day
GROUP BY u.window_id
ORDER BY u.window_id"""
    relations = (Source("used", _every(used)), Source("shown", _every(exposed), all_history=True))
    way = FromDays(None, relations, asked.blocks, UnexposedFromDays("used", "shown", asked.windows), ever=True)
    return Query(entity, asked, relations, People(), body, ("window_id",), from_days=way)


def _asked(windows: tuple[Window, ...], catalog: Catalog) -> Asked:
    return Asked(windows, Calendar(catalog.project.timezone, catalog.project.week_start))


def _every(position: EventPosition) -> EventPosition:
    """All events of a position, also where it asks for first ones only."""
    return EventPosition(tuple(EventMatch(match.event, match.condition) for match in position))
