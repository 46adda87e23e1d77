"""Reports as text and tables for a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from rich.markup import escape
from rich.table import Table

from prodops_metrics.cli.terminal import out, text
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import REASONS, Headline
from prodops_metrics.reports.contrasts import Contrast
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.figures import Figure, window_text
from prodops_metrics.reports.overview import Overview
from prodops_metrics.reports.query import MetricAnswer
from prodops_metrics.reports.results import MEASURES, Row
from prodops_metrics.reports.section import Section
from prodops_metrics.reports.segments import segment_sentences
from prodops_metrics.reports.session import Pinned
from prodops_metrics.reports.verdict_report import VerdictReport, weeks_sentence
from prodops_metrics.reports.verdict_words import NAMES, SIGNS
from prodops_metrics.reports.wording import headline_text, interval, movement_text, n_of_n, number, status_text, step_time

MOST_ROWS = 200


def answered(answer: MetricAnswer) -> None:
    """One metric: its headline, its points, where it comes from."""
    metric = answer.metric
    text(f"{metric.id}: {metric.description}")
    if status := status_text(metric):
        text(f"This metric is {status}.")
    for headline in answer.headlines:
        text(_headline_line(metric, headline))
    if answer.by and answer.segments:
        for sentence in segment_sentences(metric, answer.by, answer.segments):
            text(sentence)
    text("")
    _frame(metric, answer.frame)
    text(f"\nData through {day(answer.horizon.through)} ({answer.receipt.timezone}). {_origin(answer)}")
    for note in answer.receipt.left_out:
        text(note)


def listed(frame: pl.DataFrame) -> None:
    """Rows as they are, such as those of units."""
    rows = [["" if value is None else str(value) for value in row] for row in frame.head(MOST_ROWS).iter_rows()]
    table(frame.columns, rows)
    if frame.height > MOST_ROWS:
        text(f"The first {MOST_ROWS} of {frame.height:,}; --json prints all.")


def reported(report: FeatureReport) -> None:
    """A feature report."""
    feature = report.feature
    launched = f", launched {day(feature.launched)}" if feature.launched else ""
    text(f"{feature.name} ({feature.stage}{launched}{f', {report.owner}' if report.owner else ''})")
    _judged(report.verdict)
    for line in report.summary:
        text(line)
    text("")
    _figures(report.cards)
    if report.funnel:
        text("\nActivation")
        rows = [
            (step.name, _figure_of(step.headline), n_of_n(step.headline.metric, step.headline.now), step_time(step))
            for step in report.funnel
        ]
        table(("Step", "Share", "Counted", ""), rows)
    _sections(report.sections)
    if report.more:
        text("\nMore metrics of this feature")
        _figures(report.more)
    text(_pinned(report.pinned))


def _judged(verdict: VerdictReport) -> None:
    """A verdict, why, since when, and the weeks behind it."""
    text(f"{SIGNS[verdict.state]} {verdict.name}{f', {verdict.since_text}' if verdict.since_text else ''}")
    for reason in verdict.reasons:
        text(f"  {reason.sentence}")
    if verdict.scope:
        text(f"  {verdict.scope}")
    if verdict.waiting:
        text(f"  {verdict.waiting} {' '.join(verdict.pending)}".rstrip())
    if verdict.weeks:
        text(f"  {''.join(SIGNS[week.state] for week in verdict.weeks)}  {weeks_sentence(verdict.weeks)}")
    for said in verdict.said[-1:]:
        if said.state != verdict.state:
            text(f"  Said by snapshot {said.snapshot}, data through {day(said.data_through)}: {NAMES[said.state].lower()}.")


def _sections(shown: Iterable[Section]) -> None:
    """Sections in their order; what the feature cannot have last, a line each."""
    found = tuple(shown)
    for section in found:
        if section.absent:
            continue
        text(f"\n{section.question}")
        for sentence in section.sentences:
            text(sentence)
        if section.figures:
            _figures(section.figures)
        if section.contrasts:
            _contrasts(section.contrasts)
        for note in section.notes:
            text(note)
    missing = [line for section in found for line in section.missing]
    if missing:
        text(f"\nNot shown: {'; '.join(missing)}.")


def _contrasts(found: Iterable[Contrast]) -> None:
    rows = [
        (one.segment, *(part for side in (one.inside, one.rest) for part in (side.text, side.counted_text)), one.text)
        for one in found
    ]
    table(("Segment", "Inside", "Counted", "The rest", "Counted", "Difference"), rows)


def overviewed(overview: Overview) -> None:
    """All features."""
    for said in (overview.sentence, overview.whom, *overview.changes):
        if said:
            text(said)
    text("")
    rows = [
        (
            line.feature.name,
            line.verdict.name,
            *(card.text for card in line.cards.values()),
            line.cards["adoption"].movement_text,
        )
        for line in overview.lines
    ]
    table(("Feature", "Verdict", "Adoption", "Active users", "Activation", "Retention", "Adoption against before"), rows)
    for line in overview.lines:
        text(f"{line.feature.name}: {' '.join(one.sentence for one in line.verdict.reasons) or line.verdict.waiting}")
    if overview.drafts:
        text(f"\nDrafts, in no verdict: {', '.join(one.id for one in overview.drafts)}.")
    text(_pinned(overview.pinned))


def _pinned(pinned: Pinned) -> str:
    return f"\nData through {day(pinned.data_through)} ({pinned.timezone}), snapshot {pinned.snapshot}."


def _headline_line(metric: Metric, headline: Headline) -> str:
    axes = [f"{axis.replace('_', ' ')} {value}" for axis, value in headline.at.items() if axis not in metric.headline_at]
    axes += [headline.segment] if headline.segment else []
    row = headline.now
    parts = [headline_text(metric, row), REASONS[row.reason] if row.reason else "", n_of_n(metric, row)]
    parts += [interval(metric, row), window_text(metric, headline.window), movement_text(metric, headline.movement)]
    return f"{', '.join(axes)}{': ' if axes else ''}{'; '.join(part for part in parts if part)}"


def _figure_of(headline: Headline) -> str:
    return headline_text(headline.metric, headline.now)


def _figures(figures: Iterable[Figure]) -> None:
    """A table of figures, and below it each reason for which a comparison has to wait, once."""
    shown = tuple(figures)
    table(("", "Now", "Interval", "Counted", "Against before", "Window"), [_figure_row(one) for one in shown])
    for detail in dict.fromkeys(one.movement_detail for one in shown if one.movement_detail):
        text(f"No comparison yet: {detail}")


def _figure_row(figure: Figure) -> tuple[str, ...]:
    if figure.absent:
        return (figure.name, "-", "", figure.absent, "", "")
    name = f"{figure.name} ({figure.status})" if figure.status else figure.name
    cells = (figure.text, figure.interval_text, figure.counted_text, figure.movement_text, figure.window_text)
    return (name, *cells)


def _frame(metric: Metric, frame: pl.DataFrame) -> None:
    axes = [name for name in frame.columns if name not in MEASURES]
    rows = [_point(metric, axes, row) for row in frame.iter_rows(named=True)]
    table((*(axis.capitalize() for axis in axes), "Number", "Interval", "Counted", ""), rows)


def _point(metric: Metric, axes: Iterable[str], row: Mapping[str, Any]) -> tuple[str, ...]:
    values = Row(**{name: row[name] for name in MEASURES})
    of = "" if row["denominator"] is None else f"{row['numerator']:,.0f} of {row['denominator']:,.0f}"
    note = REASONS[row["reason"]] if row["reason"] else ("" if row["complete"] else "incomplete")
    return (*(str(row[axis]) for axis in axes), number(metric, row["point"]), interval(metric, values), of, note)


def _origin(answer: MetricAnswer) -> str:
    receipt = answer.receipt
    return f"{receipt.definition}, meaning {receipt.meaning}, snapshot {receipt.snapshot}; --sql shows the query."


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Rows under a header."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        shown.add_column(escape(name), overflow="fold")
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
    out.print(shown)
