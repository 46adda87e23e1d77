"""A few rows of events in a warehouse of their own, so that any question can be asked of them as of real data.

They go the way of every export, and the warehouse is gone afterwards.
"""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from prodops_metrics.definitions import Catalog, Records, Source
from prodops_metrics.definitions.tables import NEEDED, ROLES
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.connection import open_current
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import REASONS, RefreshReport, Silent

GIVEN, ANONYMOUS, TIES = "given", "anonymous", "ties"
LATE = datetime(9998, 12, 31)  # noqa: DTZ001  rows may be about any day, so nothing given is in the future


@dataclass(frozen=True, slots=True)
class Given:
    """Rows as CSV with a header: events, units by entity, and which ``anonymous`` id is whose.

    Times without a zone are local to the project. ``at`` is the last complete day; the newest one if not given.
    """

    events: str
    units: Mapping[str, str] = field(default_factory=dict)
    at: date | None = None
    identities: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was loaded, to be asked through ``session``; None where a row was not, and ``problems`` say which and why."""

    session: Session | None
    problems: tuple[str, ...] = ()


@contextmanager
def rehearsed(catalog: Catalog, given: Given) -> Iterator[Rehearsal]:
    """The definitions of a project over a few rows, while the context lasts. No sample is too small.

    Raises:
        ProdopsError: the definitions or the rows cannot be read at all.
    """
    with TemporaryDirectory(prefix="prodops-rehearsal-") as folder:
        own = _over(catalog, given, Path(folder))
        problems = tuple(_not_loaded(refresh(own, progress=Silent(), now=LATE)))
        if problems:
            yield Rehearsal(None, problems)
            return
        warehouse = open_current(own)
        try:
            yield Rehearsal(Session(own, warehouse))
        finally:
            warehouse.close()


def _not_loaded(loaded: RefreshReport) -> Iterator[str]:
    if not any(file.loaded for file in loaded.files if file.source == GIVEN):
        yield "No event of `given` could be loaded."
    for reason in loaded.reasons:
        yield f"{reason.example} could not be loaded: {REASONS.get(reason.reason, reason.reason)}."


def _over(catalog: Catalog, given: Given, root: Path) -> Catalog:
    """The same definitions over what is given, written into a folder."""
    lines = _written(root / f"{GIVEN}.csv", given.events)
    roles = {name: name for name in lines if name in {*ROLES, ANONYMOUS, *catalog.project.entities}}
    events = {
        "id": GIVEN,
        "kind": "events",
        "files": [f"{GIVEN}.csv"],
        "columns": roles,
        "time": {"timezone": catalog.project.timezone},
        "duplicates": "id" if "id" in roles else "keep",
        "complete_through": given.at or "newest_day",
    }
    sources = {GIVEN: Source.model_validate(events)}
    for entity in catalog.project.entities:
        sources[entity] = _units(catalog, entity, given.units.get(entity, entity), root)
    records = {TIES: _ties(catalog, given.identities, root)} if given.identities else {}
    project = catalog.project.model_copy(update={"small_sample": 1})
    return replace(catalog, root=root, project=project, sources=sources, records=records)


def _units(catalog: Catalog, entity: str, text: str, root: Path) -> Source:
    """The units of an entity as they are given, with the attributes that the project's sources declare."""
    header = _written(root / f"units_{entity}.csv", text)
    own = [source for source in catalog.sources.values() if source.kind == "units" and source.entity == entity]
    declared = {name: each for source in reversed(own) for name, each in source.properties.items()}
    roles = {name: name for name in header if name in {"since", *catalog.project.entities} - {entity}}
    units = {"id": entity, "kind": "units", "entity": entity, "key": entity, "files": [f"units_{entity}.csv"]}
    return Source.model_validate({**units, "columns": roles, "properties": declared})


def _ties(catalog: Catalog, text: str, root: Path) -> Records:
    """Which anonymous id is whose: ``anonymous, user, time``."""
    _written(root / f"{TIES}.csv", text)
    user = next(iter(catalog.project.entities))
    columns = {"anonymous": ANONYMOUS, "known": user, "time": "time"}
    ties = {"id": TIES, "kind": "identities", "files": [f"{TIES}.csv"], "columns": columns}
    return Records.model_validate({**ties, "time": {"timezone": catalog.project.timezone}})


def _written(path: Path, text: str) -> list[str]:
    """Writes a table as a file, without the blanks between its cells; says what its columns are."""
    lines = [line for line in text.splitlines() if line.strip()]
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, skipinitialspace=True)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return rows[0] if rows else list(NEEDED)
