"""The standard reports of a new snapshot, asked once, so that the first visitor of the day waits for nothing.

Nothing is stored here: what the warehouse answers it keeps, and pages and commands are given the same answers.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.overview import overview
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.settled import STANDARD

MOST_AT_ONCE = 4


def prepare(session: Session) -> int:
    """Asks for the overview and every feature's report as pages show them by default; returns how many reports.

    Those that were asked before under the same definitions are left alone.

    Raises:
        ProdopsError: a report cannot be had; the others are.
    """
    catalog, kept = session.catalog, session.warehouse.kept_answers
    if kept.is_whole(STANDARD, catalog.hash):
        return 0
    reports: list[Callable[[], object]] = [partial(feature_report, session, id_) for id_ in catalog.features]
    reports.append(partial(overview, session))
    at_once = min(MOST_AT_ONCE, catalog.project.engine.threads or os.cpu_count() or 1)
    with ThreadPoolExecutor(at_once) as pool:
        for asked in [pool.submit(report) for report in reports]:
            asked.result()
    kept.note_whole(STANDARD, catalog.hash)
    return len(reports)
