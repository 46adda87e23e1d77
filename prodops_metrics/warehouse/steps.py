"""What a snapshot goes through between its copy and its publication: one list of steps, in one transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta

import duckdb

from prodops_metrics.definitions import Catalog
from prodops_metrics.warehouse import (
    accounting,
    arrivals,
    duplicates,
    health,
    identities,
    quarantine,
    record_events,
    rollups,
    snapshots,
    store,
    units,
)
from prodops_metrics.warehouse.attributes import rebuild_attributes
from prodops_metrics.warehouse.left_out import keep_left_out
from prodops_metrics.warehouse.parents import assign_parents
from prodops_metrics.warehouse.personal import privacy
from prodops_metrics.warehouse.planning import aliases
from prodops_metrics.warehouse.redefinition import redefine
from prodops_metrics.warehouse.refreshing import Refreshing
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.tombstones import tombstones

TOLERANCE = timedelta(hours=1)


def staging_area(catalog: Catalog, connection: duckdb.DuckDBPyConnection, moment: datetime) -> StagingArea:
    """The staging area by the definitions of now; events more than an hour after ``moment`` (naive UTC) are refused."""
    entities = catalog.project.entities
    return StagingArea(
        connection=connection,
        scratch=snapshots.scratch(catalog.root),
        latest=moment + TOLERANCE,
        timezone=catalog.project.timezone,
        entities={name: entity.column for name, entity in entities.items()},
        properties=catalog.property_types,
        aliases=aliases(catalog),
        parents={name: entity.parent for name, entity in entities.items() if entity.parent},
        privacy=privacy(catalog),
        forgotten=tombstones(catalog.root),
    )


def _open_loads(refreshing: Refreshing) -> None:
    accounting.open_loads(refreshing.connection, refreshing.reads, refreshing.moment, refreshing.number)


STEPS: tuple[Callable[[Refreshing], None], ...] = (
    _open_loads,
    redefine,
    duplicates.settle,
    record_events.enter,
    arrivals.count,
    units.store_statements,
    units.enter,
    store.append_events,
    units.set_first_seen,
    identities.enter,
    quarantine.store,
    keep_left_out,
    units.forget_unseen,
    assign_parents,
    rebuild_attributes,
    rollups.rebuild_days,
    rollups.rebuild_sources,
    health.observe,
)
"""What happens to the rows that were read; the books are closed after it."""
