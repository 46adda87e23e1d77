"""One metric explained: what it means, as it was written, its last points, and where its number comes from."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from prodops_metrics.definitions import Catalog, contents_of
from prodops_metrics.errors import QueryError, WarehouseError
from prodops_metrics.metrics import Metric, load_catalog
from prodops_metrics.reports.excerpts import Excerpt, excerpt
from prodops_metrics.reports.query import Asked, MetricAnswer, query
from prodops_metrics.reports.sentences import meaning_in_words
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.connection import open_current

OTHERS = {
    "events": "an event",
    "features": "a feature",
    "segments": "a segment",
    "goals": "a goal",
    "experiments": "an experiment",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A metric in words and as it was written; ``answer`` is None where there are no numbers yet, ``missing`` says why."""

    metric: Metric
    sentences: tuple[str, ...]
    meaning: str
    written: Excerpt
    answer: MetricAnswer | None
    missing: str = ""


def explain(project: Path, name: str) -> Explanation:
    """What a metric means and what it says.

    Raises:
        DefinitionError: the definitions have faults.
        UnknownIdError: there is no such metric.
        QueryError: its feature cannot have it, for the reason said.
    """
    contents = contents_of(project)
    catalog = load_catalog(project, contents)
    if reason := catalog.absent.get(name):
        raise QueryError(f"`{name}` is absent: {reason}.")
    if kind := _other_kind(catalog, name):
        raise QueryError(f"`{name}` is {kind}, and only metrics are explained here; `prodops docs` has a page about it.")
    metric = cast("Metric", catalog.metric(name))
    written = excerpt(metric.place, contents)
    sentences = meaning_in_words(metric, catalog)
    answer, missing = _answered(catalog, metric)
    return Explanation(metric, sentences, catalog.meaning(metric.id), written, answer, missing)


def _other_kind(catalog: Catalog, name: str) -> str:
    """What else has this name, if no metric has."""
    if name in catalog.names.get("metric", {}) or name in catalog.metrics:
        return ""
    return next((said for kind, said in OTHERS.items() if name in getattr(catalog, kind)), "")


def _answered(catalog: Catalog, metric: Metric) -> tuple[MetricAnswer | None, str]:
    try:
        return query(Session(catalog, open_current(catalog)), metric.id, Asked()), ""
    except WarehouseError as error:
        return None, str(error)
