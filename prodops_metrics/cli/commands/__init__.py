"""Commands of one file each, found by listing this folder."""

from importlib import import_module
from pkgutil import iter_modules


def register() -> None:
    """Adds every command to ``prodops``; each registers itself where it is imported."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
