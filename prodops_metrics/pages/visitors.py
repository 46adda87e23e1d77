"""Who asked for a page, and whether they still wait for it."""

from collections.abc import Callable

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType


def visitor_waits() -> Callable[[], bool]:
    """Whether the visitor of this page run still waits for it, to be asked by any thread.

    No once the page was closed, or something was clicked whose run takes the place of this one. Yes where no server runs
    that could tell.
    """
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return _always
    session_id, server, requests = context.session_id, runtime.get_instance(), context.script_requests
    return lambda: server.is_active_session(session_id) and not (requests and _asks_for_another_run(requests))


def _asks_for_another_run(requests: ScriptRequests) -> bool:
    """What Streamlit looks at whenever something is drawn (``on_scriptrunner_yield``), without taking the request away.

    While a question is being answered nothing is drawn, so the click would wait for an answer that nobody reads.
    """
    state, asked = requests._state, requests._rerun_data
    if state is ScriptRequestType.RERUN:
        return not asked.fragment_id_queue or asked.is_fragment_scoped_rerun
    return state is ScriptRequestType.STOP


def _always() -> bool:
    return True
