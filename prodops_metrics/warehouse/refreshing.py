"""What the steps of a refresh work on, and what they have found out so far."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from prodops_metrics.definitions import Catalog
from prodops_metrics.warehouse.accounting import ReadFile
from prodops_metrics.warehouse.merges import Moved
from prodops_metrics.warehouse.pending import Pending
from prodops_metrics.warehouse.planning import Plan
from prodops_metrics.warehouse.report import Progress
from prodops_metrics.warehouse.staging.area import StagingArea


@dataclass(slots=True)
class Changes:
    """What came of the steps so far.

    ``stated``: what units files say changed. ``replaced``: stored rows that gave way to new ones.
    ``moved``: which units merges moved. ``days``: local days whose events changed, with how many rows came (less those
    that went).
    """

    stated: bool = False
    replaced: int = 0
    moved: Moved = field(default_factory=Moved)
    days: dict[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refreshing:
    """One refresh under way. A step is a function of this; ``changes`` is where it says what others need.

    ``moment`` is naive UTC; ``number`` is that of the snapshot that is being made.
    """

    catalog: Catalog
    plan: Plan
    progress: Progress
    moment: datetime
    number: int
    area: StagingArea
    pending: Pending
    reads: tuple[ReadFile, ...]
    changes: Changes = field(default_factory=Changes)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection that writes the snapshot, within one transaction."""
        return self.area.connection

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.catalog.root

    @property
    def gone(self) -> list[int]:
        """Loads that give way to newer content that could indeed be read."""
        places = {(read.file.source.id, read.file.path) for read in self.reads if read.file.state == "replaced"}
        return [load.load_id for load in self.plan.stored.loads if (load.source, load.path) in places]

    @property
    def everything(self) -> bool:
        """Whether what is derived from events has to be made anew, for all days and units."""
        return self.plan.fresh or bool(self.plan.redone)
