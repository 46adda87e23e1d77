"""The same reports in a terminal: ``prodops``."""

from prodops_metrics.cli.app import main

__all__ = ["main"]
