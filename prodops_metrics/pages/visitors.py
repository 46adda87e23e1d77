"""Who asked for a page, and whether they are still there."""

from collections.abc import Callable

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def visitor_is_there() -> Callable[[], bool]:
    """Whether the visitor of this page run still has the page open, to be asked by any thread.

    Yes where no server runs that could tell.
    """
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return _always
    session_id, server = context.session_id, runtime.get_instance()
    return lambda: server.is_active_session(session_id)


def _always() -> bool:
    return True
