"""Small projects for tests of the warehouse: definitions and exports in a folder of their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb

from prodops_metrics.definitions import load
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
        return refresh(load(self.root, {}), **given)

    @property
    def snapshot(self) -> Path:
        pointer = json.loads((self.root / "warehouse" / "current.json").read_text())
        return self.root / "warehouse" / f"{pointer['snapshot']}.duckdb"

    def query(self, sql: str) -> list[Any]:
        with duckdb.connect(str(self.snapshot), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def column(self, sql: str) -> list[Any]:
        return [row[0] for row in self.query(sql)]


def make_project(root: Path, **definitions: str) -> TestProject:
    """A project of one events source; keyword arguments replace or add definition files."""
    project = TestProject(root)
    for name, text in ({"project": PROJECT, "sources": SOURCE, "events": EVENTS} | definitions).items():
        project.define(name, text)
    return project


def contents(project: TestProject) -> Mapping[str, list[Any]]:
    """Everything that is stored, keys replaced by export ids and load ids left out."""
    entities = [row[0] for row in project.query("SELECT unnest(json_keys(value)) FROM meta WHERE key = 'entities'")]
    return {
        "events": sorted(project.query(_events(project, entities)), key=repr),
        "event_sources": sorted(project.query("SELECT * FROM event_sources"), key=repr),
        "sources": sorted(project.query("SELECT * FROM sources"), key=repr),
        "stated": sorted(project.query("SELECT source, entity, id, since, parent_id, attributes FROM stated"), key=repr),
    } | {name: rows for entity in entities for name, rows in _units(project, entity).items()}


def _events(project: TestProject, entities: list[str]) -> str:
    keys = ", ".join(f'"{entity}_key"' for entity in entities)
    ids = ", ".join(f'(SELECT id FROM "{e}_units" AS u WHERE u.key = e."{e}_key")' for e in entities)
    columns = [row[0] for row in project.query("SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'")]
    kept = ", ".join(f'"{name}"' for name in sorted(set(columns) - {"load_id", *(f"{e}_key" for e in entities)}))
    assert keys
    return f"SELECT {ids}, {kept} FROM events AS e"


def _units(project: TestProject, entity: str) -> dict[str, list[Any]]:
    name = f'(SELECT id FROM "{entity}_units" AS u WHERE u.key = t.key)'
    tables = {
        f"{entity}_units": f'SELECT id, first_seen, parent_key IS NULL FROM "{entity}_units"',
        f"{entity}_attributes": f'SELECT {name}, * EXCLUDE (key) FROM "{entity}_attributes" AS t',
        f"{entity}_event_days": f'SELECT {name}, event, day, events FROM "{entity}_event_days" AS t',
        f"{entity}_days": f'SELECT {name}, day FROM "{entity}_days" AS t',
    }
    return {table: sorted(project.query(sql), key=repr) for table, sql in tables.items()}
