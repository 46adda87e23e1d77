"""The same reports in a terminal: ``prodops``."""

import sys

from prodops_metrics.cli import commands
from prodops_metrics.cli.app import app

commands.register()


def main() -> None:
    """The entry point of the ``prodops`` command."""
    app(prog_name="prodops", args=sys.argv[1:])


__all__ = ["main"]
