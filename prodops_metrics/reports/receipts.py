"""Where a number comes from: enough to trust it, to doubt it with reason, or to count it again."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from prodops_metrics.calendar import Window
from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.question import Question, build, excluding, without_id
from prodops_metrics.reports.answers import Headline, headlines
from prodops_metrics.reports.dates import day, span
from prodops_metrics.reports.results import Row
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import headline_text, n_of_n


@dataclass(frozen=True)  # without slots: what few readers open is worked out when they do
class Receipt:
    """One number's origin. ``sql`` can be pasted into the DuckDB shell, opened on ``snapshot_file``.

    ``metric`` is the id of the metric; ``left_out`` are sentences about rows that the number does not count, and why.
    Both, and ``meaning``, are found when they are first read, in the ``session`` that gave the number.
    """

    metric: str
    sentence: str
    counted: str
    window: Window
    timezone: str
    definition: str
    snapshot: int
    snapshot_file: str
    definitions: str
    data_through: date
    question: Question = field(repr=False, compare=False)
    session: Session = field(repr=False, compare=False)

    @cached_property
    def meaning(self) -> str:
        """The hash of what the metric means."""
        return self.session.catalog.meaning(self.metric)

    @cached_property
    def left_out(self) -> tuple[str, ...]:
        """Sentences about what the number does not count.

        Raises:
            QueryError: the engine refused the query.
        """
        return tuple(_left_out(self.session, self.question.metric, self.window))

    @cached_property
    def sql(self) -> str:
        """The query, with its values written in."""
        return self.session.warehouse.statement(build(self.question, self.session.catalog, plain=True)).pasteable()


def receipt(session: Session, headline: Headline) -> Receipt:
    """The receipt of a headline figure."""
    metric, window, through = headline.metric, headline.window, session.warehouse.horizon(headline.metric).through
    return Receipt(
        metric=metric.id,
        sentence=_sentence(metric, headline.now, window),
        counted=n_of_n(metric, headline.now),
        window=window,
        timezone=session.catalog.project.timezone,
        definition=str(metric.place),
        snapshot=session.warehouse.snapshot,
        snapshot_file=f"warehouse/{session.warehouse.path.name}",
        definitions=session.catalog.hash,
        data_through=through,
        question=Question(metric, (window,), through=through, only=metric.headline_at),
        session=session,
    )


def _sentence(metric: Metric, row: Row, window: Window) -> str:
    return f"{metric.description.rstrip('.')}, {span(window)}: {headline_text(metric, row)}."


def identified(session: Session, metric: Metric, window: Window) -> tuple[int, int]:
    """How many of the events that a metric reads in a window have no unit, and how many there are in all."""
    if session.warehouse.stale:
        return 0, 0
    missing, events = session.warehouse.answer(without_id(metric, (window,), session.catalog)).row(0)
    return missing, events


def _left_out(session: Session, metric: Metric, window: Window) -> list[str]:
    missing, events = identified(session, metric, window)
    first = session.warehouse.horizon(metric).first_day
    notes = [f"The data starts on {day(first)}, inside the window."] if window.start < first < window.end else []
    notes += [f"`{name}` was never seen{_of_unit(metric)}." for name in _never_seen(session, metric)]
    notes += [_without_id(metric, missing, events)] if missing else []
    notes += [f"There is no interval: {metric.no_interval}."] if metric.no_interval else []
    notes += [note for name, words in metric.aside.items() if (note := _aside(session, metric, name, words))]
    exclusions = excluding(metric, session.catalog)
    return [*notes, *(f"Left out everywhere: {(one.description or one.id).rstrip('.')}." for one in exclusions)]


def _aside(session: Session, metric: Metric, reading: str, words: str) -> str:
    """What a number leaves out by what it means, with how many that are; nothing where it is nobody."""
    left = headlines(session, metric.readings[reading])[-1].now.point
    return words.format(f"{left:,.0f}") if left else ""


def _never_seen(session: Session, metric: Metric) -> tuple[str, ...]:
    stale = session.warehouse.stale
    return () if stale else session.warehouse.never_seen(metric, metric.needed_at(metric.headline_at))


def _of_unit(metric: Metric) -> str:
    return " in the data" if metric.counts_events else f" with any {metric.entity}"


def _without_id(metric: Metric, missing: int, events: int) -> str:
    share = f"{missing:,} of {events:,} events ({100 * missing / events:.1f} %) have no {metric.entity}"
    if metric.counts_events:
        return f"{share}; the total counts them, each as a {metric.entity} of its own in the interval."
    return f"{share} and are counted nowhere in this number."
