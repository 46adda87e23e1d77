"""Pictures of charts stand for themselves: title, window and source are drawn, and the text is really there."""

import io
import re
import xml.etree.ElementTree as ElementTree
from datetime import date, timedelta

import polars as pl
import pytest

from prodops_metrics.charts import DARK, LIGHT, Theme, over_time
from prodops_metrics.charts.export import Caption, png, svg

CAPTION = Caption("Adoption of Smart Search", ("24 Aug to 16 Nov 2026", "Source: search.adoption, snapshot 1"))
ROWS = [
    {"bucket": date(2026, 8, 31) + timedelta(weeks=week), "numerator": 40.0 + week, "denominator": 100.0, "units": 100,
     "point": 0.4 + week / 100, "low": 0.3, "high": 0.6, "complete": True, "reason": None}
    for week in range(6)
]  # fmt: skip
FRAME = pl.DataFrame(ROWS, schema_overrides={"reason": pl.String})


def drawn(theme: Theme = LIGHT) -> dict[str, object]:
    return over_time(FRAME, "percent", theme, None, "45.0 %")


def words(picture: str) -> str:
    texts = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    return " ".join("".join(text.itertext()) for text in texts)


def test_an_svg_holds_title_window_and_source_as_text() -> None:
    said = words(svg(drawn(), LIGHT, CAPTION))
    for text in (CAPTION.title, *CAPTION.lines, "45.0 %", "60 %", "31 Aug"):
        assert text in said


def test_a_long_caption_is_broken_into_lines_and_loses_no_word() -> None:
    long = Caption(" ".join(f"word{number}" for number in range(40)), (" ".join(f"line{n}" for n in range(60)),))
    said = words(svg(drawn(), LIGHT, long))
    assert all(f"word{number}" in said for number in range(40))
    assert all(f"line{number}" in said for number in range(60))


@pytest.mark.parametrize(("theme", "ground"), [(LIGHT, (255, 255, 255)), (DARK, (18, 21, 28))])
def test_a_png_draws_the_letters_of_its_title_on_an_opaque_ground(theme: Theme, ground: tuple[int, int, int]) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = image.open(io.BytesIO(png(drawn(theme), theme, CAPTION))).convert("RGB")
    assert picture.getpixel((0, 0)) == ground
    ink = tuple(int(theme.ink[at : at + 2], 16) for at in (1, 3, 5))
    head = picture.crop((0, 0, picture.width, 90))
    inked = sum(count for count, colour in head.getcolors(1 << 20) if colour == ink)
    without = image.open(io.BytesIO(png(drawn(theme), theme, Caption("")))).convert("RGB")
    bare = sum(count for count, colour in without.crop((0, 0, without.width, 90)).getcolors(1 << 20) if colour == ink)
    assert inked > bare + 500


def test_a_font_that_the_converter_does_not_know_would_draw_nothing_so_only_a_known_one_is_named() -> None:
    fonts = set(re.findall(r'font-family="([^"]+)"', svg(drawn(), LIGHT, CAPTION)))
    assert fonts == {"sans-serif"}


def test_the_specification_that_a_cache_holds_stays_as_it_was() -> None:
    spec = drawn()
    before = repr(spec)
    png(spec, LIGHT, CAPTION)
    assert repr(spec) == before
