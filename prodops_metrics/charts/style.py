"""Colours and finish that all charts share. Distances between the hues stay clear for colour-blind readers."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

Spec = dict[str, Any]
Kind = Literal["percent", "number"]
AnyChart = Any  # what alt.layer() and encode() return is not typed
FONT_SIZE = 12
WEEK_TICKS = 6
PLAIN = ",~f"
"""How an axis writes numbers that are no shares."""
LABEL_PADDING = 8
"""Pixels between an axis and its labels, so that a point on the axis touches none."""
SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one mode: text, quiet text, rules, the series colour with its faint form, and a scale under text.

    On every colour of ``scale`` text in ``ink`` keeps a contrast of 4.5 or more.
    """

    ink: str
    muted: str
    rule: str
    series: str
    faint: str
    scale: tuple[str, str]


LIGHT = Theme("#1B2130", "#566074", "#E3E6EC", "#4338CA", "#DDDCF6", ("#F1F0FC", "#9D97EE"))
DARK = Theme("#E7E9EE", "#A5ADBB", "#2C3240", "#8D93F8", "#2B2F55", ("#1E2136", "#5257B8"))


def categories(theme: Theme) -> tuple[str, ...]:
    """Indigo, orange, teal, plum and ink, as pages have them: any two stay apart also for colour-blind readers."""
    if theme == DARK:
        return ("#8D93F8", "#F2913F", "#47B396", "#D078C0", "#D3D7DF")
    return ("#4338CA", "#D9680D", "#138A83", "#8B2A86", "#2B3344")


def finished(chart: AnyChart, theme: Theme, height: int, padding: int = 5, right: int = 0) -> Spec:
    """The specification of a chart as wide as its place: transparent, no frame, quiet axes.

    ``height`` is the plot's own; axes come on top, so that rows keep their height however few there are. ``right`` is room
    for words that stand past the plot.
    """
    axis: dict[str, Any] = {"labelColor": theme.muted, "titleColor": theme.muted, "labelFontSize": FONT_SIZE}
    sides = {**dict.fromkeys(SIDES, padding), "right": max(padding, right)}
    quiet = {"domain": False, "ticks": False, "gridColor": theme.rule, "labelPadding": LABEL_PADDING}
    dressed = (
        chart.properties(width="container", height=height, padding=sides)
        .properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
        .configure(background="transparent")
        .configure_view(stroke=None)
        .configure_axis(**axis, **quiet)
        .configure_text(color=theme.ink, fontSize=FONT_SIZE)
    )
    return dict(dressed.to_dict())


def unit_axis(kind: Kind) -> dict[str, Any]:
    """How an axis writes its ticks: no decimal, which would promise more than a tick means."""
    return {"labelExpr": "format(100 * datum.value, '~r') + ' %'"} if kind == "percent" else {"format": PLAIN}


def in_unit(spec: Spec, unit: str) -> Spec:
    """The chart with a unit behind the plain numbers of its upright axis."""
    if not unit:
        return spec
    says = {"labelExpr": f"format(datum.value, ',~f') + {json.dumps(f' {unit}')}"}
    layers = []
    for layer in spec["layer"]:
        encoding = dict(layer.get("encoding", {}))
        y = encoding.get("y", {})
        if y.get("axis") and y["axis"].get("format") == PLAIN:
            encoding["y"] = {**y, "axis": {**y["axis"], **says}}
        layers.append({**layer, "encoding": encoding})
    return {**spec, "layer": layers}


def unit_text(value: float, kind: Kind) -> str:
    """A value as cards write it."""
    if kind == "percent":
        return f"{100 * value:.1f} %"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:.3g}"
