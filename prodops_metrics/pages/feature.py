"""The Feature report: how one feature is doing, and how we know."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from prodops_metrics import charts
from prodops_metrics.charts import Theme
from prodops_metrics.charts.style import Kind, Spec
from prodops_metrics.pages import sections, state, verdicts
from prodops_metrics.pages.loading import feature_of, session, theme, told
from prodops_metrics.pages.parts import DEFAULT_WEEKS, WEEKS, card, chart, facts, quiet, stage, weeks_control
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.feature import CARDS, FeatureReport
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import funnel_sentence, retention_sentence, series_sentence, step_label, step_time

KEPT_SPECS = 500


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
    state.pull("weeks", WEEKS, DEFAULT_WEEKS)
    unknown = state.pull("feature", tuple(features), default)
    if unknown is not None:
        _unknown(current, unknown)
        return
    head = st.container()
    _controls(current)
    chosen, weeks = state.push("feature", default), int(state.push("weeks", DEFAULT_WEEKS))
    report = feature_of(current, current.version, chosen, weeks)
    with head:
        _head(report)
    _body(report, current.version, theme())


def _unknown(current: Session, name: str) -> None:
    st.title("No such feature")
    st.warning(current.missing_feature(name))
    st.markdown("These are defined:")
    with st.container(horizontal=True):
        for feature in current.catalog.features.values():
            st.button(feature.name, key=f"open {feature.id}", on_click=_choose, args=(feature.id,))


def _choose(feature: str) -> None:
    st.query_params["feature"] = feature


def _controls(current: Session) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        features = current.catalog.features
        st.selectbox(
            "Feature",
            list(features),
            key="feature",
            format_func=lambda one: features[one].name,
            width=260,
            label_visibility="collapsed",
        )
        weeks_control()


def _head(report: FeatureReport) -> None:
    feature = report.feature
    st.title(feature.name)
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(stage(feature), color="primary")
        if report.owner:
            st.badge(report.owner, color="gray")
        if feature.launched:
            st.badge(f"Launched {day(feature.launched)}", color="gray")
    if feature.description:
        st.markdown(feature.description)
    quiet(facts(report.pinned))


def _body(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    verdicts.block(report, version, colours)
    first, *others = report.summary
    st.markdown("  \n".join((f"**{first}**", *others)))
    _cards(report, version, colours)
    with st.container(border=True):
        _over_time(report, version, colours)
    within = {
        "activation": partial(_activation, report, version, colours),
        "triangle": partial(_retention, report, version, colours),
    }
    sections.draw(report, version, colours, within)
    _more(report)


def _cards(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    grid = st.grid(4, min_column_width=200)
    for name, figure in zip(CARDS, report.cards, strict=True):
        with grid.container(border=True, height="stretch", gap="xsmall"):
            card(figure, partial(_spark, report, name, version, colours) if name in report.series else None)


def _spark(report: FeatureReport, name: str, version: tuple[int, str], colours: Theme) -> None:
    spec = _spec(report, ("spark", name), colours, version, report.feature.id, report.pinned.weeks)
    chart(spec, series_sentence(CARDS[name], report.series[name]), f"spark {name}")


def _over_time(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    with _heading("Over time"):
        if not report.series:
            quiet(f"Not available: {report.cards[0].absent}.")
            return
        name = _chosen_series(report)
    figure, frame = report.cards[list(CARDS).index(name)], report.series[name]
    if not frame["point"].is_not_null().any():
        quiet(f"{CARDS[name]} has no point to draw in these {report.pinned.weeks} weeks. Now: {figure.movement_text}.")
        return
    spec = _spec(report, ("time", name), colours, version, report.feature.id, report.pinned.weeks)
    chart(spec, series_sentence(CARDS[name], frame), f"over time {name}")
    quiet(f"{figure.question} Every point is the same window as the card, ending on that day; dashed is incomplete.")


def _heading(text: str) -> DeltaGenerator:
    """A block's heading, and the rest of its line for what the block needs."""
    line = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    line.subheader(text, anchor=False, width="content")
    return line


def _chosen_series(report: FeatureReport) -> str:
    default = _default_series(report)
    state.pull("series", tuple(report.series), default)
    st.segmented_control(
        "Metric",
        list(report.series),
        key="series",
        format_func=CARDS.__getitem__,
        required=True,
        label_visibility="collapsed",
    )
    return state.push("series", default)


def _default_series(report: FeatureReport) -> str:
    """The first series that has a point to draw; the first of all where none has."""
    drawn = [name for name, frame in report.series.items() if frame["point"].is_not_null().any()]
    return next(iter([*drawn, *report.series]))


def _activation(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    _heading("Activation")
    figure = report.cards[list(CARDS).index("activation")]
    if not report.funnel:
        quiet(f"Not available: {figure.absent}.")
        return
    spec = _spec(report, ("funnel", ""), colours, version, report.feature.id, report.pinned.weeks)
    chart(spec, funnel_sentence(report.funnel), "funnel")
    timed = " Medians are from the step before." if any(map(step_time, report.funnel)) else ""
    quiet(f"{figure.question} First shown it in {figure.window_text}.{timed}")


def _retention(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    period = report.triangle_grain
    st.subheader(f"Retention by {period} of first use", anchor=False)
    spec = _spec(report, ("triangle", ""), colours, version, report.feature.id, report.pinned.weeks)
    chart(spec, retention_sentence(report.triangle, period), "triangle")
    quiet(
        f"A row is a {period} and how many first used it then; a cell, the percentage of them that used it again exactly "
        f"so many {period}s later. "
        "Outlined: not over yet. Without colour: too few to be a percentage."
    )


def _more(report: FeatureReport) -> None:
    if not report.more:
        return
    st.subheader("More metrics of this feature", anchor=False)
    grid = st.grid(4, min_column_width=230)
    for figure in report.more:
        with grid.container(border=True, height="stretch", gap="xsmall"):
            card(figure)


@st.cache_data(max_entries=KEPT_SPECS, show_spinner=False)
def _spec(
    _report: FeatureReport, which: tuple[str, str], colours: Theme, version: tuple[int, str], feature: str, weeks: int
) -> Spec:
    """A chart's specification, built once per version, feature, range and mode."""
    kind, name = which
    if kind == "funnel":
        times = [step_time(step).removesuffix(" after the step before") for step in _report.funnel]
        steps = [
            (f"{step.name}, {time}" if time else step.name, step.headline.now.numerator or 0.0, step_label(step.headline))
            for step, time in zip(_report.funnel, times, strict=True)
        ]
        return charts.funnel_bars(steps, colours)
    if kind == "triangle":
        return charts.retention_triangle(_report.triangle, colours, _report.triangle_grain)
    if kind == "spark":
        return charts.sparkline(_report.series[name], colours)
    figure = _report.cards[list(CARDS).index(name)]
    unit: Kind = "percent" if figure.percent else "number"
    headline = "" if figure.point is None else figure.text
    return charts.over_time(_report.series[name], unit, colours, _report.feature.launched, headline)
