"""What runs in the visitor's browser beside Streamlit: one script for all pages, sent once."""

from functools import cache
from pathlib import Path

import streamlit as st

STATIC = Path(__file__).with_name("static")
SCRIPTS = ("history.js", "pictures.js")
"""Back undoes what the visitor did last, in one press; pictures are fetched when they come into sight."""


def attend() -> None:
    """Stands where no page draws, so that it stays while pages come and go."""
    st.components.v2.component("prodops", js=_script(), isolate_styles=False)(key="browser", on_again_change=_again)


def _again() -> None:
    """Nothing more than a run of the page, which makes known what it shows to a server that has forgotten it."""


@cache
def _script() -> str:
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS)
