"""The Overview: every feature on one line; a line opens its report."""

import polars as pl
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from prodops_metrics.pages import state
from prodops_metrics.pages.loading import overview_of, session, told
from prodops_metrics.pages.parts import DEFAULT_WEEKS, WEEKS, pinned, quiet, weeks_control
from prodops_metrics.reports.overview import FeatureLine, Overview

ROW = 42


def page(report: StreamlitPage) -> None:
    """Draws the page; a selected line goes to ``report``."""
    st.title("Overview")
    with told():
        _draw(report)


def _draw(report: StreamlitPage) -> None:
    current = session()
    state.pull("weeks", WEEKS, DEFAULT_WEEKS)
    sentence, facts = st.empty(), st.empty()
    weeks_control()
    weeks = int(state.push("weeks", DEFAULT_WEEKS))
    shown = overview_of(current, current.version, weeks)
    sentence.markdown(f"Adoption: **{shown.sentence}**")
    facts.markdown(f":small[:gray[{pinned(shown)}]]")
    if shown.lines:
        _table(shown, report)
        quiet("Select a feature to open its report. The headline is 28 days, whatever the charts show.")


def _table(shown: Overview, report: StreamlitPage) -> None:
    selected = st.dataframe(
        pl.DataFrame([_row(line) for line in shown.lines]),
        hide_index=True,
        row_height=ROW,
        height="content",
        selection_mode="single-cell",
        on_select="rerun",
        key="features",
        alt=f"Adoption, active users, activation and retention of every feature. {shown.sentence}",
        column_config={
            "Feature": st.column_config.TextColumn(width="medium"),
            "trend": st.column_config.LineChartColumn(f"Last {shown.weeks} weeks", width="small", y_min=0.0),
            "Against the window before": st.column_config.TextColumn(width="medium"),
        },
    )
    cells = selected.selection.cells
    if cells:
        st.switch_page(report, query_params={"feature": shown.lines[cells[0][0]].feature.id})


def _row(line: FeatureLine) -> dict[str, object]:
    adoption = line.cards["adoption"]
    points = line.adoption.filter(pl.col("complete"))["point"].drop_nulls().to_list() if line.adoption.height else []
    return {
        "Feature": line.feature.name,
        "Adoption": adoption.text,
        "Counted": adoption.counted_text.replace(" eligible active users", ""),
        "Against the window before": adoption.movement_text,
        "trend": points,
        "Active users": line.cards["active_units"].text,
        "Activation": line.cards["activation"].text,
        "Retention": line.cards["retention"].text,
        "Owner": line.owner,
        "Stage": line.feature.stage,
    }
