"""Checks: every fault that a definition can have, one function each, found by listing this folder.

The docstring of a check is its documentation, and its examples are its test: a title, why it matters, then ``Valid:`` and
``Invalid:`` YAML. The spot that an invalid example is reported at stands between « and ».
"""

from importlib import import_module
from pkgutil import iter_modules

from prodops_metrics.definitions.checks.registry import CHECKS, Check, check

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["CHECKS", "Check", "check"]
