"""The checks of data health, one kind a file, found by listing this folder.

A file has ``TITLE``, ``THINGS`` (what it looks at, in the plural) and ``check(look)``; its docstring says what is wrong, why
that matters, and from where on.
"""

from importlib import import_module
from pkgutil import iter_modules

from prodops_metrics.reports.health.look import Check

CHECKS: tuple[Check, ...] = tuple(
    Check(name, module.TITLE, module.THINGS, module.check)
    for name in sorted(found.name for found in iter_modules(__path__))
    for module in (import_module(f"{__name__}.{name}"),)
)
"""Every kind of check."""
