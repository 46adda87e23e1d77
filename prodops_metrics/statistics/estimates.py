"""One number of any kind with its interval: where the kinds of statistics meet."""

from prodops_metrics.statistics.composed import Composed, composed
from prodops_metrics.statistics.intervals import Estimate, Kind, count, ratio, total, wilson
from prodops_metrics.statistics.percentiles import Ranked, percentile
from prodops_metrics.statistics.samples import Sample
from prodops_metrics.statistics.survival import Lifetimes, survival


def estimate(kind: Kind, sample: Sample, *, level: float = 0.95, positive: bool = False) -> Estimate | None:
    """The estimate for one window; None where the denominator is empty, so that nothing is defined.

    ``positive`` says of a ratio that it cannot fall below zero.
    """
    if isinstance(sample, Composed):
        return composed(sample, level=level)
    if isinstance(sample, Lifetimes):
        return survival(sample, level=level) if sample.units else None
    if isinstance(sample, Ranked):
        return percentile(sample, level=level) if sample.b else None
    if kind in {"count", "total"}:
        return count(sample, level=level) if kind == "count" else total(sample, level=level)
    if sample.b == 0:
        return None
    return wilson(sample, level=level) if kind == "share" else ratio(sample, level=level, positive=positive)
