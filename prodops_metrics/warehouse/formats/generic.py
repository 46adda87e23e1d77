"""The generic format: one row per event or unit, in CSV, TSV or Parquet, with columns as the source maps them."""

from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.staging import events, units
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.staging.landing import landed


def read(area: StagingArea, file: ExportFile, load_id: int) -> None:
    """Reads a file of a source into the staging tables, row for row, good or not.

    Raises:
        ExportError: the file cannot be read as a whole, or lacks a column that the source maps.
    """
    stage = events.stage if file.source.kind == "events" else units.stage
    with landed(area, file, load_id) as rows:
        if rows.columns:
            stage(area, rows, load_id)
