"""The dictionary: every definition, metric type and check on a page of its own, linked both ways, as static HTML."""

from prodops_metrics.reports.dictionary.files import write
from prodops_metrics.reports.dictionary.pages import Dictionary, Page, Ref, dictionary

__all__ = ["Dictionary", "Page", "Ref", "dictionary", "write"]
