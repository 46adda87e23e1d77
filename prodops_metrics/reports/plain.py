"""Reports as plain values for ``--json``: dictionaries, lists, numbers, text. Dates are ISO days; absent is null."""

from dataclasses import asdict
from datetime import date
from typing import Any

import polars as pl

from prodops_metrics.calendar import Window
from prodops_metrics.reports.answers import Headline, Movement
from prodops_metrics.reports.contrasts import Contrast
from prodops_metrics.reports.feature import FeatureReport, Step
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.overview import Overview
from prodops_metrics.reports.query import MetricAnswer
from prodops_metrics.reports.receipts import Receipt
from prodops_metrics.reports.results import Row
from prodops_metrics.reports.section import Section
from prodops_metrics.reports.segments import SegmentTest
from prodops_metrics.reports.session import Pinned
from prodops_metrics.reports.verdict_report import ShownReason, VerdictReport
from prodops_metrics.reports.wording import is_percent

RECEIPT = (
    "metric",
    "sentence",
    "counted",
    "timezone",
    "definition",
    "meaning",
    "snapshot",
    "snapshot_file",
    "definitions",
    "data_through",
    "sql",
)


def answer_values(answer: MetricAnswer) -> dict[str, Any]:
    """A metric's answer. ``headline`` holds the windows ``now`` and ``before`` of every step and segment."""
    metric, receipt = answer.metric, answer.receipt
    return {
        "metric": metric.id,
        "type": metric.type,
        "status": metric.status,
        "description": metric.description,
        "entity": metric.entity,
        "percent": is_percent(metric),
        "timezone": receipt.timezone,
        "data_through": _day(answer.horizon.through),
        "newest_day": _day(answer.horizon.newest_day),
        "snapshot": receipt.snapshot,
        "definitions": receipt.definitions,
        "headline": [row for one in answer.headlines for row in _headline_rows(one)],
        "change": [_change(one) for one in answer.headlines],
        "segments": _segments(answer.segments) if answer.segments else None,
        "range": {**_window(answer.span), "events": answer.events, "without_id": answer.without_id},
        "frame": frame_values(answer.frame),
        "receipt": _receipt(receipt),
    }


def report_values(report: FeatureReport) -> dict[str, Any]:
    """A feature report."""
    feature = report.feature
    return {
        "feature": feature.id,
        "name": feature.name,
        "description": feature.description,
        "stage": feature.stage,
        "owner": report.owner,
        "launched": _day(feature.launched),
        **_pinned(report.pinned),
        "verdict": verdict_values(report.verdict),
        "summary": list(report.summary),
        "cards": {_short(card): figure_values(card) for card in report.cards},
        "series": {name: frame_values(frame) for name, frame in report.series.items()},
        "funnel": [_step(step) for step in report.funnel],
        "triangle": frame_values(report.triangle),
        "more": {one.metric: figure_values(one) for one in report.more},
        "sections": {one.id: section_values(one) for one in report.sections},
    }


def section_values(section: Section) -> dict[str, Any]:
    """A section: its sentences, figures by metric (states of a lifecycle by name), and what its charts draw."""
    return {
        "question": section.question,
        "sentences": list(section.sentences),
        "notes": list(section.notes),
        "figures": [{"name": one.name, **figure_values(one)} for one in section.figures],
        "frames": {name: frame_values(frame) for name, frame in section.frames.items()},
        "contrasts": [_contrast(one) for one in section.contrasts],
        "missing": list(section.missing),
    }


def _contrast(contrast: Contrast) -> dict[str, Any]:
    names = ("segment", "description", "text", "point", "low", "high", "p", "differs")
    return {
        **{name: getattr(contrast, name) for name in names},
        "inside": _row(contrast.inside.row),
        "rest": _row(contrast.rest.row),
        "receipt": _receipt(contrast.receipt) if contrast.receipt else None,
    }


def _step(step: Step) -> dict[str, Any]:
    median = _row(step.median.now) if step.median else None
    return {"step": step.number, "name": step.name, **_row(step.headline.now), "seconds_from_step_before": median}


def overview_values(overview: Overview) -> dict[str, Any]:
    """The overview."""
    return {
        **_pinned(overview.pinned),
        "sentence": overview.sentence,
        "whom": overview.whom,
        "changes": list(overview.changes),
        "features": [
            {
                "feature": line.feature.id,
                "name": line.feature.name,
                "verdict": verdict_values(line.verdict),
                "group": line.group,
                "cards": {name: figure_values(card) for name, card in line.cards.items()},
            }
            for line in overview.lines
        ],
        "drafts": [one.id for one in overview.drafts],
    }


def verdict_values(verdict: VerdictReport) -> dict[str, Any]:
    """A verdict with its reasons, the weeks behind it, and what was said at the time."""
    return {
        "state": verdict.state,
        "name": verdict.name,
        "since": _day(verdict.since),
        "week": _day(verdict.week),
        "rule": verdict.rule,
        "level": verdict.level,
        "reasons": [_reason(one) for one in verdict.reasons],
        "waiting": verdict.waiting,
        "pending": list(verdict.pending),
        "scope": verdict.scope,
        "weeks": [
            {**_fields(week, "state", "candidate"), "day": _day(week.day), "reasons": list(week.reasons)}
            for week in verdict.weeks
        ],
        "said": [{name: _plain(value) for name, value in asdict(one).items()} for one in verdict.said],
    }


def _reason(shown: ShownReason) -> dict[str, Any]:
    reason = shown.reason
    values = _fields(reason, "sentence", "metric", "reading", "value", "threshold")
    return {**values, "receipt": _receipt(shown.receipt) if shown.receipt else None}


def _fields(of: object, *names: str) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


def figure_values(figure: Figure) -> dict[str, Any]:
    """One figure with its texts, numbers and receipt."""
    if figure.row is None or figure.window is None or figure.movement is None:
        return {"metric": figure.metric, "absent": figure.absent}
    return {
        "metric": figure.metric,
        "status": figure.status or "active",
        "text": figure.text,
        "counted": figure.counted_text,
        "interval": figure.interval_text,
        "movement": figure.movement_text,
        "movement_detail": figure.movement_detail,
        "window": _window(figure.window),
        **_row(figure.row),
        "change": _movement(figure.movement),
        "receipt": _receipt(figure.receipt) if figure.receipt else None,
    }


def frame_values(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """A result frame as one dictionary per row."""
    return [{name: _plain(value) for name, value in row.items()} for row in frame.iter_rows(named=True)]


def _headline_rows(headline: Headline) -> list[dict[str, Any]]:
    sides = (("now", headline.window, headline.now), ("before", headline.before, headline.then))
    return [{"window": name, **_axes(headline), **_window(window), **_row(row)} for name, window, row in sides]


def _axes(headline: Headline) -> dict[str, Any]:
    segment = {} if headline.segment is None else {"segment": headline.segment}
    at = {axis: value for axis, value in headline.at.items() if axis not in headline.metric.headline_at}
    return {**at, **segment}


def _change(headline: Headline) -> dict[str, Any]:
    return {**_axes(headline), **_movement(headline.movement)}


def _segments(test: SegmentTest) -> dict[str, Any]:
    against = [
        {"segment": name, **asdict(one.difference), "p": one.p, "differs": one.differs}
        for name, one in test.contrasts.items()
    ]
    return {"overall": test.overall, "reason": test.reason or None, "against_the_rest": against}


def _movement(movement: Movement) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(movement).items()}


def _row(row: Row) -> dict[str, Any]:
    return asdict(row)


def _receipt(receipt: Receipt) -> dict[str, Any]:
    values = {name: _plain(getattr(receipt, name)) for name in RECEIPT}
    return {**values, "window": _window(receipt.window), "left_out": list(receipt.left_out)}


def _pinned(pinned: Pinned) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(pinned).items()}


def _window(window: Window) -> dict[str, str | None]:
    return {"from": _day(window.start), "to": _day(window.last_day)}


def _plain(value: Any) -> Any:  # noqa: ANN401
    return value.isoformat() if isinstance(value, date) else value


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _short(figure: Figure) -> str:
    return figure.metric.rpartition(".")[2]
