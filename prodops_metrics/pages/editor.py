"""The field that definitions are written in: equal widths, numbered lines, and what is typed arrives by itself."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

STATIC = Path(__file__).with_name("static")
FEWEST_ROWS = 10
HTML = """\
<div class="frame"><div class="lines" aria-hidden="true"></div>
<textarea spellcheck="false" autocomplete="off" autocapitalize="off" wrap="off"></textarea></div>
<p class="said">Checked while you type. Tab indents; Esc, then Tab leaves the field.</p>
"""


def editor(label: str, text: str, token: str, wrong: Iterable[int]) -> str:
    """Draws the field and returns what stands in it.

    Args:
        label: What it is for, as a screen reader says it.
        text: What it starts with.
        token: Names that start: another one puts ``text`` in the place of whatever was typed.
        wrong: The numbers of the lines with a fault.
    """
    data = {"label": label, "text": text, "token": token, "wrong": list(wrong), "rows": FEWEST_ROWS}
    _component()(key="definition", data=data, on_written_change=_nothing)
    return held(text, token)


def held(text: str, token: str) -> str:
    """What stands in the field, also before it is drawn in this run."""
    written = st.session_state.get("definition", {}).get("written")
    return str(written["text"]) if written and written["token"] == token else text


def _nothing() -> None:
    """A change only has to run the page again."""


@cache
def _files() -> tuple[str, str]:
    return (STATIC / "editor.css").read_text(encoding="utf-8"), (STATIC / "editor.js").read_text(encoding="utf-8")


def _component() -> Any:  # noqa: ANN401  Streamlit does not name the type
    css, js = _files()
    return st.components.v2.component("prodops_definition", html=HTML, css=css, js=js)
