"""Pictures without a browser: where one stands, what the server draws of it, and what it does not know any more."""

import re
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from prodops_metrics.charts import DARK, LIGHT, funnel_bars
from prodops_metrics.charts.style import Spec
from prodops_metrics.pages import pictures
from prodops_metrics.pages.pictures import ROUTE, Picture, picture, picture_route
from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.session import Session

STEPS = (("Shown it", 10.0, "10"), ("Used <it>", 4.0, "4 of 10"))


def paths(test: AppTest) -> list[str]:
    """The addresses of the pictures that stand on a page."""
    return re.findall(r'data-path="([^"]+)"', "".join(one.proto.body for one in test.get("html")))


def asked(name: str, width: str = "400") -> Any:  # noqa: ANN401
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": f"width={width}".encode()}
    return picture_route(Request({**scope, "path_params": {"id": name}}))


def id_of(path: str) -> str:
    before, _, after = ROUTE.partition("{id}")
    assert path.startswith(before)
    return path.removeprefix(before).removesuffix(after)


def test_a_page_says_which_picture_stands_where_and_the_server_draws_it_when_asked(
    sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODOPS_PROJECT", str(sample_project))
    drawn, plain = [], Picture.spec

    def counted(self: Picture) -> Spec:
        drawn.append(self.name)
        return plain(self)

    monkeypatch.setattr(Picture, "spec", counted)
    test = AppTest.from_string("from prodops_metrics.pages import feature\nfeature.page()\n", default_timeout=60)
    test.query_params["feature"] = "search"
    found = paths(test.run())
    assert len(found) == len(set(found)) > 10
    assert drawn == [], "a page run draws nothing"
    over_time = next(one for one in found if pictures._shelf().known[id_of(one)].name == "search.adoption")
    answer = asked(id_of(over_time), "640")
    assert answer.status_code == 200
    root = ElementTree.fromstring(bytes(answer.body))
    assert root.get("width") == "640"
    report = feature_report(sample, "search")
    said = [node.get("data-said", "") for node in root.iter() if node.get("data-said")]
    points = [text for text in said if "counted: " in text]
    assert len(points) == report.series["adoption"]["point"].count()
    assert any(f"value: {report.cards[0].text}\ninterval: {report.cards[0].interval_text}" in text for text in points)
    assert asked(id_of(over_time), "640").body == answer.body
    assert drawn == ["search.adoption"], "what was drawn is kept"


def test_a_picture_is_another_in_the_dark_and_for_other_data() -> None:
    draw = partial(funnel_bars, STEPS)
    light, dark = (picture("funnel", draw, mode, (1, "abc")) for mode in (LIGHT, DARK))
    assert len({light.id, dark.id, picture("funnel", draw, LIGHT, (2, "abc")).id}) == 3
    assert light.id == picture("funnel", draw, LIGHT, (1, "abc")).id


def test_words_of_a_definition_stay_words_in_a_picture() -> None:
    shown = picture("funnel", partial(funnel_bars, STEPS), LIGHT, "words")
    pictures._shelf().put(shown)
    text = bytes(asked(shown.id).body).decode()
    assert "Used &lt;it&gt;" in text
    assert "<it>" not in text


@pytest.mark.parametrize(("width", "status"), [("400", 404), ("many", 400), ("-5", 400), ("99999", 400)])
def test_what_cannot_be_drawn_is_said_with_its_status(width: str, status: int) -> None:
    assert asked("nothing", width).status_code == status


def test_what_was_drawn_long_ago_is_given_up_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "KEPT_DRAWN", 2)
    shelf = pictures._Shelf()
    shown = picture("funnel", partial(funnel_bars, STEPS), LIGHT, "kept")
    assert shelf.put(shown) == pictures.USUAL_HEIGHT
    for width in (100, 200):
        shelf.keep(shown, width, 161, b"drawn")
    assert shelf.found(shown.id, 100) == b"drawn"
    shelf.keep(shown, 300, 161, b"drawn")
    assert [width for width in (100, 200, 300) if shelf.found(shown.id, width)] == [100, 300]
    assert shelf.put(shown) == 161, "its place is kept free the next time"
