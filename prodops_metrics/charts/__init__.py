"""Result frames to Vega-Lite specifications, as plain dictionaries that a page draws and a cache keeps."""

from prodops_metrics.charts.active_days import active_days_bars
from prodops_metrics.charts.adopting import adopted_curve
from prodops_metrics.charts.came_back import came_back_curve
from prodops_metrics.charts.compared import Named, compared
from prodops_metrics.charts.contrast import Dot, contrast_dots
from prodops_metrics.charts.drawing import draw
from prodops_metrics.charts.event_line import Dot as EventDot
from prodops_metrics.charts.event_line import event_line
from prodops_metrics.charts.funnel import funnel_bars
from prodops_metrics.charts.lifecycle import lifecycle_bars
from prodops_metrics.charts.over_time import Around, over_time, sparkline
from prodops_metrics.charts.style import DARK, LIGHT, Theme
from prodops_metrics.charts.triangle import retention_triangle
from prodops_metrics.charts.verdict_weeks import verdict_weeks
from prodops_metrics.charts.volume import volume_bars

__all__ = [
    "DARK",
    "LIGHT",
    "Around",
    "Dot",
    "EventDot",
    "Named",
    "Theme",
    "active_days_bars",
    "adopted_curve",
    "came_back_curve",
    "compared",
    "contrast_dots",
    "draw",
    "event_line",
    "funnel_bars",
    "lifecycle_bars",
    "over_time",
    "retention_triangle",
    "sparkline",
    "verdict_weeks",
    "volume_bars",
]
