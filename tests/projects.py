"""Small projects for tests: definitions and events as text, refreshed and opened as any user's would be."""

from datetime import datetime
from pathlib import Path

from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent

LOADED_AT = datetime(2030, 1, 1)

PROJECT = """\
project:
  name: Case
  timezone: {timezone}
  week_start: {week_start}
  small_sample: {small_sample}
"""
SOURCES = """\
sources:
  log:
    kind: events
    files: events.csv
    columns: {event: event, user: user, time: time}
    time: {timezone: UTC}
    duplicates: keep
    complete_through: newest_day
"""


def write_project(
    folder: Path,
    definitions: str,
    events: str,
    *,
    timezone: str = "UTC",
    week_start: str = "monday",
    small_sample: int = 1,
    project: str = "",
    sources: str = SOURCES,
) -> Path:
    """Writes a project with one event log; ``events`` are CSV lines with their header."""
    defs = folder / "metric_defs"
    defs.mkdir(parents=True, exist_ok=True)
    head = PROJECT.format(timezone=timezone, week_start=week_start, small_sample=small_sample)
    (defs / "project.yml").write_text(head + project)
    (defs / "sources.yml").write_text(sources)
    (defs / "product.yml").write_text(definitions)
    (folder / "events.csv").write_text(events)
    return folder


def opened(folder: Path) -> Session:
    """The project refreshed and opened."""
    refresh(load_catalog(folder), progress=Silent(), now=LOADED_AT)
    return open_session(folder)
