"""Any chart by its name, with what it is given: for drawings that a report lists."""

from collections.abc import Callable, Mapping
from typing import Any

from prodops_metrics.charts.active_days import active_days_bars
from prodops_metrics.charts.adopting import adopted_curve
from prodops_metrics.charts.came_back import came_back_curve
from prodops_metrics.charts.contrast import Dot, contrast_dots
from prodops_metrics.charts.funnel import funnel_bars
from prodops_metrics.charts.lifecycle import lifecycle_bars
from prodops_metrics.charts.over_time import Around, over_time
from prodops_metrics.charts.style import Spec, Theme, in_unit
from prodops_metrics.charts.triangle import retention_triangle
from prodops_metrics.charts.verdict_weeks import verdict_weeks

CHARTS: Mapping[str, Callable[..., Spec]] = {
    chart.__name__: chart
    for chart in (
        active_days_bars,
        adopted_curve,
        came_back_curve,
        contrast_dots,
        funnel_bars,
        lifecycle_bars,
        over_time,
        retention_triangle,
        verdict_weeks,
    )
}


def draw(chart: str, theme: Theme, given: Mapping[str, Any]) -> Spec:
    """The specification of a chart of this name in the colours of a mode; ``given`` are its other arguments.

    Dots of a contrast are plain tuples here, and what stands around a line a plain dictionary, as a report that knows no
    charts gives them; ``height`` takes the place of the chart's own, and ``unit`` stands behind the numbers of its axis.
    """
    arguments = {name: value for name, value in given.items() if name not in {"height", "unit"}}
    if "dots" in arguments:
        arguments["dots"] = [Dot(*dot) for dot in arguments["dots"]]
    if "around" in arguments:
        arguments["around"] = Around(**arguments["around"])
    drawn = in_unit(CHARTS[chart](theme=theme, **arguments), given.get("unit", ""))
    return {**drawn, "height": given["height"]} if "height" in given else drawn
