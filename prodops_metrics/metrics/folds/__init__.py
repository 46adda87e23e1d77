"""The rows of those who count, folded into what statistics need; one module per kind of statistics.

Each takes the CTE ``members`` (``window_id``, keys, ``unit, cluster, value, base``) and gives the rest of the statement, by
window or for a pair of windows (0 is before, 1 is now).
"""

from prodops_metrics.metrics.folds.shape import Shape

__all__ = ["Shape"]
