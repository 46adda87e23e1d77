"""What one command or page run works on: one snapshot and one state of the definitions, from start to end."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from prodops_metrics.definitions import Catalog
from prodops_metrics.metrics import Metric, load_catalog
from prodops_metrics.warehouse.connection import Warehouse, open_current


@dataclass(frozen=True, slots=True)
class Session:
    """A pinned pair of definitions and snapshot (rulings 5)."""

    catalog: Catalog
    warehouse: Warehouse

    def metric(self, name: str) -> Metric:
        """The metric with this id.

        Raises:
            UnknownIdError: there is none; the error names the nearest.
        """
        return cast("Metric", self.catalog.metric(name))

    @property
    def version(self) -> tuple[int, str]:
        """Snapshot number and definitions hash: what every cached answer is keyed by."""
        return self.warehouse.snapshot, self.catalog.hash


def open_session(project: Path) -> Session:
    """Reads the definitions of a project and opens the snapshot in force.

    Raises:
        DefinitionError: the definitions have faults.
        WarehouseError: there is no snapshot, or it cannot be opened.
    """
    catalog = load_catalog(project)
    return Session(catalog, open_current(catalog))
