"""What the readers of formats stage besides events."""

from datetime import datetime
from pathlib import Path

import duckdb

from prodops_metrics.definitions import load
from prodops_metrics.warehouse.files import discover, examine
from prodops_metrics.warehouse.formats import read_export
from prodops_metrics.warehouse.staging.area import StagingArea
from tests.warehouse.projects import TestProject


def identities(scratch: Path, project: TestProject) -> list[tuple[str, str]]:
    """Which id is whose, as the exports of a project tell."""
    catalog = load(project.root, {})
    with duckdb.connect() as connection:
        area = StagingArea(
            connection=connection,
            scratch=scratch,
            latest=datetime(2026, 6, 1),
            timezone="UTC",
            entities={name: entity.column for name, entity in catalog.project.entities.items()},
            properties={},
            aliases={},
            parents={},
        )
        area.create()
        for load_id, source in enumerate(catalog.sources.values()):
            for address in discover(project.root, source):
                read_export(area, examine(project.root, source, address, ()), load_id)
        return connection.execute("SELECT DISTINCT id, canonical FROM temp.arrived_identities ORDER BY 1, 2").fetchall()
