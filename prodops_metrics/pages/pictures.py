"""Pictures on pages: the server draws one when somebody sees it, at the width of its place, and keeps what it drew.

A page only says which picture stands where. The browser asks for those that are in sight, then in quiet moments for the
others, so that a page answers before its pictures are made, and nobody waits for one far below.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from html import escape
from secrets import token_hex

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from prodops_metrics import charts
from prodops_metrics.charts import Theme
from prodops_metrics.charts.export import inline
from prodops_metrics.charts.style import Spec
from prodops_metrics.reports.drawings import Drawing, drawings
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.view import View

log = logging.getLogger(__name__)
ROUTE = "/pictures/{id}.svg"
PLACE = (
    '<div class="picture" role="img" aria-label="{alt}" data-name="{name}" data-path="{path}" data-owed'
    ' style="min-height:{height}px"></div>'
)
KEPT_LISTS, KEPT_PICTURES, KEPT_DRAWN = 200, 4000, 1500
WIDTHS = range(64, 4097)
USUAL_HEIGHT = 200
"""Pixels kept free for a picture of which none was drawn before, where nobody knows better."""
SPARK_HEIGHT, STRIP_HEIGHT = 46, 65
"""The same for a line without axes, and for the weeks of a verdict."""
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
"""A picture's address names everything that it shows, so it never changes."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that can be drawn: ``id`` is one for what it shows, in the colours of a mode; ``name`` is its place.

    ``height`` is how many pixels to keep free for it before the first of its name was drawn.
    """

    id: str
    name: str
    draw: Callable[[Theme], Spec]
    colours: Theme
    height: int = USUAL_HEIGHT

    def spec(self) -> Spec:
        """Its specification."""
        return self.draw(self.colours)


@dataclass(slots=True)
class _Shelf:
    """The pictures that pages have shown, and what was drawn of them, the least recently asked for given up first."""

    known: OrderedDict[str, Picture] = field(default_factory=OrderedDict)
    drawn: OrderedDict[tuple[str, int], bytes] = field(default_factory=OrderedDict)
    heights: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    mark: str = field(default_factory=partial(token_hex, 4))

    def put(self, picture: Picture) -> int:
        """Makes a picture known; returns the height to keep free for it."""
        with self.lock:
            self.known[picture.id] = picture
            self.known.move_to_end(picture.id)
            while len(self.known) > KEPT_PICTURES:
                self.known.popitem(last=False)
            return self.heights.get(picture.name, picture.height)

    def found(self, picture: str, width: int) -> bytes | None:
        """What was drawn of a picture at a width."""
        with self.lock:
            if (picture, width) in self.drawn:
                self.drawn.move_to_end((picture, width))
            return self.drawn.get((picture, width))

    def keep(self, picture: Picture, width: int, height: int, drawn: bytes) -> None:
        """Keeps what was drawn."""
        with self.lock:
            self.drawn[picture.id, width] = drawn
            self.heights[picture.name] = height
            while len(self.drawn) > KEPT_DRAWN:
                self.drawn.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _shelf() -> _Shelf:
    return _Shelf()


def picture(
    name: str, draw: Callable[[Theme], Spec], colours: Theme, *shows: Hashable, height: int = USUAL_HEIGHT
) -> Picture:
    """A picture by what it shows.

    Args:
        name: its place, one on its page.
        draw: makes its specification in the colours of a mode.
        colours: those of the visitor's mode.
        shows: whatever makes it another picture, such as the versions of data and definitions, and the view.
        height: the pixels that it usually takes.
    """
    told = repr((_shelf().mark, name, colours, shows))
    return Picture(blake2b(told.encode(), digest_size=12).hexdigest(), name, draw, colours, height)


def pictures_of(report: FeatureReport, version: tuple[int, str], place: str) -> tuple[Drawing, ...]:
    """What there is to draw at one place of a report."""
    return tuple(one for one in _drawings(report, version, report.feature.id, report.view) if one.place == place)


def picture_of(drawing: Drawing, colours: Theme, version: tuple[int, str], view: View) -> Picture:
    """The picture of a drawing of a report."""
    height = STRIP_HEIGHT if drawing.place == "verdict" else USUAL_HEIGHT
    return picture(drawing.parcel.id, partial(_drawn, drawing), colours, version, view, height=height)


def _drawn(drawing: Drawing, colours: Theme) -> Spec:
    return charts.draw(drawing.chart, colours, drawing.given)


@st.cache_resource(max_entries=KEPT_LISTS, show_spinner=False)
def _drawings(_report: FeatureReport, version: tuple[int, str], feature: str, view: View) -> tuple[Drawing, ...]:
    return drawings(_report)


def chart(shown: Picture, alt: str, key: str) -> None:
    """Stands for a picture on a page; ``alt`` is what a screen reader says, ``key`` the name of its place on the page."""
    st.html(place(shown, alt, key))


def place(shown: Picture, alt: str, key: str) -> str:
    """The same as HTML, for a block that has more than a picture."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    path = f"{f'/{base}' if base else ''}{ROUTE.format(id=shown.id)}"
    height = _shelf().put(shown)
    return PLACE.format(alt=escape(alt), name=escape(key), path=escape(path), height=height)


def picture_route(request: Request) -> Response:
    """A picture as SVG, for the width that ``width`` says; status 404 where no page has shown it."""
    width = request.query_params.get("width", "")
    shelf, name = _shelf(), request.path_params["id"]
    if not width.isdigit() or int(width) not in WIDTHS:
        return Response(f"`width` is a number from {WIDTHS[0]} to {WIDTHS[-1]}.", 400)
    found = shelf.found(name, int(width))
    if found is None:
        known = shelf.known.get(name)
        if known is None:
            return Response("There is no such picture any more; the page has to be loaded again.", 404)
        found, height = inline(known.spec(), known.colours, known.id, int(width))
        shelf.keep(known, int(width), height, found)
    return Response(found, headers=FOREVER, media_type="image/svg+xml")
