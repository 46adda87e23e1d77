"""Numbers as people read them: one way of writing each kind, and sentences that say no more than the figures do."""

from prodops_metrics.metrics import Metric
from prodops_metrics.metrics.funnel import Funnel
from prodops_metrics.metrics.retention import Retention
from prodops_metrics.metrics.share import Share
from prodops_metrics.reports.answers import REASONS, Movement
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.results import Row

ABSENT = "-"
MINUS = "\N{MINUS SIGN}"


def is_percent(metric: Metric) -> bool:
    """Whether the metric's numbers are written as percentages."""
    return metric.format == "percent" or (metric.format is None and metric.estimator == "share")


def number(metric: Metric, value: float | None) -> str:
    """A value of this metric: ``45.3 %``, ``1,234``, ``0.42``."""
    if value is None:
        return ABSENT
    if is_percent(metric):
        return f"{_signless(100 * value, 1)} %"
    digits = 0 if counts(metric) or float(value).is_integer() or abs(value) >= 100 else 2
    return _with_unit(metric, _signless(value, digits))


def _with_unit(metric: Metric, text: str) -> str:
    return f"{text} {metric.unit}" if metric.unit and not is_percent(metric) else text


def counts(metric: Metric) -> bool:
    """Whether the metric's numbers are whole, and never below zero."""
    return metric.type in {"count", "count_distinct"}


def _signless(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace("-", MINUS)


def interval(metric: Metric, row: Row) -> str:
    """``41.9 % to 48.8 %``, or nothing where there is no interval."""
    if row.low is None or row.high is None:
        return ""
    low = max(row.low, 0.0) if counts(metric) or is_percent(metric) else row.low
    return f"{number(metric, low).removesuffix(f' {metric.unit}')} to {number(metric, row.high)}"


def n_of_n(metric: Metric, row: Row) -> str:
    """``312 of 690 eligible active users``: what the number was counted from."""
    units = f"{metric.entity}s"
    if row.denominator is None:
        return f"{row.units:,} {units}" if metric.estimator == "total" and metric.type != "count_distinct" else units
    words = {Funnel: f"{units} who started", Retention: f"{units} in the cohorts"}
    among = words.get(type(metric)) or (f"{metric.of.replace('_', ' ')} {units}" if isinstance(metric, Share) else "")
    return f"{row.numerator:,.0f} of {row.denominator:,.0f} {among}".rstrip()


def headline_text(metric: Metric, row: Row) -> str:
    """The figure as a card shows it: the number, ``7 of 12`` where that is too few, else a dash."""
    if row.reason == "too_few" and row.denominator is not None:
        return f"{row.numerator:,.0f} of {row.denominator:,.0f}"
    return number(metric, row.point)


def reason_text(metric: Metric, row: Row, small_sample: int) -> str:
    """Why there is no number, in words; empty where there is one."""
    if row.reason is None:
        return ""
    return f"too few to say: {small_sample} {metric.entity}s are needed" if row.reason == "too_few" else REASONS[row.reason]


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
    values = (movement.point, movement.low, movement.high)
    point, low, high = (signed(100 * (value or 0.0)) for value in values)
    return point, low, high, " pp"


def _relative(metric: Metric, movement: Movement) -> tuple[str, str, str, str]:
    """Totals and ratios move in percent of before; absolutely where before was nothing."""
    if movement.relative is None or movement.relative_low is None or movement.relative_high is None:
        values = (movement.point, movement.low, movement.high)
        point, low, high = (signed(value or 0.0, 0 if metric.estimator == "total" else 2) for value in values)
        return point, low, high, ""
    values = (movement.relative, movement.relative_low, movement.relative_high)
    point, low, high = (signed(100 * value) for value in values)
    return point, low, high, " %"


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign: ``+3.1``, ``-1.2``, ``0.0``."""
    text = f"{value:+,.{digits}f}"
    zero = float(text.replace(",", "")) == 0
    return text[1:] if zero else text.replace("-", MINUS)
