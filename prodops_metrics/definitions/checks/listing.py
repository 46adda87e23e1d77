"""Every module of checks, imported, so that the register is complete."""

from importlib import import_module
from pkgutil import iter_modules

from prodops_metrics.definitions import checks
from prodops_metrics.definitions.checks.registry import CHECKS

for _module in iter_modules(checks.__path__):
    import_module(f"{checks.__name__}.{_module.name}")

__all__ = ["CHECKS"]
