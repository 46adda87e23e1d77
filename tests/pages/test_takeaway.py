"""The button below a chart: nothing is made while it is closed, and what it offers is what was shown."""

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = """
import datetime, os, pathlib
import polars as pl
from prodops_metrics.calendar import Window
from prodops_metrics.pages import takeaway
from prodops_metrics.reports.session import Pinned
from prodops_metrics.reports.takeaway import Parcel

day = datetime.date(2026, 11, 16)
pinned = Pinned(3, "abc", day, day, "UTC", 12)
frame = pl.DataFrame({"bucket": [day], "point": [0.5]})
parcel = Parcel("search.adoption", "Adoption", pinned, {"search.adoption": frame}, Window(day, day + datetime.timedelta(1)))
spec = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}
takeaway.offer(parcel, WITH)
"""


def shown(spec: str, *, opened: bool) -> AppTest:
    app = AppTest.from_string(SCRIPT.replace("WITH", spec), default_timeout=30)
    if opened:
        app.session_state["take away search.adoption"] = True
    return app.run()


def labels(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


@pytest.mark.parametrize(
    ("spec", "kinds"), [("spec", ["CSV", "Parquet", "JSON", "PNG", "SVG"]), ("None", ["CSV", "Parquet", "JSON"])]
)
def test_an_opened_button_offers_numbers_and_where_there_is_one_the_picture(spec: str, kinds: list[str]) -> None:
    app = shown(spec, opened=True)
    assert not app.exception
    assert [label.partition(":")[0] for label in labels(app)] == kinds


def test_a_closed_button_makes_nothing() -> None:
    app = shown("spec", opened=False)
    assert not app.exception
    assert labels(app) == []
