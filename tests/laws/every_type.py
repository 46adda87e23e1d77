"""Metrics of every type over random events, defined as the hand-counted cases define them: a new type is in by itself."""

import csv
import io
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from prodops_metrics.errors import ProdopsError
from prodops_metrics.metrics import METRIC_TYPES, load_catalog
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent
from tests.projects import LOADED_AT, opened, write_project

CASES = Path(__file__).parents[1] / "cases"
FIRST, DAYS = datetime(2024, 1, 1), 70
RANGE = (date(2024, 1, 15), date(2024, 2, 25))
USERS, EVENTS = 12, 260
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu")
TIERS = ("free", "team", "")
VALUES: Mapping[str, Callable[[random.Random], object]] = {
    "string": lambda draw: draw.choice(["x", "y", "z", ""]),
    "integer": lambda draw: draw.randrange(4),
    "number": lambda draw: draw.choice([0, 1, 2.5, 40, -3]),
    "boolean": lambda draw: draw.choice(["true", "false"]),
}
SOURCES: Mapping[str, Any] = {
    "log": {
        "kind": "events",
        "files": "events*.csv",
        "time": {"timezone": "UTC"},
        "columns": {"user": "user", "id": "id"},
        "complete_through": "newest_day",
    },
    "people": {
        "kind": "units",
        "files": "people.csv",
        "entity": "user",
        "key": "id",
        "properties": {"tier": {"type": "string"}},
    },
}

Row = Mapping[str, object]
Answer = pl.DataFrame | str
"""What a question gives: a frame, or why it is refused."""


@dataclass(frozen=True)
class Definitions:
    """The metrics of all cases that stand in one project, by type; the events and properties that they ask about."""

    metrics: Mapping[str, Mapping[str, Any]]
    by_type: Mapping[str, Sequence[str]]
    events: Sequence[str]
    properties: Mapping[str, Mapping[str, str]]


@cache
def definitions() -> Definitions:
    """Of every type those that need nothing but events."""
    metrics: dict[str, Mapping[str, Any]] = {}
    by_type: dict[str, list[str]] = {name: [] for name in METRIC_TYPES}
    events, properties = set[str](), dict[str, Mapping[str, str]]()
    for kind in METRIC_TYPES:
        for number, case in enumerate(yaml.safe_load((CASES / f"{kind}.yaml").read_text()).values()):
            fits = all(properties.get(name, found) == found for name, found in case.get("properties", {}).items())
            names = {line.split(",")[1] for line in case["events"].strip().splitlines()}
            if "definitions" in case or not fits or names & case.get("metrics", {}).keys():
                continue
            own, inner = f"{kind}_{number}", {name: f"{kind}_{number}_{name}" for name in case.get("metrics", {})}
            metrics[own] = {"type": kind, "description": "Of a case", **renamed(case["metric"], inner)}
            metrics |= {inner[name]: renamed(one, inner) for name, one in case.get("metrics", {}).items()}
            by_type[kind].append(own)
            properties |= case.get("properties", {})
            events |= names
    return Definitions(metrics, by_type, sorted(events), properties)


def renamed(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401
    """A definition with its references to other metrics renamed."""
    if isinstance(value, dict):
        return {key: renamed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def stream(seed: int) -> list[Row]:
    """Events of a dozen users and of nobody, every third on the hour, so that times are equal now and then."""
    draw, found = random.Random(seed), definitions()
    ends = (FIRST, FIRST + timedelta(days=DAYS - 1, hours=12))
    moments = [*ends, *(_moment(draw) for _ in range(EVENTS))]
    return [
        {
            "id": f"e{place}",
            "user": "" if place < len(ends) or draw.random() < 0.05 else f"u{draw.randrange(USERS)}",
            "event": draw.choice(found.events),
            "time": moment,
            **{name: VALUES[kind["type"]](draw) for name, kind in found.properties.items()},
        }
        for place, moment in enumerate(moments)
    ]


def _moment(draw: random.Random) -> datetime:
    at = FIRST + timedelta(days=draw.randrange(DAYS - 1), seconds=draw.randrange(86400))
    return at.replace(minute=0, second=0) if draw.random() < 0.3 else at


def text(rows: Iterable[Row]) -> str:
    """Events as a CSV file."""
    names = ["id", "user", "event", "time", *definitions().properties]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def project(folder: Path, rows: Sequence[Row], seed: int) -> Session:
    """The events behind every definition, refreshed and opened; the seed tells the zone."""
    found = definitions()
    described = {name: {"description": f"It was {name}"} for name in found.events}
    whole = {
        "properties": dict(found.properties),
        "events": {**described, "noise": {"description": "Of no interest", "activity": False}},
        "metrics": dict(found.metrics),
        "segments": {"teams": {"description": "Those in teams", "entity": "user", "where": "tier = 'team'"}},
    }
    people = "".join(f"u{number},{TIERS[number % len(TIERS)]}\n" for number in range(USERS))
    folder.mkdir(exist_ok=True)
    (folder / "people.csv").write_text(f"id,tier\n{people}")
    definition = yaml.safe_dump(whole, sort_keys=False)
    sources = yaml.safe_dump({"sources": dict(SOURCES)})
    return opened(write_project(folder, definition, text(rows), timezone=ZONES[seed % len(ZONES)], sources=sources))


def in_parts(folder: Path, parts: Sequence[Sequence[Row]], seed: int) -> Session:
    """The same, loaded from one file after another, with a refresh after each."""
    project(folder, parts[0], seed)
    for place, part in enumerate(parts[1:]):
        (folder / f"events{place}.csv").write_text(text(part))
        refresh(load_catalog(folder), progress=Silent(), now=LOADED_AT)
    return open_session(folder)


def drawn(seed: int) -> Iterator[tuple[str, str]]:
    """One definition of every type, as ``type, id``."""
    draw = random.Random(seed)
    yield from ((kind, draw.choice(names)) for kind, names in definitions().by_type.items() if names)


def answers(session: Session, name: str) -> dict[str, Answer]:
    """A metric and its readings: by default, and over a range by attribute."""
    shapes = {"": Asked(), "whole": Asked(*RANGE, Shape(by="tier", whole=True))}
    names = [name, *(f"{name}:{reading}" for reading in session.metric(name).readings)]
    return {f"{one} {what}": answer(session, one, asked) for one in names for what, asked in shapes.items()}


def answer(session: Session, name: str, asked: Asked) -> Answer:
    """The frame that answers, or why there is none."""
    try:
        return query(session, name, asked).frame
    except ProdopsError as refused:
        return str(refused)
