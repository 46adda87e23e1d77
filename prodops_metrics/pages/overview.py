"""The Overview: every feature on one line; its name opens its report.

A line is a row of four parts on a desk, two rows on a tablet, and a card on a phone.
"""

from functools import partial

import streamlit as st

from prodops_metrics.charts import Theme, sparkline
from prodops_metrics.pages import navigation, state
from prodops_metrics.pages.controls import links, missing, view_controls
from prodops_metrics.pages.loading import overview_of, session, theme, told
from prodops_metrics.pages.parts import COLOURS, MARKS, facts, origin_line, quiet, stage, written
from prodops_metrics.pages.pictures import SPARK_HEIGHT, Picture, chart, picture
from prodops_metrics.pages.prose import prose
from prodops_metrics.pages.takeaway import offer
from prodops_metrics.pages.verdicts import badge_text
from prodops_metrics.reports.dates import moment
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.overview import FeatureLine, Overview, narrowed
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.takeaway import Parcel
from prodops_metrics.reports.view import View
from prodops_metrics.reports.wording import ABSENT, series_sentence, unbroken

COLUMNS, NARROWEST_COLUMN = 6, 125
"""A line is so many columns while they fit; the name and the trend take one each, the figures two."""
BESIDE = {"active_units": "active users", "activation": "activation", "retention": "retention"}
"""The figures that stand beside adoption."""
LINK_PADDING = 7
"""Pixels by which a link's words stand off its left edge."""


def page() -> None:
    """Draws the page; the name of a feature leads to its report."""
    title = st.empty()
    title.title("Overview", anchor=False)
    with told():
        current = session()
        title.title(f"{current.catalog.project.name} overview", anchor=False)
        _draw(current)


def _draw(current: Session) -> None:
    sentence = st.empty()
    origin, beside = origin_line()
    changes = st.container()
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        view = view_controls(current)
        chosen = _filters(current) if view else None
    if view is None or chosen is None:
        return
    with beside:
        links(current, view)
    teams, stages = chosen
    shown = narrowed(overview_of(current, current.version, view), teams=teams, stages=stages)
    sentence.markdown(unbroken(f"**{shown.sentence}**"))
    origin.markdown(f":small[:gray[{facts(shown.pinned)} · refreshed {moment(shown.pinned.refreshed)}]]")
    with changes:
        _changes(shown)
        if shown.whom:
            st.info(shown.whom)
    trends = _trends(shown, theme(), current.version, view)
    with st.container(gap="xsmall"):
        for line in shown.lines:
            address = {"feature": [line.feature.id], **state.carried(navigation.WINDOW)}
            _line(line, address, trends.get(line.feature.id))
    if not shown.lines:
        st.info(_nothing(current))
        return
    _drafts(shown)
    opens = "A feature's name opens its report. Figures keep each metric's own window, however far the charts go back."
    quiet(f"{opens} {shown.windows}".rstrip())
    offer(_parcel(shown))


def _filters(current: Session) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The teams and stages chosen, none for all; None where the address names others."""
    features = current.catalog.features.values()
    teams = tuple(sorted({one.owner for one in features if one.owner}))
    stages = tuple(dict.fromkeys(one.stage for one in features))
    named = current.catalog.project.teams
    for kind, known in (("team", teams), ("stage", stages)):
        unknown = state.pull_many(kind, known)
        if unknown:
            missing(kind, unknown[0], known, lambda name: named[name].name if name in named else name)
            return None
    st.multiselect("Team", teams, key="team", format_func=lambda name: named[name].name, placeholder="All", width=190)
    st.multiselect("Stage", stages, key="stage", format_func=written, placeholder="All", width=150)
    return state.push_many("team"), state.push_many("stage")


def _nothing(current: Session) -> str:
    if current.catalog.features:
        return "No feature is of these teams and stages. Take a choice away to see more."
    return "No features are defined yet. Add one under `features:` in metric_defs/; `used` is all it needs."


def _changes(shown: Overview) -> None:
    """What verdicts say now that the snapshot before did not."""
    if shown.changes:
        prose(f":small[**Changed:** {'; '.join(shown.changes)}.]")


def _parcel(shown: Overview) -> Parcel:
    """The adoption of every feature over time, as one table."""
    frames = {line.cards["adoption"].metric: line.adoption for line in shown.lines if line.adoption.height}
    return Parcel("overview", "Adoption of every feature", shown.pinned, frames)


def _drafts(shown: Overview) -> None:
    """The metrics that may still change, each with its feature's report."""
    if not shown.drafts:
        return
    named = {line.feature.id: line.feature.name for line in shown.lines}
    about = [f"`{one.id}`" + (f" ({named[one.feature]})" if one.feature in named else "") for one in shown.drafts]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.badge("Draft", color=MARKS["draft"])
        prose(f":small[:gray[In no verdict, and may still change: {', '.join(about)}]]", width="content")


def _line(line: FeatureLine, address: dict[str, list[str]], trend: Picture | None) -> None:
    with st.container(border=True, key=f"feature {line.feature.id}"):
        grid = st.grid(COLUMNS, min_column_width=NARROWEST_COLUMN, vertical_alignment="center", gap="xsmall", dense=True)
        quiet(_why(line))
    named, adopted, drawn, others = (grid.cell(column_span=span) for span in (1, 2, 1, 2))
    with named.container(gap=None):
        navigation.link("feature", f":primary[**{line.feature.name}**]", **address)
        with st.container(horizontal=True, gap=None):
            st.space(LINK_PADDING)
            owned = " · ".join(part for part in (line.owner, stage(line.feature)) if part)
            prose(f"{badge_text(line.verdict)}  \n:small[:gray[{owned}]]")
    with adopted:
        _adoption(line)
    if trend:
        with drawn:
            chart(trend, series_sentence("Adoption", line.adoption, percent=True), f"trend {line.feature.id}")
    with others.container(horizontal=True, horizontal_alignment="distribute", gap="xsmall"):
        for name, words in BESIDE.items():
            prose(f"{_text(line.cards[name])}  \n:small[:gray[{words}]]", width="content")
    unsaid = {words: _unsaid(line.cards[name]) for name, words in BESIDE.items()}
    absent = [f"No {words}: {why}." for words, why in unsaid.items() if why]
    if absent:
        with others:
            quiet(" ".join(absent))
    with others:
        _goals(line)


def _goals(line: FeatureLine) -> None:
    """The goals that are still open: how much of the way each has come, and where it stands."""
    for one in line.goals:
        if one.goal.closed:
            continue
        words = f":small[:gray[Goal {one.state}: {one.sentences[0]}]]"
        if one.way is None:
            prose(words)
        else:
            st.progress(min(max(one.way, 0.0), 1.0), text=unbroken(words))


def _why(line: FeatureLine) -> str:
    """The first reason of a verdict, how many more there are, and what the latest week says if it is something else."""
    first, more = line.verdict.reasons[:1], len(line.verdict.reasons) - 1
    rest = f" And {more} more reason{'s' if more > 1 else ''}." if more > 0 else ""
    return f"{''.join(one.sentence for one in first)}{rest} {line.verdict.waiting}".strip()


def _unsaid(figure: Figure) -> str:
    """Why a dash stands in the place of a figure; empty where a number does."""
    return figure.absent or (figure.movement_text if figure.text == ABSENT else "")


def _text(figure: Figure) -> str:
    """The figure; a dash so that it is no bullet of a list."""
    return f"\\{figure.text}" if figure.text == ABSENT else figure.text


def _adoption(line: FeatureLine) -> None:
    adoption = line.cards["adoption"]
    if adoption.absent:
        quiet(f"No adoption: {adoption.absent}.")
        return
    of = "" if adoption.counted_text.startswith(adoption.text) else adoption.counted_text
    behind = ", ".join(part for part in (of, adoption.interval_text) if part)
    counted = f" :small[:gray[{behind}]]" if behind else ""
    prose(f"**{adoption.text}**{counted}  \n:small[:{COLOURS[adoption.good]}[{adoption.movement_text}]]")


def _trends(shown: Overview, colours: Theme, version: tuple[int, str], view: View) -> dict[str, Picture]:
    """A sparkline for each feature of which some point is known."""
    known = [line for line in shown.lines if line.adoption.height and line.adoption["point"].is_not_null().any()]
    return {
        line.feature.id: picture(
            f"trend {line.feature.id}", partial(sparkline, line.adoption), colours, version, view, height=SPARK_HEIGHT
        )
        for line in known
    }
