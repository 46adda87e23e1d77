"""Export formats, one module each, found by listing this folder; the word in ``format:`` is the module's name.

A module holds a ``LAYOUT``: what the rows of the format mean. Its docstring is its documentation.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from prodops_metrics.definitions import Source
from prodops_metrics.warehouse.containers import Body, bodies
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.staging import events, feedback, identities, releases, units
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.staging.forgotten import set_forgotten_apart
from prodops_metrics.warehouse.staging.guarded import guarded
from prodops_metrics.warehouse.staging.landing import landed
from prodops_metrics.warehouse.staging.layout import PLAIN, Layout
from prodops_metrics.warehouse.staging.redacted import redact
from prodops_metrics.warehouse.staging.refused import set_refused_aside
from prodops_metrics.warehouse.staging.rows import Rows

Stage = Callable[[StagingArea, Rows, int], None]

LAYOUTS: Mapping[str, Layout] = {m.name: import_module(f"{__name__}.{m.name}").LAYOUT for m in iter_modules(__path__)}
STAGES: Mapping[str, Stage] = {
    "events": events.stage,
    "units": units.stage,
    "releases": releases.stage,
    "feedback": feedback.stage,
    "identities": identities.stage,
}
"""What stages the rows of each kind of source whose columns the source itself maps."""


def read_export(area: StagingArea, file: ExportFile, load_id: int) -> None:
    """Reads a file into the staging tables, its bodies one after the other; refused rows stand with the broken ones.

    Raises:
        ExportError: it cannot be read as a whole, or lacks a column; what it brought until then is still staged.
    """
    layout = layout_of(file.source)
    with file.fetched(area.scratch) as place:
        for body in bodies(place, file.path, area.scratch, layout.kind):
            _read(area, file, body, load_id, layout)
            set_forgotten_apart(area)
            set_refused_aside(area, file, body, load_id, layout)
            redact(area, file, body, load_id, layout)


def layout_of(source: Source) -> Layout:
    """What the rows of a source mean; of kinds other than events, what the source says."""
    return LAYOUTS[getattr(source, "format", "generic")]


def _read(area: StagingArea, file: ExportFile, body: Body, load_id: int, layout: Layout) -> None:
    with landed(area, file, body, load_id, layout) as found:
        if not found.columns:
            return
        rows = guarded(area, found, load_id)
        if layout is PLAIN:
            STAGES[file.source.kind](area, rows, load_id)
        else:
            events.stage_laid_out(area, rows, load_id, layout)
