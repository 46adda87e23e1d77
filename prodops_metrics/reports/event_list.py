"""The events of a project: what is declared, what comes, whose it is, and what rests on it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from prodops_metrics.calendar import DAY
from prodops_metrics.definitions import Catalog, Event, Property
from prodops_metrics.definitions.features import ROLES
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.errors import ProdopsError, UnknownIdError
from prodops_metrics.reports.changes import events_of
from prodops_metrics.reports.excerpts import Excerpt, contents_behind, excerpt
from prodops_metrics.reports.health import Finding, HealthReport
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.held import Held, held
from prodops_metrics.warehouse.observed import Observed, volumes

WEEKS = 12
RECENT = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event on the list: declared or not, how often it came in each of the last complete weeks, and when last.

    ``last_seen`` is naive local time, None where it never came. ``features`` are the ids of those that declare it in a
    role; ``owners`` the names of their teams.
    """

    id: str
    description: str
    status: str
    declared: bool
    features: tuple[str, ...]
    owners: tuple[str, ...]
    rows: int
    last_seen: datetime | None
    weeks: tuple[int, ...]
    searched: str


@dataclass(frozen=True, slots=True)
class PropertyLine:
    """A property of an event: as declared, and what it held lately; ``problem`` says why that cannot be told."""

    name: str
    declared: Property
    common: bool
    held: Held | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class EventSheet:
    """All that is known of one event. ``days`` is ``day, events``; ``stub`` declares it where nobody did."""

    line: EventLine
    event: Event | None
    roles: tuple[tuple[str, str], ...]
    metrics: tuple[str, ...]
    sources: tuple[tuple[str, int], ...]
    days: pl.DataFrame
    properties: tuple[PropertyLine, ...]
    written: Excerpt | None
    stub: str
    since: date


def event_lines(session: Session) -> tuple[EventLine, ...]:
    """Every event that is declared or came: the undeclared ones first, then in the order of the files.

    Raises:
        WarehouseError: the snapshot was made before volumes were written down.
    """
    catalog, observed = session.catalog, Observed(session.warehouse)
    weeks, seen = _weeks(session, observed), _seen(observed)
    names = [*(name for name in seen if name not in catalog.events), *catalog.events]
    return tuple(_line(session, name, weeks.get(name, ()), seen.get(name)) for name in names)


def event_sheet(session: Session, name: str, report: HealthReport | None = None) -> EventSheet:
    """The sheet of an event, by its id or an alias.

    Args:
        session: The definitions and the snapshot.
        name: The event.
        report: The health of the data, which knows how to declare what nobody declared.

    Raises:
        UnknownIdError: nothing of this name is declared or came; the error names the nearest.
    """
    catalog, lines = session.catalog, {line.id: line for line in event_lines(session)}
    known = _called(catalog, name)
    if known not in lines:
        raise UnknownIdError("event", name, nearest(name, lines))
    event, since = catalog.events.get(known), session.warehouse.horizon().through + DAY - RECENT
    return EventSheet(
        line=lines[known],
        event=event,
        roles=tuple(_roles(catalog, known)),
        metrics=tuple(one.id for one in catalog.metrics.values() if known in events_of(one)),
        sources=_sources(session, known),
        days=volumes(session.warehouse, known),
        properties=tuple(_properties(session, known, event, since)),
        written=excerpt(event.place, contents_behind(catalog)) if event else None,
        stub=_stub(report.findings if report else (), known),
        since=since,
    )


def found_events(lines: Sequence[EventLine], words: str) -> tuple[EventLine, ...]:
    """The lines that have all words in them."""
    wanted = words.lower().split()
    return tuple(line for line in lines if all(word in line.searched for word in wanted))


def _called(catalog: Catalog, name: str) -> str:
    """The id of the event that has this name, as its id or in some export."""
    return next((event.id for event in catalog.events.values() if name in event.aliases), name)


def _line(session: Session, name: str, weeks: Sequence[int], seen: tuple[int, datetime] | None) -> EventLine:
    catalog = session.catalog
    event, features = catalog.events.get(name), tuple(dict.fromkeys(feature for feature, _ in _roles(catalog, name)))
    teams = dict.fromkeys(catalog.features[feature].owner for feature in features)
    owners = tuple(catalog.project.teams[team].name if team in catalog.project.teams else team for team in teams if team)
    words = (name, event.description, *event.aliases, *event.properties) if event else (name,)
    return EventLine(
        id=name,
        description=event.description if event else "",
        status=event.status if event else "undeclared",
        declared=event is not None,
        features=features,
        owners=owners,
        rows=seen[0] if seen else 0,
        last_seen=_local(session, seen[1]) if seen else None,
        weeks=tuple(weeks) or (0,) * WEEKS,
        searched=" ".join((*words, *features, *owners)).lower(),
    )


def _local(session: Session, moment: datetime) -> datetime:
    zone = session.catalog.project.timezone
    return pl.Series([moment]).dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)[0]  # type: ignore[no-any-return]


def _weeks(session: Session, observed: Observed) -> Mapping[str, Sequence[int]]:
    """Of each event how many came in each of the last weeks that end with the last complete day, the oldest first."""
    through = session.warehouse.horizon().through
    entity = next(iter(session.catalog.project.entities))
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * WEEKS)
    for event, day, events in observed.days(entity).select("event", "day", "events").iter_rows():
        back = (through - day).days // 7
        if 0 <= back < WEEKS and day <= through:
            counts[event][WEEKS - 1 - back] += events
    return counts


def _seen(observed: Observed) -> Mapping[str, tuple[int, datetime]]:
    found = observed.events.group_by("event", maintain_order=True).agg(pl.col("events").sum(), pl.col("last_ts").max())
    return {event: (int(events), last) for event, events, last in found.iter_rows()}


def _roles(catalog: Catalog, event: str) -> Iterator[tuple[str, str]]:
    """The features that declare an event, each with the role that it plays there."""
    for feature in catalog.features.values():
        for role in ROLES:
            position = getattr(feature, role)
            if position is not None and event in (position.events or ()):
                yield feature.id, role
        for carries, measured in (("rated", feature.rated), ("duration", feature.duration)):
            if measured is not None and event in (measured.event.events or ()):
                yield feature.id, carries


def _sources(session: Session, event: str) -> tuple[tuple[str, int], ...]:
    rows = Observed(session.warehouse).events.filter(pl.col("event") == event)
    return tuple((source, int(events)) for source, events in rows.select("source", "events").iter_rows())


def _properties(session: Session, name: str, event: Event | None, since: date) -> Iterator[PropertyLine]:
    if event is None:
        return
    own, common = event.properties, session.catalog.properties
    for each, declared in {**common, **own}.items():
        try:
            found, problem = held(session.warehouse, name, each, declared, since), ""
        except ProdopsError as error:
            found, problem = None, str(error)
        yield PropertyLine(each, declared, each not in own, found, problem)


def _stub(findings: Sequence[Finding], event: str) -> str:
    return next((one.stub for one in findings if one.subject == event and one.stub), "")
