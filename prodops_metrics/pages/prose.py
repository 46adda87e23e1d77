"""Words on pages: no line breaks between a number and its unit."""

from typing import Any

import streamlit as st

from prodops_metrics.reports.wording import unbroken


def prose(text: str, **placed: Any) -> None:  # noqa: ANN401  as st.markdown takes it
    """Markdown with every number beside its unit."""
    st.markdown(unbroken(text), **placed)
