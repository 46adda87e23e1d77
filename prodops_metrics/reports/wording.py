"""Numbers as people read them: one way of writing each kind, and sentences that say no more than the figures do."""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

import polars as pl

from prodops_metrics.definitions.fields import Amount
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import REASONS, Headline, Movement
from prodops_metrics.reports.dates import day, lasting
from prodops_metrics.reports.results import FEWEST_PARENTS, Row

ABSENT = "-"
LEAST_SHOWN = 0.0005
ROUGH_BELOW = 300
"""Units from which on a ratio's interval keeps its level (rulings 11)."""
MINUS = "\N{MINUS SIGN}"
BEFORE_UNIT = re.compile(r"(?<=\d) (?=%|(?:pp|ms|s|min)\b)")


class Step(Protocol):
    """A step of a funnel: what it is called, and its headline."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def headline(self) -> Headline:
        """Its figures."""

    @property
    def median(self) -> Headline | None:
        """How long it took from the step before, in seconds; the first has none."""


def unbroken(text: str) -> str:
    """The text with no line break between a number and its unit, for whatever is drawn in lines."""
    return BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", text)


def is_percent(metric: Metric) -> bool:
    """Whether the metric's numbers are written as percentages."""
    return metric.percent


def number(metric: Metric, value: float | None) -> str:
    """A value of this metric: ``45.3 %``, ``1,234``, ``0.42``; a share that is not quite nothing or all says so."""
    if value is None:
        return ABSENT
    if is_percent(metric):
        return _percent(value)
    return _with_unit(metric, f"{value:,.0f}".replace("-", MINUS) if metric.estimator == "count" else _plain(value))


def _plain(value: float) -> str:
    whole = float(value).is_integer() or abs(value) >= 100
    return (f"{value:,.0f}" if whole else f"{value:.3g}").replace("-", MINUS)


def _percent(value: float) -> str:
    if 0 < value < LEAST_SHOWN:
        return "under 0.1 %"
    if 1 - LEAST_SHOWN < value < 1:
        return "over 99.9 %"
    return f"{100 * value:,.1f} %".replace("-", MINUS)


def percent_text(share: float) -> str:
    """A level or a limit, which is as exact as it was written: ``99 %``, ``2.5 %``."""
    return f"{100 * share:.1f}".rstrip("0").rstrip(".") + " %"


def amount_text(amount: Amount) -> str:
    """An amount of a definition, such as ``4pp``, spelt as numbers are: ``4 pp``, ``30 %``."""
    return f"{str(amount).removesuffix(amount.unit).rstrip()} {amount.unit}".rstrip()


def _with_unit(metric: Metric, text: str) -> str:
    return f"{text} {metric.unit}" if metric.unit else text


def interval(metric: Metric, row: Row) -> str:
    """``41.9 % to 48.8 %``, or nothing where there is no interval; ``rough`` where few units stand behind a ratio."""
    if row.low is None or row.high is None:
        return ""
    low = max(row.low, 0.0) if metric.never_negative else row.low
    rough = ", rough" if metric.estimator == "ratio" and row.units < ROUGH_BELOW else ""
    return f"{number(metric, low).removesuffix(f' {metric.unit}')} to {number(metric, row.high)}{rough}"


def n_of_n(metric: Metric, row: Row) -> str:
    """``312 of 690 eligible active users``: what the number was counted from."""
    if row.denominator is None:
        return metric.made_of
    if metric.estimator == "ratio" and not is_percent(metric) and row.denominator == row.units:
        return f"{row.numerator:,.0f} by {row.units:,} {metric.entity}s"
    if metric.estimator == "ratio" and not is_percent(metric):
        total = f"{row.numerator:,.0f} in all, over {row.denominator:,.0f} {metric.population}".rstrip()
        return f"{total}, from {row.units:,} {metric.entity}s"
    if metric.estimator == "percentile":
        return f"{row.denominator:,.0f} {metric.population or f'values of {row.units:,} {metric.entity}s'}"
    if metric.estimator == "survival":
        return f"{row.numerator:,.0f} of {row.denominator:,.0f} {metric.population} so far"
    return f"{row.numerator:,.0f} of {row.denominator:,.0f} {metric.population}".rstrip()


def headline_text(metric: Metric, row: Row) -> str:
    """The figure as a card shows it: the number, ``7 of 12`` where that is too few, else a dash."""
    if row.reason == "too_few" and row.denominator is not None and is_percent(metric):
        return f"{row.numerator:,.0f} of {row.denominator:,.0f}"
    return number(metric, row.point)


def reason_text(metric: Metric, row: Row, small_sample: int, parent: str | None) -> str:
    """Why there is no number, in words; empty where there is one. ``parent`` is what the units sit in, if declared."""
    if row.reason == "too_few":
        within = f" in {FEWEST_PARENTS} {parent}s" if parent else ""
        return f"too few to say: {small_sample} {metric.entity}s{within} are needed"
    if row.reason == "no_denominator":
        return metric.nobody
    return REASONS[row.reason] if row.reason else ""


def movement_text(metric: Metric, movement: Movement) -> str:
    """``up 3.1 pp (+1.2 to +5.0)``, ``no clear change (-1.2 to +2.1 pp)``, or that there is nothing to compare.

    Where a later day will bring the first comparison, that day stands here and the reason in ``movement_detail``.
    """
    if movement.first_comparison:
        return f"no comparison before {day(movement.first_comparison)}"
    if movement.direction is None:
        return f"no comparison: {movement.reason}"
    scale = 1.0 if is_percent(metric) else None
    point, low, high, unit = _in_points(movement) if scale else _relative(metric, movement)
    if movement.direction == "none":
        return f"no clear change ({low} to {high}{unit})"
    return f"{movement.direction} {point.lstrip('+' + MINUS)}{unit} ({low} to {high}{unit})"


def movement_detail(movement: Movement) -> str:
    """Why the first comparison has to wait; empty where there is one."""
    return f"{movement.reason}." if movement.first_comparison and movement.reason else ""


def _in_points(movement: Movement) -> tuple[str, str, str, str]:
    return *_signed_alike(100 * (value or 0.0) for value in (movement.point, movement.low, movement.high)), " pp"


def _relative(metric: Metric, movement: Movement) -> tuple[str, str, str, str]:
    """Totals and ratios move in percent of before; absolutely where before was nothing."""
    if movement.relative is None or movement.relative_low is None or movement.relative_high is None:
        values = (movement.point, movement.low, movement.high)
        point, low, high = (signed(value or 0.0, 0 if metric.estimator in {"count", "total"} else 2) for value in values)
        return point, low, high, ""
    values = (movement.relative, movement.relative_low, movement.relative_high)
    return *_signed_alike(100 * value for value in values), " %"


def _signed_alike(values: Iterable[float]) -> tuple[str, str, str]:
    """Point, low and high with as many decimals as keep a change from being written as none."""
    point, low, high = values
    least = min((abs(value) for value in (point, low, high) if value), default=1.0)
    digits = 1 if least >= 0.05 or low <= 0 <= high else 3
    return signed(point, digits), signed(low, digits), signed(high, digits)


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign: ``+3.1``, ``-1.2``, ``0.0``."""
    text = f"{value:+,.{digits}f}"
    zero = float(text.replace(",", "")) == 0
    return text[1:] if zero else text.replace("-", MINUS)


def status_text(metric: Metric) -> str:
    """What to know before quoting a metric that is not simply in use; empty where it is."""
    if metric.status == "draft":
        return "a draft: it may still change, and is in no verdict"
    if metric.status == "broken":
        issue = getattr(metric, "issue", None)
        return f"broken, see {issue}" if issue else "broken"
    if metric.status == "deprecated":
        told = metric.deprecated
        since = f" since {day(told.since)}" if told else ""
        return f"deprecated{since}{f'; use {told.replaced_by}' if told and told.replaced_by else ''}"
    return ""


def series_sentence(name: str, frame: pl.DataFrame, *, percent: bool) -> str:
    """What a line chart shows, for those who cannot see it: its first and last complete points."""
    complete = frame.filter(pl.col("complete") & pl.col("point").is_not_null())
    if complete.is_empty():
        return f"{name} over time: no complete point yet."
    first, last = complete.row(0, named=True), complete.row(-1, named=True)
    ends = [f"{plain_number(row['point'], percent=percent)} on {day(row['bucket'])}" for row in (first, last)]
    return f"{name} over time, {complete.height} complete points: {' to '.join(ends)}."


def plain_number(value: float, *, percent: bool) -> str:
    """A value as charts write it, whatever its metric's unit."""
    return f"{100 * value:.1f} %" if percent else _plain(value)


def step_label(headline: Headline) -> str:
    """``80 of 97 · 82.5 %``; without the percentage where that would be too few."""
    row = headline.now
    counted = f"{row.numerator:,.0f} of {row.denominator or 0:,.0f}"
    return counted if row.point is None else f"{counted} · {number(headline.metric, row.point)}"


def step_time(step: Step) -> str:
    """``median 1.77 min after the step before``; empty for the first step, and where there are too few to say."""
    seconds = step.median.now.point if step.median else None
    return "" if seconds is None else f"median {lasting(seconds)} after the step before"


def funnel_sentence(steps: Sequence[Step]) -> str:
    """A funnel in words."""
    told = [(f"{step.name} {step_label(step.headline)}", step_time(step)) for step in steps]
    return "Activation: " + ", ".join(f"{words} ({time})" if time else words for words, time in told) + "."


def retention_sentence(triangle: pl.DataFrame, period: str) -> str:
    """A retention triangle in words: how many cohorts, and how many came back after one period."""
    cohorts = triangle.filter((pl.col("age") == 0) & (pl.col("denominator") > 0)).height
    one = triangle.filter((pl.col("age") == 1) & pl.col("complete"))
    back, of = one["numerator"].sum(), one["denominator"].sum()
    return f"Retention of {cohorts} cohorts: after one {period}, {back:,.0f} of {of:,.0f} came back."
