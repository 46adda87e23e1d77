"""The cards of a feature over time: one at a time, with the time before, the goal, the launch and the releases."""

import streamlit as st

from prodops_metrics.charts import Theme
from prodops_metrics.pages import state
from prodops_metrics.pages.loading import told
from prodops_metrics.pages.parts import heading, quiet
from prodops_metrics.pages.pictures import chart, picture_of, pictures_of
from prodops_metrics.pages.prose import prose
from prodops_metrics.pages.takeaway import offer
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.drawings import marks_of
from prodops_metrics.reports.feature import CARDS, FeatureReport
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.marks import marks_sentence


@st.fragment
def timeline(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    """The block "Over time", with the choice of what it shows, which draws this block anew and nothing else."""
    with told():
        _timeline(report, version, colours)


def _timeline(report: FeatureReport, version: tuple[int, str], colours: Theme) -> None:
    line = heading("Over time")
    if not report.series:
        quiet(f"Not available: {report.cards[0].absent}.")
        return
    with line:
        name = _chosen(report)
    figure, frame = card_of(report, name), report.series[name]
    if not frame["point"].is_not_null().any():
        quiet(f"{CARDS[name]} has no point to draw in {report.view.words}. Now: {figure.movement_text}.")
        return
    (drawing,) = (one for one in pictures_of(report, version, "over_time") if figure.metric in one.parcel.frames)
    picture = picture_of(drawing, colours, version, report.view)
    chart(picture, drawing.words, f"over time {name}")
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        prose(f":small[:gray[{' '.join(_notes(report, name, figure))}]]", width="stretch")
        with st.container(width="content"):
            offer(drawing.parcel, picture)


def card_of(report: FeatureReport, name: str) -> Figure:
    """The card of a standard name."""
    return report.cards[list(CARDS).index(name)]


def _notes(report: FeatureReport, name: str, figure: Figure) -> list[str]:
    """How to read the picture: only what it has."""
    told = [figure.question, "Every point is the same window as the card, ending on that day; dashed is incomplete."]
    if name in report.before:
        first, last = report.before[name]["day"].min(), report.before[name]["day"].max()
        told.append(f"Dotted: the points from {day(first)} to {day(last)}.")  # type: ignore[arg-type]
    told.append(marks_sentence(marks_of(report, name)))
    return [each for each in told if each]


def _chosen(report: FeatureReport) -> str:
    default = _default(report)
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


def _default(report: FeatureReport) -> str:
    """The first series that has a point to draw; the first of all where none has."""
    drawn = [name for name, frame in report.series.items() if frame["point"].is_not_null().any()]
    return next(iter([*drawn, *report.series]))
