"""The dashboard while pages are written: `streamlit run app.py`. `prodops serve` serves the same from any directory."""

import streamlit as st

from prodops_metrics.pages.serve import ROUTES, SCRIPT

app = st.App(SCRIPT, routes=ROUTES)
