"""Small projects for tests of the warehouse: definitions and exports in a folder of their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb

from prodops_metrics.metrics import load_catalog
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import RefreshReport, Silent

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PROJECT = "project: {name: Test, timezone: UTC}"
SOURCE = """
sources:
  app:
    kind: events
    files: exports
    columns: {event: action, user: uid, time: at, id: id}
    time: {timezone: UTC}
"""
EVENTS = """
events:
  opened: {description: Opened., properties: {plan: {type: string}, size: {type: integer}}}
"""


@dataclass(frozen=True)
class TestProject:
    """A project folder; every refresh reads the definitions anew."""

    __test__ = False

    root: Path

    def define(self, name: str, text: str) -> None:
        folder = self.root / "metric_defs"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yml").write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def export(self, name: str, content: str | bytes) -> Path:
        path = self.root / "exports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def refresh(self, **options: Any) -> RefreshReport:  # noqa: ANN401 - whatever refresh takes
        given: dict[str, Any] = {"progress": Silent(), "now": NOW} | options
        return refresh(load_catalog(self.root), **given)

    @property
    def snapshot(self) -> Path:
        pointer = json.loads((self.root / "warehouse" / "current.json").read_text())
        return self.root / "warehouse" / f"{pointer['snapshot']}.duckdb"

    def query(self, sql: str) -> list[Any]:
        with duckdb.connect(str(self.snapshot), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def column(self, sql: str) -> list[Any]:
        return [row[0] for row in self.query(sql)]


def active_days(entity: str) -> str:
    """SQL of ``key, day`` from the bits, spelt out here for itself: the days of a block from Monday, 1 January of year 1."""
    return (
        f"(SELECT key, DATE '0001-01-01' + (56 * block + bit)::INTEGER AS day FROM {entity}_day_masks, range(56) AS b(bit) "
        "WHERE days // (2::BIGINT ** bit)::BIGINT % 2 = 1)"
    )


def make_project(root: Path, **definitions: str) -> TestProject:
    """A project of one events source; keyword arguments replace or add definition files."""
    project = TestProject(root)
    for name, text in ({"project": PROJECT, "sources": SOURCE, "events": EVENTS} | definitions).items():
        project.define(name, text)
    return project


def contents(project: TestProject) -> Mapping[str, list[Any]]:
    """Everything that is stored, keys replaced by export ids and load ids left out."""
    return {name: sorted(project.query(sql), key=repr) for name, sql in _tables(project).items()}


def digests(project: TestProject) -> Mapping[str, list[Any]]:
    """As ``contents``, each table as its number of rows and a hash of them that knows no order."""
    digest = "SELECT count(*), bit_xor(hash(t)), sum(hash(t)::HUGEINT) FROM ({}) AS t"
    return {name: project.query(digest.format(sql)) for name, sql in _tables(project).items()}


def _tables(project: TestProject) -> dict[str, str]:
    entities = [row[0] for row in project.query("SELECT unnest(json_keys(value)) FROM meta WHERE key = 'entities'")]
    tables = {
        "events": _events(project, entities),
        "event_sources": "SELECT * REPLACE (event::VARCHAR AS event) FROM event_sources",
        "sources": "SELECT * FROM sources",
        "stated": "SELECT source, entity, id, since, parent_id, attributes FROM stated",
        "releases": "SELECT source, id, ts, rolled_back_at, attributes, in_force FROM releases",
        "feedback": "SELECT * EXCLUDE (load_id, ordinal) FROM feedback",
        "merges": "SELECT * FROM merges",
        "refused_ids": "SELECT * FROM refused_ids",
    }
    return tables | {name: sql for entity in entities for name, sql in _units(entity).items()}


def _events(project: TestProject, entities: list[str]) -> str:
    """Events with the ids of the units that they count for and with their own ids, where these differ."""
    ids = ", ".join(f'"u_{entity}".id, "o_{entity}".id' for entity in entities)
    joins = " ".join(
        f'LEFT JOIN "{e}_units" AS "u_{e}" ON "u_{e}".key = e."{e}_key" '
        f'LEFT JOIN "{e}_units" AS "o_{e}" ON "o_{e}".key = e."{e}_own"'
        for e in entities
    )
    columns = project.column("SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'")
    keys = (f"{entity}_{column}" for entity in entities for column in ("key", "own"))
    kept = ", ".join(f'e."{name}"' for name in sorted(set(columns) - {"event", "load_id", *keys}))
    return f"SELECT {ids}, e.event::VARCHAR, {kept} FROM events AS e {joins}"


def _units(entity: str) -> dict[str, str]:
    join = f'LEFT JOIN "{entity}_units" AS u ON u.key = t.key'
    whole = f'LEFT JOIN "{entity}_units" AS w ON w.key = t.merged_into'
    return {
        f"{entity}_units": f'SELECT t.id, t.first_seen, t.parent_key IS NULL, w.id FROM "{entity}_units" AS t {whole}',
        f"{entity}_attributes": f'SELECT u.id, t.* EXCLUDE (key) FROM "{entity}_attributes" AS t {join}',
        f"{entity}_event_days": f'SELECT u.id, event::VARCHAR, day, events FROM "{entity}_event_days" AS t {join}',
        f"{entity}_day_masks": f'SELECT u.id, block, days FROM "{entity}_day_masks" AS t {join}',
    }
