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


def _element(picture: str, name: str) -> str:
    """An SVG file as an element of an HTML page: ids of its own, and none of the roles that the page says in words."""
    root = ElementTree.fromstring(picture)
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
        for key in [key for key in node.attrib if key == "role" or key.startswith(("aria-", "{"))]:
            del node.attrib[key]
        for key, value in node.attrib.items():
            node.attrib[key] = re.sub(r"url\(#", f"url(#{name}-", f"{name}-{value}" if key == "id" else value)
    root.attrib.pop("version", None)
    root.set("aria-hidden", "true")
    return ElementTree.tostring(root, encoding="unicode")


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
