"""Whether whoever asked for a page still has it open."""

import logging
from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.testing.v1 import AppTest

from prodops_metrics.pages import visitors


def test_a_visitor_waits_until_the_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    active = {"one", "two"}
    server = SimpleNamespace(is_active_session=active.__contains__)
    monkeypatch.setattr(visitors, "runtime", SimpleNamespace(exists=lambda: True, get_instance=lambda: server))
    context = SimpleNamespace(session_id="one", script_requests=None)
    monkeypatch.setattr(visitors, "get_script_run_ctx", lambda: context)
    there = visitors.visitor_waits()
    assert there()
    active.discard("one")
    assert not there()


def test_where_no_server_runs_questions_are_answered() -> None:
    assert visitors.visitor_waits()()


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (RerunData(), False),
        (RerunData(page_script_hash="another"), False),
        (RerunData(fragment_id="a part of this page"), True),
        (RerunData(fragment_id="a part", is_fragment_scoped_rerun=True), False),
    ],
)
def test_who_clicks_on_something_else_waits_no_more(monkeypatch: pytest.MonkeyPatch, asked: RerunData, waits: bool) -> None:
    """As Streamlit sees it: what it would take up in place of the run is what nobody waits beyond."""
    requests = ScriptRequests()
    server = SimpleNamespace(is_active_session=lambda _: True)
    monkeypatch.setattr(visitors, "runtime", SimpleNamespace(exists=lambda: True, get_instance=lambda: server))
    context = SimpleNamespace(session_id="one", script_requests=requests)
    monkeypatch.setattr(visitors, "get_script_run_ctx", lambda: context)
    there = visitors.visitor_waits()
    assert there()
    assert requests.request_rerun(asked)
    assert there() == there() == waits
    assert (requests.on_scriptrunner_yield() is None) == waits


def test_a_run_whose_visitor_went_on_ends_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    def page() -> None:
        import streamlit as st

        from prodops_metrics.errors import UnwantedError
        from prodops_metrics.pages.loading import told

        st.title("Before")
        with told():
            raise UnwantedError("SELECT 1")
        st.title("After")

    with caplog.at_level(logging.INFO, "prodops_metrics"):
        test = AppTest.from_function(page).run()
    assert [title.value for title in test.title] == ["Before"]
    assert not test.exception
    assert not test.error
    assert not [record for record in caplog.records if record.name.startswith("prodops_metrics")]
