"""Moments to estimates: pure arithmetic, every formula with its source. No data access, no frames, no words."""

from prodops_metrics.statistics.changes import Change, change
from prodops_metrics.statistics.intervals import Estimate, estimate
from prodops_metrics.statistics.moments import Moments, PairMoments

__all__ = ["Change", "Estimate", "Moments", "PairMoments", "change", "estimate"]
