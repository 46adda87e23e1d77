"""Why two tools give two numbers: toy streams, counted live by our engine and by the documented rules of others.

A stream is a file of ``streams/``. Ours goes the way of every question, through a warehouse of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from textwrap import indent
from typing import Any

import polars as pl

from prodops_metrics.definitions import Catalog
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.errors import UnknownIdError
from prodops_metrics.metrics import Metric, load_catalog
from prodops_metrics.reports.answers import headlines
from prodops_metrics.reports.differs import streams
from prodops_metrics.reports.differs.stream import OURS, Answer, Here, Stream, Way
from prodops_metrics.reports.differs.toy import Happening, Toy, read, ties, written
from prodops_metrics.reports.query import query
from prodops_metrics.reports.rehearsal import Given, rehearsed
from prodops_metrics.reports.session import Session

__all__ = [
    "OURS",
    "Answer",
    "Counted",
    "Difference",
    "Happening",
    "Stream",
    "Way",
    "definitions_of",
    "difference",
    "stream_of",
    "streams_in_order",
]

NOWHERE = Path("toy")
EVENT = "  {name}: {{description: The event of the stream}}\n"
PROPERTIES = "properties:\n  value: {type: number, description: The number in the fourth column}\n"


@dataclass(frozen=True, slots=True)
class Counted:
    """A way and its number; ``same`` says that it is ours, ``here`` what our own definition of the same rule gives."""

    way: Way
    answer: Answer | None
    here: Answer | None
    same: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A stream counted in every way; ours stands first. ``problems`` say which events could not be loaded."""

    stream: Stream
    toy: Toy
    counted: tuple[Counted, ...]
    problems: tuple[str, ...] = ()


@cache
def streams_in_order() -> Mapping[str, Stream]:
    """Every stream by its id, in the order in which they are shown."""
    found = [_named(module.name) for module in iter_modules(streams.__path__)]
    return {stream.id: stream for stream in sorted(found, key=lambda stream: stream.order)}


def _named(name: str) -> Stream:
    stream: Stream = import_module(f"{streams.__name__}.{name}").STREAM
    return replace(stream, id=name)


def stream_of(name: str) -> Stream:
    """The stream with this id.

    Raises:
        UnknownIdError: there is none; the error names the nearest.
    """
    known = streams_in_order()
    if name not in known:
        raise UnknownIdError("stream", name, nearest(name, known))
    return known[name]


def difference(stream: Stream, events: str | None = None) -> Difference:
    """A stream, or other events in its place, counted in every way.

    Raises:
        ProdopsError: a line of ``events`` cannot be read, or the engine refuses it.
    """
    toy = read(stream.events if events is None else events, stream.timezone)
    asked = {_key(way.here): way.here for way in stream.ways if way.here}
    settings = {tuple(sorted(here.settings.items())) for here in asked.values()}
    found: dict[str, Answer | None] = {}
    for each in sorted(settings):
        wanted = [here for here in asked.values() if tuple(sorted(here.settings.items())) == each]
        answers, problems = _asked(stream, toy, dict(each), wanted)
        if problems:
            return Difference(stream, toy, (), problems)
        found |= answers
    return Difference(stream, toy, tuple(_counted(stream, toy, found)))


def _counted(stream: Stream, toy: Toy, found: Mapping[str, Answer | None]) -> list[Counted]:
    heres = [found[_key(way.here)] if way.here else None for way in stream.ways]
    answers = [way.count(toy) if way.count else here for way, here in zip(stream.ways, heres, strict=True)]
    return [
        Counted(way, answer, here, same=answer == answers[0])
        for way, answer, here in zip(stream.ways, answers, heres, strict=True)
    ]


def _key(here: Here) -> str:
    return repr(here)


def _asked(
    stream: Stream, toy: Toy, settings: Mapping[str, str], wanted: Sequence[Here]
) -> tuple[dict[str, Answer | None], tuple[str, ...]]:
    """What our engine says, in a warehouse that holds nothing but the stream."""
    with rehearsed(catalog_of(stream, settings, toy), Given(written(toy), identities=ties(toy))) as rehearsal:
        session = rehearsal.session
        if session is None:
            return {}, rehearsal.problems
        return {_key(here): _answer(session, here) for here in wanted}, ()


def definitions_of(stream: Stream) -> str:
    """The metrics of a stream as they would stand in a file."""
    return f"metrics:\n{indent(stream.definitions, '  ')}"


def catalog_of(stream: Stream, settings: Mapping[str, str], toy: Toy) -> Catalog:
    """The definitions of a stream, with the events that its own text or an edited one has."""
    names = sorted({each.event for each in (*toy.happenings, *read(stream.events, stream.timezone).happenings)})
    told = {"timezone": stream.timezone, "week_start": stream.week_start, **settings}
    project = "project:\n  name: Toy stream\n" + "".join(f"  {key}: {value}\n" for key, value in told.items())
    project += "  entities: {user: {column: user}}\n"
    events = "events:\n" + "".join(EVENT.format(name=_quoted(name)) for name in names)
    contents = {
        "metric_defs/project.yml": project.encode(),
        "metric_defs/stream.yml": f"{PROPERTIES}{events}{definitions_of(stream)}".encode(),
    }
    return load_catalog(NOWHERE, contents)


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _answer(session: Session, here: Here) -> Answer | None:
    metric = session.metric(here.metric)
    newest = session.warehouse.horizon(metric).newest_day
    if here.asked and here.asked.start and here.asked.start > newest:
        return None  # nothing has happened by then
    if here.asked is None:
        row = headlines(session, metric)[-1].now
        return _of(metric, {"numerator": row.numerator, "denominator": row.denominator, "point": row.point})
    frame = query(session, here.metric, here.asked).frame
    rows = frame.filter(*(pl.col(axis) == value for axis, value in here.at.items())).to_dicts()
    return _of(metric, rows[0]) if len(rows) == 1 else None


def _of(metric: Metric, row: Mapping[str, Any]) -> Answer | None:
    """A share as so many of so many, whether its window is over or not; anything else as the number that it is."""
    if metric.estimator == "share":
        return Answer(row["numerator"], row["denominator"]) if row["denominator"] else None
    return None if row["point"] is None else Answer(row["point"])
