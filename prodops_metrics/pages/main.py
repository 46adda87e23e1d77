"""The dashboard's script: navigation, and nothing else."""

from pathlib import Path

import streamlit as st

from prodops_metrics.pages import feature, new, overview

STATIC = Path(__file__).with_name("static")
ICON, WORDMARK = STATIC / "logo.svg", STATIC / "wordmark.svg"


def main() -> None:
    """Draws the page that the address names."""
    st.set_page_config(page_title="prodops-metrics", page_icon=str(ICON), layout="wide")
    st.logo(str(WORDMARK), size="medium", icon_image=str(ICON))
    report = st.Page(feature.page, title="Feature report", url_path="feature")
    home = st.Page(lambda: overview.page(report), title="Overview", default=True)
    attempt = st.Page(new.page, title="Try a metric", url_path="new")
    st.navigation([home, report, attempt]).run()


if __name__ == "__main__":
    main()
