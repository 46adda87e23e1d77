"""Experiments as declared: what is tried on whom, when, and what decides."""

import streamlit as st

from prodops_metrics.pages import navigation
from prodops_metrics.pages.loading import session, told
from prodops_metrics.pages.parts import facts, quiet
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.experiment_list import ExperimentLine, experiment_lines
from prodops_metrics.reports.session import Session, pinned

WHAT = (
    "What each tries, on whom, and which metric decides. The page of a metric has its numbers for everybody, "
    "whichever variant they saw."
)


def page() -> None:
    """Draws the page."""
    st.title("Experiments", anchor=False)
    with told():
        _draw(session())


def _draw(current: Session) -> None:
    lines = experiment_lines(current)
    if not lines:
        st.info("No experiments are declared yet. Add one under `experiments:` in metric_defs/.")
        return
    prose(WHAT)
    quiet(facts(pinned(current, 0)))
    for line in lines:
        block(line)


def block(line: ExperimentLine) -> None:
    """One experiment in a frame."""
    one = line.experiment
    with st.container(border=True, key=f"experiment {one.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.header((one.description or one.id).rstrip("."), anchor=False, width="content")
            st.badge(line.state.capitalize(), color="blue" if line.state == "running" else "gray")
            quiet(line.when)
        prose(" ".join(line.sentences))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            quiet(" · ".join(part for part in (line.owner, f"`{one.place}`") if part))
            navigation.link("metric", f"The numbers of `{one.primary}`", metric=one.primary)
            if one.feature:
                navigation.link("feature", line.feature_name, feature=one.feature)
