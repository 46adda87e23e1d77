"""A case as a project: its events in a CSV file, its people in another, its question as a metric in YAML."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prodops_metrics.reports.session import Session
from tests.conformance.case import Case, cell, column, condition, matchers_in, name_of, number_column, type_of
from tests.projects import opened, write_project

FAR = timedelta(days=400)
OPENING = datetime(2000, 1, 1)
NUMBERS = {"integer", "number"}
PADDING = "e_far_away"
"""An event of nobody, long before and long after, so that the data covers every range a case asks about."""


def project(case: Case, folder: Path, **metrics: Mapping[str, Any]) -> Session:
    """The case's events behind these metrics, refreshed and opened."""
    definitions: dict[str, Any] = {
        "events": {name: {"description": f"It was {name}"} for name in sorted({*_names(case), PADDING})},
        "metrics": metrics,
    }
    types = {column(name): {"type": kind} for name, kind in case.types.items()}
    types |= {number_column(name): {"type": "number"} for name in case.summed}
    if types:
        definitions["properties"] = types
    sources: dict[str, Any] = {
        "log": {
            "kind": "events",
            "files": "events.csv",
            "columns": {"event": "event", "user": "user", "time": "time", "received": "received"},
            "time": {"timezone": "UTC"},
            "duplicates": "keep",
            "complete_through": "newest_day",
        }
    }
    if case.users or case.query.get("user_where"):
        sources["people"] = _people(case, folder)
    write_project(
        folder,
        json.dumps(definitions),
        _csv(["user", "event", "time", "received", *types], _rows(case)),
        timezone=case.calendar.timezone,
        week_start=case.calendar.week_start,
        project=_exclusions(case),
        sources=json.dumps({"sources": sources}),
    )
    return opened(folder)


def _names(case: Case) -> Iterator[str]:
    yield from (name_of(event) for _, event, _, _ in case.events)
    yield from (name_of(found["event"]) for found in matchers_in(case.query) if found["event"] is not None)


def _rows(case: Case) -> Iterator[list[object]]:
    """The padding and the case's events, each received a second after the one before."""
    days = [at for _, _, at, _ in case.events] or [datetime(2024, 1, 1)]
    days += [datetime.fromisoformat(case.query[key][:10]) for key in ("date_from", "date_to") if key in case.query]
    for at in (min(days) - FAR, max(days) + FAR):
        yield ["", PADDING, at, at, *("" for _ in (*case.types, *case.summed))]
    for place, (user, name, at, more) in enumerate(case.events):
        values = (cell(more.get(one)) for one in case.types)
        numbers = (cell(more.get(one)) if type_of([more.get(one)]) in NUMBERS else "" for one in case.summed)
        yield [user, name_of(name), at.isoformat(" "), OPENING + timedelta(seconds=place), *values, *numbers]


def _csv(header: list[str], rows: Iterable[Iterable[object]]) -> str:
    lines: list[str] = []

    class Lines:
        def write(self, text: str) -> None:
            lines.append(text)

    writer = csv.writer(Lines(), lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return "".join(lines)


def _people(case: Case, folder: Path) -> dict[str, Any]:
    """Writes what is known of users; returns the source that reads it."""
    names = list(
        dict.fromkeys([*(name for user in case.users.values() for name in user), *case.query.get("user_where", {})])
    )
    everyone = dict.fromkeys([*case.users, *(user for user, *_ in case.events)])
    rows = [[user, *(cell(case.users.get(user, {}).get(name)) for name in names)] for user in everyone]
    (folder / "people.csv").write_text(_csv(["id", *(column(name) for name in names)], rows))
    types = _user_types(case, names)
    return {
        "kind": "units",
        "files": "people.csv",
        "entity": "user",
        "key": "id",
        "properties": {column(name): {"type": kind} for name, kind in types.items()},
    }


def _user_types(case: Case, names: Iterable[str]) -> dict[str, str]:
    return {name: type_of(known.get(name) for known in case.users.values()) for name in names}


def _exclusions(case: Case) -> str:
    """Those of whom the query's ``user_where`` does not hold are left out of everything."""
    tests = case.query.get("user_where") or {}
    if not tests:
        return ""
    types = _user_types(case, tests)
    kept = " AND ".join(f"({condition(name, test, types[name])})" for name, test in tests.items())
    others = {"others": {"description": "Those whom the case does not ask about", "where": f"NOT coalesce({kept}, FALSE)"}}
    return f"  exclusions: {json.dumps(others)}\n"
