"""A chart as a picture file that stands for itself: title, window and source are drawn in. Made without a browser."""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import vl_convert

from prodops_metrics.charts.drawing import draw
from prodops_metrics.charts.style import DARK, LIGHT, SIDES, Spec, Theme

WIDTH, SCALE, MARGIN = 900, 2.0, 20
FONT = "sans-serif"
"""The converter carries a face for this name (Liberation Sans). Of a name that it does not know it draws no text
and says nothing."""
TITLE_SIZE, LINE_SIZE, TITLE_LETTERS, LINE_LETTERS = 17, 12, 90, 130
NO_USE = {"role", "pointer-events", "class"}
PLACES, FINER = {"d", "transform"}, re.compile(r"(\.\d\d)\d+")
"""Where numbers are pixels, and what of them is finer than anybody sees."""
SAYING = "graphics-symbol"
"""The role of marks that have a description."""
GROUND = {"light": "#FFFFFF", "dark": "#12151C"}


@dataclass(frozen=True, slots=True)
class Caption:
    """What a picture says of itself: its title, and lines below it such as the window and the source."""

    title: str
    lines: Sequence[str] = ()


def svg(spec: Spec, theme: Theme, caption: Caption | None = None, width: int = WIDTH) -> str:
    """The chart as SVG: text stays text. Without a caption, on no ground, to be set into a page of the same mode."""
    return str(vl_convert.vegalite_to_svg(_standing(spec, theme, caption, width), allowed_base_urls=[]))


def png(spec: Spec, theme: Theme, caption: Caption, width: int = WIDTH) -> bytes:
    """The chart as PNG, at twice the resolution of a screen."""
    drawn = vl_convert.vegalite_to_png(_standing(spec, theme, caption, width), scale=SCALE, allowed_base_urls=[])
    return bytes(drawn)


def both_modes(chart: str, given: Mapping[str, Any], name: str, width: int) -> tuple[str, str]:
    """A drawing for a light and for a dark page, as SVG elements to be set into one; ``name`` is one in that page."""
    light, dark = (svg(draw(chart, theme, given), theme, width=width) for theme in (LIGHT, DARK))
    return _element(light, f"{name}-light"), _element(dark, f"{name}-dark")


def inline(spec: Spec, theme: Theme, name: str, width: int) -> tuple[bytes, int]:
    """A chart as an SVG element of a page, and its height in pixels; ``name`` is one in that page.

    What the pointer is to say of a mark stands in its ``data-said``, a line for each figure.
    """
    root = _root(svg(_saying(spec), theme, width=width), name)
    return ElementTree.tostring(root), int(float(root.get("height", "0")))


def _element(picture: str, name: str) -> str:
    return ElementTree.tostring(_root(picture, name), encoding="unicode")


def _root(picture: str, name: str) -> ElementTree.Element:
    """An SVG file as an element of an HTML page: ids of its own, and none of the roles that the page says in words."""
    root = ElementTree.fromstring(picture)
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
        said = node.get("aria-label", "") if node.get("role") == SAYING else ""
        for key in [key for key in node.attrib if key in NO_USE or key.startswith(("aria-", "{"))]:
            del node.attrib[key]
        for key, value in node.attrib.items():
            named = re.sub(r"url\(#", f"url(#{name}-", f"{name}-{value}" if key == "id" else value)
            node.attrib[key] = FINER.sub(r"\1", named) if key in PLACES else named
        if said:
            node.set("data-said", said)
        for unseen in [each for each in node if _unseen(each)]:
            node.remove(unseen)
    root.attrib.pop("version", None)
    root.set("aria-hidden", "true")
    return root


def _unseen(node: ElementTree.Element) -> bool:
    """Whether nothing is drawn of it, which the converter writes all the same."""
    return node.get("display") == "none" or (node.tag.endswith("text") and node.get("opacity") == "0")


def _saying(spec: Spec) -> Spec:
    """The specification with the words of its tooltips as descriptions of their marks, and no other descriptions."""
    layers = [_layer(one) for one in spec["layer"]] if "layer" in spec else None
    whole = _layer(spec) if layers is None else {**spec, "layer": layers}
    return {**whole, "config": {**spec.get("config", {}), "aria": False}}


def _layer(layer: Spec) -> Spec:
    tips = layer.get("encoding", {}).get("tooltip")
    if not tips:
        return layer
    lines = [_line(tip) for tip in (tips if isinstance(tips, list) else [tips])]
    mark = layer["mark"] if isinstance(layer["mark"], dict) else {"type": layer["mark"]}
    encoding = {name: given for name, given in layer["encoding"].items() if name != "tooltip"}
    told = {"calculate": " + '\\n' + ".join(lines), "as": "said"}
    return {
        **layer,
        "mark": {**mark, "aria": True},
        "encoding": {**encoding, "description": {"field": "said", "type": "nominal"}},
        "transform": [*layer.get("transform", []), told],
    }


def _line(tip: Mapping[str, Any]) -> str:
    """A line of a tooltip as an expression: its name, unless that is left out on purpose, and its value."""
    value = f"datum[{json.dumps(tip['field'])}]"
    value = f"format({value}, {json.dumps(tip['format'])})" if "format" in tip else value
    title = tip.get("title", tip["field"])
    return f"{json.dumps(f'{title}: ')} + {value}" if title else f"'' + {value}"


def _standing(spec: Spec, theme: Theme, caption: Caption | None, width: int) -> Spec:
    """A specification that needs no page around it; the one given is left as it is, since a cache holds it."""
    found: dict[str, Any] = json.loads(json.dumps(spec))
    found["width"] = width
    found["config"] = {**found.get("config", {}), "font": FONT}
    if caption:
        found["background"] = GROUND["dark" if theme == DARK else "light"]
        found["title"] = _title(caption, theme)
        found["padding"] = dict.fromkeys(SIDES, MARGIN)
    return found


def _title(caption: Caption, theme: Theme) -> dict[str, Any]:
    lines = [part for line in caption.lines for part in textwrap.wrap(line, LINE_LETTERS)]
    return {
        "text": textwrap.wrap(caption.title, TITLE_LETTERS),
        "subtitle": lines,
        "anchor": "start",
        "frame": "bounds",
        "align": "left",
        "font": FONT,
        "subtitleFont": FONT,
        "fontSize": TITLE_SIZE,
        "subtitleFontSize": LINE_SIZE,
        "color": theme.ink,
        "subtitleColor": theme.muted,
        "subtitlePadding": 4,
        "offset": 14,
    }
