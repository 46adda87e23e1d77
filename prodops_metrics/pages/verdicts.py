"""Verdicts on pages: a word with its sign, the reasons with their receipts, and the weeks behind them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

import streamlit as st

from prodops_metrics.charts import Theme
from prodops_metrics.definitions.verdicts import State
from prodops_metrics.pages.parts import opening, quiet, tell_receipts
from prodops_metrics.pages.pictures import chart, picture_of, pictures_of
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.verdict_report import ShownReason, VerdictReport, weeks_sentence
from prodops_metrics.reports.verdict_words import NAMES, SIGNS, WORRY

TONES: Mapping[State, Literal["green", "orange", "red", "gray"]] = {
    "healthy": "green",
    "watch": "orange",
    "at_risk": "red",
    "suspect": "orange",
}
"""The colour beside the words; grey where nothing is said about the feature itself."""


def badge_text(verdict: VerdictReport) -> str:
    """The verdict in a word, with its sign, as a badge in text."""
    return f":{TONES.get(verdict.state, 'gray')}-badge[{SIGNS[verdict.state]} {verdict.name}]"


def block(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    """The verdict at the top of a report: whether to worry, why, since when, and week by week."""
    verdict = report.verdict
    with st.container(border=True, key="verdict", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            prose(f"**{WORRY[verdict.state]}** :small[:gray[{' · '.join(_facts(verdict))}]]")
            with st.container(width="content"):
                _receipts(verdict.reasons)
        if verdict.reasons:
            prose("\n".join(f"- {shown.sentence}" for shown in verdict.reasons))
        if verdict.scope:
            quiet(verdict.scope)
        if verdict.waiting:
            quiet(f"{verdict.waiting} {' '.join(verdict.pending)}".rstrip())
        if len(verdict.weeks) > 1:
            for one in pictures_of(report, version, "verdict"):
                chart(picture_of(one, colours, version, report.view), one.words, "verdict weeks")
        if verdict.weeks:
            quiet(weeks_sentence(verdict.weeks))
        _said(verdict)
    first, *others = report.summary if report.view.plain else report.summary[1:]
    prose(" ".join((f"**{first}**", *others)))


def _receipts(reasons: Sequence[ShownReason]) -> None:
    """Where the numbers of the reasons come from, by their number in the list."""
    found = [(f"Reason {number}", shown.receipt) for number, shown in enumerate(reasons, 1) if shown.receipt]
    if found:
        opening("Receipts" if len(found) > 1 else "Receipt", "receipts of the verdict", partial(tell_receipts, found))


def _facts(verdict: VerdictReport) -> list[str]:
    judged = f"the week to {day(verdict.week)}" if verdict.week else ""
    facts = [verdict.since_text, f"judged on {judged}" if judged and judged not in verdict.since_text else ""]
    rule = f"rule {verdict.rule} of `standard.yml`" if verdict.rule else ""
    return [fact for fact in (*facts, rule) if fact]


def _said(verdict: VerdictReport) -> None:
    """What was said at the time, where it was something else than is said of those weeks today."""
    now = {week.day: week.state for week in verdict.weeks}
    other = [said for said in verdict.said if said.week in now and now[said.week] != said.state]
    for said in other[-3:]:
        words = f"Snapshot {said.snapshot} (data through {day(said.data_through)}) said {NAMES[said.state].lower()}"
        quiet(f"{words} of the week to {day(said.week)}: {' '.join(said.reasons)}")
