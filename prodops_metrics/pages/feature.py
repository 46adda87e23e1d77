"""The Feature report: how one feature is doing, whether to worry, and how we know."""

from functools import partial

import streamlit as st

from prodops_metrics import charts
from prodops_metrics.charts import Theme
from prodops_metrics.pages import navigation, sections, state, verdicts
from prodops_metrics.pages.controls import links, missing, view_controls
from prodops_metrics.pages.loading import feature_of, health_of, session, theme, told
from prodops_metrics.pages.parts import card, facts, heading, quiet, stage
from prodops_metrics.pages.pictures import SPARK_HEIGHT, chart, picture, picture_of, pictures_of
from prodops_metrics.pages.prose import prose
from prodops_metrics.pages.takeaway import offer, offer_report
from prodops_metrics.pages.timeline import card_of, timeline
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.feature import CARDS, FeatureReport
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.view import View
from prodops_metrics.reports.wording import series_sentence, step_time

MOST_FINDINGS = 3
HEALTH = {"failing": "red", "warning": "orange"}
"""The colour of a finding's word."""


def page() -> None:
    """Draws the page."""
    with told():
        _draw(session())


def _draw(current: Session) -> None:
    features = current.catalog.features
    if not features:
        st.title("Feature report")
        st.info("No features are defined yet. Add one under `features:` in metric_defs/; `used` is all it needs.")
        return
    default = next(iter(features))
    unknown = state.pull("feature", tuple(features), default)
    if unknown is not None and (meant := current.catalog.names.get("feature", {}).get(unknown)) in features:
        st.session_state["feature"], unknown = meant, None
    if unknown is not None:
        st.title("No such feature")
        missing("feature", unknown, tuple(features), lambda one: features[one].name)
        return
    described = features[st.session_state["feature"]].description
    head = st.container(key="head described" if described else "head")  # the style keeps its room while a report is counted
    view = _controls(current)
    chosen = state.push("feature", default)
    head.title(features[chosen].name)  # before what takes time, so that nothing jumps
    if view is None:
        return
    report = feature_of(current, current.version, chosen, view)
    with head:
        _head(report, current)
    _body(report, current, theme())


def _controls(current: Session) -> View | None:
    features = current.catalog.features
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        st.selectbox("Feature", list(features), key="feature", format_func=lambda one: features[one].name, width=200)
        return view_controls(current)


def _head(report: FeatureReport, current: Session) -> None:
    feature = report.feature
    launched = f"Launched {day(feature.launched)}" if feature.launched else ""
    badges = [verdicts.badge_text(report.verdict), f":blue-badge[{stage(feature)}]"]
    prose(" ".join([*badges, *(f":gray-badge[{said}]" for said in (report.owner, launched) if said)]))
    if feature.description:
        prose(feature.description)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        prose(f":small[:gray[{facts(report.pinned)}]]", width="content")
        with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center", wrap=False):
            offer_report(report)
            with st.container(width="content"):
                links(current, report.view)


def _body(report: FeatureReport, current: Session, colours: Theme) -> None:
    version = current.version
    verdicts.block(report, version, colours)
    _health(report, current)
    if not report.view.plain:
        st.info(report.summary[0])
    _cards(report, version, colours)
    with st.container(border=True, key="over time"):
        timeline(report, version, colours)
    within = {
        "activation": partial(_activation, report, version, colours),
        "triangle": partial(_retention, report, version, colours),
    }
    sections.draw(report, version, colours, within)
    _more(report)


def _health(report: FeatureReport, current: Session) -> None:
    """What is wrong with the data that this feature rests on, the worst first."""
    found = [one for one in health_of(current, current.version).findings if report.feature.id in one.features]
    wrong = [one for one in found if one.severity != "ok" and one.change != "gone"]
    if not wrong:
        return
    lines = [f":{HEALTH[one.severity]}[{one.severity.capitalize()}] {one.what}" for one in wrong[:MOST_FINDINGS]]
    more = len(wrong) - MOST_FINDINGS
    told = ["**The data behind this**", *lines, *([f"And {more} more."] if more > 0 else [])]
    prose("  \n".join(f":small[{line}]" for line in told))
    navigation.link("health", "All about the data")


def _cards(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    grid = st.grid(4, min_column_width=200)
    for name, figure in zip(CARDS, report.cards, strict=True):
        with grid.container(border=True, height="stretch", gap="xsmall"):
            card(figure, partial(_spark, report, name, figure, version, colours) if name in report.series else None)


def _spark(report: FeatureReport, name: str, figure: Figure, version: tuple[int, str], colours: Theme) -> None:
    draw = partial(charts.sparkline, report.series[name])
    line = picture(f"{figure.metric} spark", draw, colours, version, report.view, height=SPARK_HEIGHT)
    chart(line, series_sentence(CARDS[name], report.series[name], percent=figure.percent), f"spark {name}")


def _activation(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    figure, (drawing,) = card_of(report, "activation"), pictures_of(report, version, "activation")
    funnel = picture_of(drawing, colours, version, report.view)
    with heading("Do they get it working?"):
        offer(drawing.parcel, funnel, [(figure.name, figure.receipt)] if figure.receipt else [])
    entered, got = report.funnel[0].headline.now.numerator or 0, report.funnel[-1].headline.now.numerator or 0
    prose(f"{got:,.0f} of the {entered:,.0f} first shown it in {figure.window_text} got their result ({figure.text}).")
    chart(funnel, drawing.words, "funnel")
    timed = " Medians are from the step before." if any(map(step_time, report.funnel)) else ""
    quiet(f"Interval {figure.interval_text or 'none'}; {figure.movement_text}.{timed}")


def _retention(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    period, (drawing,) = report.triangle_grain, pictures_of(report, version, "triangle")
    triangle = picture_of(drawing, colours, version, report.view)
    with heading(f"Retention by {period} of first use"):
        offer(drawing.parcel, triangle)
    chart(triangle, drawing.words, "triangle")
    quiet(
        f"A row is a {period} and how many first used it then; a cell, the percentage of them that used it again exactly "
        f"so many {period}s later. "
        "Outlined: not over yet. Without colour: too few to be a percentage."
    )


def _more(report: FeatureReport) -> None:
    if not report.more:
        return
    st.header("More metrics of this feature", anchor=False)
    grid = st.grid(4, min_column_width=230)
    for figure in report.more:
        with grid.container(border=True, height="stretch", gap="xsmall"):
            card(figure)
