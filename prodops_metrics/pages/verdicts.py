"""Verdicts on pages: a word with its sign, the reasons with their receipts, and the weeks behind them."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from prodops_metrics.charts import Theme, verdict_weeks
from prodops_metrics.charts.style import Spec
from prodops_metrics.definitions.verdicts import State
from prodops_metrics.pages.parts import chart, quiet, show_receipt
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.verdict_report import VerdictReport, weeks_sentence
from prodops_metrics.reports.verdict_words import NAMES, SIGNS

TONES: Mapping[State, Literal["green", "orange", "red", "gray"]] = {
    "healthy": "green",
    "watch": "orange",
    "at_risk": "red",
    "suspect": "orange",
}
"""The colour beside the words; grey where nothing is said about the feature itself."""
KEPT_SPECS = 200


def badge(verdict: VerdictReport) -> None:
    """The verdict in a word, with its sign."""
    st.badge(f"{SIGNS[verdict.state]} {verdict.name}", color=TONES.get(verdict.state, "gray"))


def block(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    """The verdict at the top of a report: why, since when, and week by week."""
    verdict = report.verdict
    with st.container(border=True, key="verdict", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            badge(verdict)
            quiet(" · ".join(_facts(verdict)))
        for number, shown in enumerate(verdict.reasons):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(shown.sentence, width="stretch" if shown.receipt is None else "content")
                if shown.receipt:
                    show_receipt(f"the verdict's reason {number + 1}", f"verdict {number}", shown.receipt)
        if verdict.waiting:
            quiet(f"{verdict.waiting} {' '.join(verdict.pending)}".rstrip())
        if verdict.weeks:
            chart(_spec(verdict, colours, version, report.feature.id), weeks_sentence(verdict.weeks), "verdict weeks")
            quiet(weeks_sentence(verdict.weeks))
        _said(verdict)


def _facts(verdict: VerdictReport) -> list[str]:
    facts = [verdict.since_text, f"judged on the week to {day(verdict.week)}" if verdict.week else ""]
    rule = f"rule {verdict.rule} of `standard.yml`" if verdict.rule else ""
    return [fact for fact in (*facts, rule) if fact]


def _said(verdict: VerdictReport) -> None:
    """What was said at the time, where it was something else than is said of those weeks today."""
    now = {week.day: week.state for week in verdict.weeks}
    other = [said for said in verdict.said if said.week in now and now[said.week] != said.state]
    for said in other[-3:]:
        words = f"Snapshot {said.snapshot} (data through {day(said.data_through)}) said {NAMES[said.state].lower()}"
        quiet(f"{words} of the week to {day(said.week)}: {' '.join(said.reasons)}")


@st.cache_data(max_entries=KEPT_SPECS, show_spinner=False)
def _spec(_verdict: VerdictReport, colours: Theme, version: tuple[int, str], feature: str) -> Spec:
    """The signs of the weeks, built once per version, feature and mode."""
    return verdict_weeks([(week.day, week.state, week.text) for week in _verdict.weeks], colours)
