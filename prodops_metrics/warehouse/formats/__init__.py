"""Export formats, one module each, found by listing this folder; the word in ``format:`` is the module's name.

A module holds a ``LAYOUT``: what the rows of the format mean. Its docstring is its documentation.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pkgutil import iter_modules

from prodops_metrics.definitions import Source
from prodops_metrics.warehouse.containers import bodies
from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.staging import events, feedback, identities, releases, units
from prodops_metrics.warehouse.staging.area import StagingArea
from prodops_metrics.warehouse.staging.forgotten import set_forgotten_apart
from prodops_metrics.warehouse.staging.guarded import guarded
from prodops_metrics.warehouse.staging.landing import landed, likeness
from prodops_metrics.warehouse.staging.layout import PLAIN, Layout
from prodops_metrics.warehouse.staging.redacted import redact
from prodops_metrics.warehouse.staging.refused import set_refused_aside
from prodops_metrics.warehouse.staging.rows import Piece, Pieces, Rows

Stage = Callable[[StagingArea, Rows], None]

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
            _read(area, (Piece(load_id, file, body),), layout)


def read_together(area: StagingArea, files: Mapping[int, ExportFile]) -> frozenset[int]:
    """Reads the first of some small files of one source, and at once with it all others that look alike.

    ``files`` are by load id; returns which of them were read.

    Raises:
        ExportError, OSError, EOFError, duckdb.Error: one of them cannot be read as it stands; each has to be read alone,
            and what is staged of them is to be forgotten.
    """
    layout = layout_of(next(iter(files.values())).source)
    with ExitStack() as opened:
        pieces = [opened.enter_context(_piece(area, load_id, file, layout)) for load_id, file in files.items()]
        kinds = [likeness(area, piece, layout) for piece in pieces]
        alike = tuple(piece for piece, kind in zip(pieces, kinds, strict=True) if kind == kinds[0])
        _read(area, alike, layout)
        return frozenset(piece.load_id for piece in alike)


@contextmanager
def _piece(area: StagingArea, load_id: int, file: ExportFile, layout: Layout) -> Iterator[Piece]:
    """The one body of a file that is no zip, unpacked in a folder of its own if it has to be."""
    own = area.scratch / str(load_id)
    with file.fetched(own) as place:
        for body in bodies(place, file.path, own, layout.kind):
            yield Piece(load_id, file, body)


def layout_of(source: Source) -> Layout:
    """What the rows of a source mean; of kinds other than events, what the source says."""
    return LAYOUTS[getattr(source, "format", "generic")]


def _read(area: StagingArea, pieces: Pieces, layout: Layout) -> None:
    with landed(area, pieces, layout) as found:
        if found.columns:
            _stage(area, guarded(area, found), layout)
    set_forgotten_apart(area)
    set_refused_aside(area, pieces, layout)
    redact(area, pieces, layout)


def _stage(area: StagingArea, rows: Rows, layout: Layout) -> None:
    if layout is PLAIN:
        STAGES[rows.source.kind](area, rows)
    else:
        events.stage_laid_out(area, rows, layout)
