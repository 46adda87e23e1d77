"""A definition tried before it is one: what is wrong with it, or its last weeks on the snapshot in force."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from prodops_metrics.definitions import Catalog, Contents, Fault, advice, contents_of
from prodops_metrics.errors import ProdopsError
from prodops_metrics.metrics import Metric, inspect_project
from prodops_metrics.reports.answers import series
from prodops_metrics.reports.feature import main_series
from prodops_metrics.reports.figures import Figure, figure
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.twins import Twin, twins
from prodops_metrics.reports.view import View, shown_span

WEEKS = 12
FILE = "metric_defs/~tried.yml"
"""The file that a text stands for while it is tried: one more of the project, read after all others."""
LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Tried:
    """A metric that the text defines: its figure with its receipt, its last weeks, and the metrics nearest to it.

    ``problem`` says why it could not be computed; ``note`` what is odd about what was.
    """

    metric: Metric
    figure: Figure | None
    points: pl.DataFrame
    twins: tuple[Twin, ...]
    problem: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of ``text``: its faults and advice about it, the count of faults elsewhere, or the metrics that it adds.

    ``owner`` is the team that the first definition belongs to, by its id.
    """

    text: str
    faults: tuple[Fault, ...] = ()
    elsewhere: int = 0
    tried: tuple[Tried, ...] = ()
    ids: tuple[str, ...] = ()
    owner: str | None = None


def trial(session: Session, text: str, before: Contents | None = None) -> Trial:
    """A text of definitions tried on a session's snapshot, as one more file of its project.

    Args:
        session: The definitions and the snapshot in force.
        text: What the file would hold.
        before: The project's files; those on disk if not given.
    """
    root = session.catalog.root
    held = contents_of(root) if before is None else before
    contents = {**held, FILE: text[:LONGEST].encode()}
    found = inspect_project(root, contents)
    own = tuple(fault for fault in (*found.faults, *advice(found)) if fault.place.file == FILE)
    others = [fault for fault in found.faults if fault.place.file != FILE and not fault.advice]
    if found.catalog is None:
        return Trial(text, own, len(others))
    return replace(_answered(session, found.catalog), text=text, faults=own)


def _answered(session: Session, catalog: Catalog) -> Trial:
    tried = Session(catalog, replace(session.warehouse, catalog=catalog))
    new = _new(catalog)
    metrics = [one for one in catalog.metrics.values() if _added(one.place.file, one.feature, new)]
    owners = (getattr(one, "owner", None) for one in (*metrics, *new.values()))
    owner = next(filter(None, owners), None)
    found = tuple(_tried(tried, session.catalog, one.id) for one in metrics)
    return Trial("", tried=found, ids=tuple(new), owner=owner)


def _new(catalog: Catalog) -> Mapping[str, object]:
    """Every definition that stands in the text, by its id."""
    kinds = ("metrics", "features", "events", "segments", "goals", "experiments")
    tables = [getattr(catalog, kind, {}) for kind in kinds]
    return {id_: one for table in tables for id_, one in table.items() if one.place.file == FILE}


def _added(file: str, feature: str | None, new: Mapping[str, object]) -> bool:
    """Whether a metric comes with the text: it stands there, or is a standard one of a feature there."""
    return file == FILE or (feature is not None and feature in new)


def _tried(session: Session, known: Catalog, name: str) -> Tried:
    metric = session.metric(name)
    near = twins(session.catalog, metric, known)
    try:
        shown = figure(session, name, name)
        points = _points(session, metric)
    except ProdopsError as error:
        return Tried(metric, None, pl.DataFrame(), near, problem=str(error))
    return Tried(metric, shown, points, near, note=_note(metric, points))


def _points(session: Session, metric: Metric) -> pl.DataFrame:
    """The last weeks; of a funnel those of its last step."""
    horizon = session.warehouse.horizon(metric)
    return main_series(metric, series(session, metric, shown_span(metric, horizon, View(WEEKS))))


def _note(metric: Metric, points: pl.DataFrame) -> str:
    """What a person should know who sees nothing but zeros."""
    if points.is_empty():
        return "No window has closed in these weeks."
    if points["denominator"].is_not_null().any() and not points["denominator"].sum():
        return f"Nobody to count it among in these {WEEKS} weeks: does its first event occur, with this filter?"
    if not points["numerator"].sum():
        return f"Nothing matched in these {WEEKS} weeks: does the event occur, and with these values?"
    return ""
