"""The Overview: every feature on one line; its name opens its report.

A line is a row of four parts on a desk, two rows on a tablet, and a card on a phone.
"""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from prodops_metrics.charts import Theme, sparkline
from prodops_metrics.charts.style import Spec
from prodops_metrics.pages import state
from prodops_metrics.pages.loading import overview_of, session, theme, told
from prodops_metrics.pages.parts import COLOURS, DEFAULT_WEEKS, MARKS, WEEKS, chart, facts, quiet, stage, weeks_control
from prodops_metrics.pages.verdicts import badge
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.overview import FeatureLine, Overview
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import ABSENT, series_sentence

COLUMNS, NARROWEST_COLUMN = 6, 125
"""A line is so many columns while they fit; the name and the trend take one each, the figures two."""
BESIDE = {"active_units": "active users", "activation": "activation", "retention": "retention"}
"""The figures that stand beside adoption."""
LINK_PADDING = 7
"""Pixels by which a link's words stand off its left edge."""
KEPT_SPECS = 50


def page(report: StreamlitPage) -> None:
    """Draws the page; the name of a feature leads to ``report``."""
    title = st.empty()
    title.title("Overview", anchor=False)
    with told():
        current = session()
        title.title(f"{current.catalog.project.name} overview", anchor=False)
        _draw(current, report)


def _draw(current: Session, report: StreamlitPage) -> None:
    state.pull("weeks", WEEKS, DEFAULT_WEEKS)
    sentence, origin = st.empty(), st.empty()
    weeks_control()
    weeks = state.push("weeks", DEFAULT_WEEKS)
    shown = overview_of(current, current.version, int(weeks))
    sentence.markdown(f"**{shown.sentence}**")
    origin.markdown(f":small[:gray[{facts(shown.pinned)}]]")
    specs = _sparklines(shown, theme(), current.version, shown.pinned.weeks)
    with st.container(gap="xsmall"):
        for line in shown.lines:
            address = state.address({"feature": line.feature.id, "weeks": weeks}, {"weeks": DEFAULT_WEEKS})
            _line(line, report, address, specs.get(line.feature.id))
    if shown.lines:
        _drafts(shown)
        quiet("A feature's name opens its report. Figures keep each metric's own window, however far the charts go back.")


def _drafts(shown: Overview) -> None:
    """The metrics that may still change, each with its feature's report."""
    if not shown.drafts:
        return
    named = {line.feature.id: line.feature.name for line in shown.lines}
    about = [f"`{one.id}`" + (f" ({named[one.feature]})" if one.feature in named else "") for one in shown.drafts]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.badge("Draft", color=MARKS["draft"])
        st.markdown(f":small[:gray[In no verdict, and may still change: {', '.join(about)}]]", width="content")


def _line(line: FeatureLine, report: StreamlitPage, address: dict[str, str], spec: Spec | None) -> None:
    with st.container(border=True, key=f"feature {line.feature.id}"):
        grid = st.grid(COLUMNS, min_column_width=NARROWEST_COLUMN, vertical_alignment="center", gap="xsmall", dense=True)
        quiet(_why(line))
    named, adopted, trend, others = (grid.cell(column_span=span) for span in (1, 2, 1, 2))
    with named.container(gap=None):
        st.page_link(report, label=f":primary[**{line.feature.name}**]", query_params=address)
        with st.container(horizontal=True, gap=None):
            st.space(LINK_PADDING)
            badge(line.verdict)
        with st.container(horizontal=True, gap=None):
            st.space(LINK_PADDING)
            quiet(" · ".join(part for part in (line.owner, stage(line.feature)) if part))
    with adopted:
        _adoption(line)
    if spec:
        with trend:
            chart(spec, series_sentence("Adoption", line.adoption), f"trend {line.feature.id}")
    with others.container(horizontal=True, horizontal_alignment="distribute", gap="xsmall"):
        for name, words in BESIDE.items():
            st.markdown(f"{_text(line.cards[name])}  \n:small[:gray[{words}]]", width="content")
    missing = [f"No {words}: {line.cards[name].absent}." for name, words in BESIDE.items() if line.cards[name].absent]
    if missing:
        with others:
            quiet(" ".join(missing))


def _why(line: FeatureLine) -> str:
    """The first reason of a verdict, how many more there are, and what the latest week says if it is something else."""
    first, more = line.verdict.reasons[:1], len(line.verdict.reasons) - 1
    rest = f" And {more} more reason{'s' if more > 1 else ''}." if more > 0 else ""
    return f"{''.join(one.sentence for one in first)}{rest} {line.verdict.waiting}".strip()


def _text(figure: Figure) -> str:
    """The figure; a dash so that it is no bullet of a list."""
    return f"\\{figure.text}" if figure.text == ABSENT else figure.text


def _adoption(line: FeatureLine) -> None:
    adoption = line.cards["adoption"]
    if adoption.absent:
        quiet(f"No adoption: {adoption.absent}.")
        return
    counted = "" if adoption.counted_text.startswith(adoption.text) else f" :small[:gray[{adoption.counted_text}]]"
    st.markdown(f"**{adoption.text}**{counted}  \n:small[:{COLOURS[adoption.good]}[{adoption.movement_text}]]")


@st.cache_data(max_entries=KEPT_SPECS, show_spinner=False)
def _sparklines(_shown: Overview, colours: Theme, version: tuple[int, str], weeks: int) -> dict[str, Spec]:
    """A sparkline for each feature of which some point is known."""
    known = [line for line in _shown.lines if line.adoption.height and line.adoption["point"].is_not_null().any()]
    return {line.feature.id: sparkline(line.adoption, colours) for line in known}
