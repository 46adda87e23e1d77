"""Export formats, one module each, found by listing this folder; the word in ``format:`` is the module's name."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from prodops_metrics.warehouse.files import ExportFile
from prodops_metrics.warehouse.staging.area import StagingArea

Read = Callable[[StagingArea, ExportFile, int], None]

FORMATS: Mapping[str, Read] = {m.name: import_module(f"{__name__}.{m.name}").read for m in iter_modules(__path__)}
