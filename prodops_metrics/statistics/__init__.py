"""Moments to estimates: pure arithmetic, every formula with its source. No data access, no frames, no words."""

from prodops_metrics.statistics.changes import Change, change
from prodops_metrics.statistics.estimates import estimate
from prodops_metrics.statistics.intervals import Estimate
from prodops_metrics.statistics.moments import Moments, PairMoments
from prodops_metrics.statistics.samples import Pair, Sample, pair, sample

__all__ = ["Change", "Estimate", "Moments", "Pair", "PairMoments", "Sample", "change", "estimate", "pair", "sample"]
