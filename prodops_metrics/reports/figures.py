"""A figure: one metric's headline in words and numbers, as cards, terminals and files show it."""

from dataclasses import dataclass

from prodops_metrics.calendar import Window
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import Headline, Movement, headlines
from prodops_metrics.reports.dates import span
from prodops_metrics.reports.receipts import Receipt, receipt
from prodops_metrics.reports.results import Row
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import (
    headline_text,
    interval,
    is_percent,
    movement_detail,
    movement_text,
    n_of_n,
    reason_text,
    status_text,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline ready to be shown; ``absent`` says why a feature has no such metric, and all else is then empty.

    ``good`` is True where the movement is for the better, False for the worse, None where there is none. ``status`` is
    ``draft``, ``broken`` or ``deprecated`` where the metric is not simply in use, and ``status_text`` says so in words.
    """

    metric: str
    name: str
    question: str
    percent: bool = False
    window: Window | None = None
    window_text: str = ""
    row: Row | None = None
    movement: Movement | None = None
    text: str = "-"
    interval_text: str = ""
    counted_text: str = ""
    movement_text: str = ""
    movement_detail: str = ""
    good: bool | None = None
    absent: str | None = None
    receipt: Receipt | None = None
    status: str = ""
    status_text: str = ""
    unit: str = ""

    @property
    def point(self) -> float | None:
        """The number itself, in the metric's unit."""
        return self.row.point if self.row else None


def figure(session: Session, metric_id: str, name: str) -> Figure:
    """The figure of one metric; of a metric that a feature cannot have, the reason why."""
    if metric_id in session.catalog.absent:
        return Figure(metric_id, name, "", absent=session.catalog.absent[metric_id])
    found = headlines(session, session.metric(metric_id))[-1]
    return shown(session, found, name)


def shown(session: Session, found: Headline, name: str) -> Figure:
    """The figure of a headline that was asked for before."""
    metric, row, project = found.metric, found.now, session.catalog.project
    why = _never_seen(session, found) or reason_text(metric, row, project.small_sample, project.parent(metric.entity))
    return Figure(
        metric=metric.id,
        name=name,
        question=metric.question or metric.description,
        percent=is_percent(metric),
        window=found.window,
        window_text=window_text(metric, found.window),
        row=row,
        movement=found.movement,
        text=headline_text(metric, row),
        interval_text=interval(metric, row),
        counted_text=n_of_n(metric, row),
        movement_text=why or movement_text(metric, found.movement),
        movement_detail="" if row.reason else movement_detail(found.movement),
        good=_good(metric, found.movement),
        receipt=receipt(session, found),
        status="" if metric.status == "active" else metric.status,
        status_text=status_text(metric),
        unit=metric.unit or "",
    )


def _never_seen(session: Session, found: Headline) -> str:
    """Which events the number lacks, where it is for them that there is none."""
    if found.now.reason != "no_data":
        return ""
    missing = session.warehouse.never_seen(found.metric, found.metric.needed_at(found.at))
    return f"never seen with any {found.metric.entity}: {', '.join(missing)}" if missing else ""


def window_text(metric: Metric, window: Window) -> str:
    """The window in words: ``28 days to 17 Nov 2026``, ``week of 9 Nov 2026``, ``cohorts 1 Sep to 28 Sep 2026``."""
    return metric.window_words(window).format(span(window))


def _good(metric: Metric, movement: Movement) -> bool | None:
    if movement.direction not in {"up", "down"}:
        return None
    return (movement.direction == "up") == metric.higher_is_better
