"""Whether whoever asked for a page still has it open."""

from types import SimpleNamespace

import pytest

from prodops_metrics.pages import visitors


def test_a_visitor_is_there_until_the_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    active = {"one", "two"}
    server = SimpleNamespace(is_active_session=active.__contains__)
    monkeypatch.setattr(visitors, "runtime", SimpleNamespace(exists=lambda: True, get_instance=lambda: server))
    monkeypatch.setattr(visitors, "get_script_run_ctx", lambda: SimpleNamespace(session_id="one"))
    there = visitors.visitor_is_there()
    assert there()
    active.discard("one")
    assert not there()


def test_where_no_server_runs_questions_are_answered() -> None:
    assert visitors.visitor_is_there()()
