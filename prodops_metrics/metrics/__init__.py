"""Metric types, one file each, and how a question about a metric becomes SQL.

The word in YAML ``type:`` is the name of a file here that has a ``TYPE``; types are found by listing the folder.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from prodops_metrics.definitions import Catalog, Contents, Inspection, inspect, load
from prodops_metrics.metrics.base import Metric

ASKING = frozenset({"fold", "instrumentation", "question"})
"""No types, but what questions are made with; they load what definitions alone do without."""
METRIC_TYPES: dict[str, type[Metric]] = {
    name: module.TYPE
    for name in sorted(found.name for found in iter_modules(__path__) if found.name not in ASKING)
    if hasattr(module := import_module(f"{__name__}.{name}"), "TYPE")
}


def load_catalog(project: Path, contents: Contents | None = None) -> Catalog:
    """All definitions of a project, cross-checked; ``contents`` are read instead of the files on disk.

    Raises:
        DefinitionError: with every fault in every file.
    """
    return load(project, METRIC_TYPES, contents)


def inspect_project(project: Path, contents: Contents | None = None) -> Inspection:
    """Every fault of a project's definitions, and its catalog where there is none."""
    return inspect(project, METRIC_TYPES, contents)


__all__ = ["METRIC_TYPES", "Catalog", "Metric", "inspect_project", "load_catalog"]
