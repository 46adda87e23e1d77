"""A dashboard of nothing: what Streamlit itself costs for a load, a change of page and a click."""

import streamlit as st

WEEKS = ["4 weeks", "12 weeks", "26 weeks"]


def first() -> None:
    """A title and one control."""
    st.title("First")
    weeks = st.segmented_control(
        "Weeks", ["4 weeks", "12 weeks", "26 weeks"], default="12 weeks", key="weeks", required=True
    )
    st.query_params["weeks"] = str(weeks).removesuffix(" weeks")
    st.query_params["series"] = st.segmented_control("Series", ["Adoption", "Active users"], key="series") or "adoption"
    st.markdown(f"{weeks} were chosen.")


def second() -> None:
    """The same again."""
    first()


PAGES = [st.Page(first, title="Overview", default=True), st.Page(second, title="Feature report", url_path="feature")]
st.navigation(PAGES).run()
