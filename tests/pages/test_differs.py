"""The page of toy streams without a browser: its numbers are those of the streams, and other events can be written."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from prodops_metrics.reports.differs import difference, stream_of, streams_in_order

SCRIPT = "from prodops_metrics.pages import differs\ndiffers.page()\n"


def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv("PRODOPS_PROJECT", str(tmp_path))
    test = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in address.items():
        test.query_params[name] = value
    return test.run()


def texts(test: AppTest) -> list[str]:
    return [str(each.value) for each in (*test.markdown, *test.header, *test.warning, *test.error, *test.code)]


def test_every_way_stands_with_its_number_even_without_a_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(tmp_path, monkeypatch, stream="retention_days")
    assert not test.exception
    page = texts(test)
    for counted in difference(stream_of("retention_days")).counted:
        assert counted.answer
        at = page.index(f"**{counted.way.who}**")
        assert page[at - 1] == f"**{counted.answer.text}**"
        assert counted.way.rule in page
    assert f"**{stream_of('retention_days').why}**" in page


def test_the_first_stream_is_the_default_and_not_in_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(tmp_path, monkeypatch)
    first = next(iter(streams_in_order().values()))
    assert first.question in texts(test)
    assert "stream" not in test.query_params
    test.selectbox(key="stream").set_value("percentile").run()
    assert test.query_params["stream"] == "percentile"
    assert "**760**" in texts(test)


def test_other_events_are_counted_and_kept_in_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(tmp_path, monkeypatch, stream="percentile")
    test.text_area[0].set_value("a,loaded,2024-01-01 09:00,10\nb,loaded,2024-01-01 09:01,20").run()
    assert test.query_params["events"].startswith("a,loaded")
    assert "**19**" in texts(test)
    again = drawn(tmp_path, monkeypatch, stream="percentile", events=test.query_params["events"])
    assert "**19**" in texts(again), "a link shows another person the same"
    again.button[0].click().run()
    assert "**760**" in texts(again)
    assert "events" not in again.query_params


def test_a_line_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(tmp_path, monkeypatch, stream="percentile", events="a,loaded,soon")
    assert not test.exception
    assert any("Line 1: `soon` is not a time" in text for text in texts(test))


def test_an_unknown_stream_is_named_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn(tmp_path, monkeypatch, stream="percentil")
    assert any("Did you mean `percentile`" in text for text in texts(test))
