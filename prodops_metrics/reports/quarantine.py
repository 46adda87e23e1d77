"""Rows that a refresh could not take, kept until they can be."""

import polars as pl

from prodops_metrics.reports.session import Session


def quarantined(session: Session) -> pl.DataFrame:
    """``source, path, line, reason, column_name, raw`` of every row set aside, in the order of the files."""
    return session.warehouse.quarantine()
