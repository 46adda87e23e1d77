"""Result frames to Vega-Lite specifications, as plain dictionaries that a page draws and a cache keeps."""

from prodops_metrics.charts.funnel import funnel_bars
from prodops_metrics.charts.over_time import over_time, sparkline
from prodops_metrics.charts.style import DARK, LIGHT, Theme
from prodops_metrics.charts.triangle import retention_triangle
from prodops_metrics.charts.verdict_weeks import verdict_weeks

__all__ = ["DARK", "LIGHT", "Theme", "funnel_bars", "over_time", "retention_triangle", "sparkline", "verdict_weeks"]
