"""The same reports in a terminal: ``prodops``."""

import gc
import sys

import typer


def _loaded() -> typer.Typer:
    """The command with all its subcommands.

    Loading makes a great many objects that all stay, among which garbage would be looked for time and again.
    """
    watched = gc.isenabled()
    gc.disable()
    try:
        from prodops_metrics.cli import commands
        from prodops_metrics.cli.app import app

        commands.register()
        return app
    finally:
        if watched:
            gc.enable()


_app = _loaded()


def main() -> None:
    """The entry point of the ``prodops`` command."""
    gc.freeze()  # what was loaded stays
    _app(prog_name="prodops", args=sys.argv[1:])


__all__ = ["main"]
