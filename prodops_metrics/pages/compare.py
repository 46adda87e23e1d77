"""Compare: up to five features or metrics beside each other, over the same weeks or at the same age."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from prodops_metrics import charts
from prodops_metrics.charts import Named, Theme
from prodops_metrics.charts.style import Kind, Spec
from prodops_metrics.pages import state
from prodops_metrics.pages.controls import links, missing, view_controls
from prodops_metrics.pages.loading import compared_features, compared_metrics, session, theme, told
from prodops_metrics.pages.parts import facts, heading, origin_line, quiet
from prodops_metrics.pages.pictures import chart, picture
from prodops_metrics.pages.prose import prose
from prodops_metrics.pages.takeaway import offer
from prodops_metrics.reports.compare import MOST, Aligned, Comparison, Panel
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.takeaway import Parcel
from prodops_metrics.reports.view import View

WHAT = {"features": "Features", "metrics": "Metrics"}
ALIGNED = {"calendar": "Same weeks", "age": "Same age since launch"}


def page() -> None:
    """Draws the page."""
    st.title("Compare", anchor=False)
    with told():
        _draw(session())


def _draw(current: Session) -> None:
    origin, beside = origin_line()
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        what = _choice("compare", WHAT, "features", "Compare")
        aligned: Aligned = "age" if _choice("align", ALIGNED, "calendar", "Line up by") == "age" else "calendar"
        view = view_controls(current)
    chosen = _subjects(current, what)
    if view is None or chosen is None:
        return
    with beside:
        links(current, view)
    if len(chosen) < 2:
        st.info(f"Choose two to {MOST} {what} to compare.")
        return
    found = _comparison(current, what, chosen, view, aligned)
    origin.markdown(f":small[:gray[{facts(found.pinned)}]]")
    grid = st.grid(2, min_column_width=380, border=True)
    for panel in found.panels:
        with grid.cell():
            _panel(found, panel, chosen, current.version, theme())
    quiet(
        "Points are complete windows. Bars at the ends are intervals; what is called surely different has intervals "
        "that do not touch even when widened so that all hold together."
    )


def _comparison(current: Session, what: str, chosen: Sequence[str], view: View, aligned: Aligned) -> Comparison:
    count = compared_metrics if what == "metrics" else compared_features
    return count(current, current.version, tuple(chosen), view, aligned)


def _choice(name: str, options: dict[str, str], default: str, label: str) -> str:
    state.pull(name, tuple(options), default)
    st.segmented_control(label, tuple(options), key=name, format_func=options.__getitem__, required=True)
    return state.push(name, default)


def _subjects(current: Session, what: str) -> tuple[str, ...] | None:
    """The ids chosen; None where the address names what there is not."""
    known: tuple[str, ...]
    if what == "features":
        features = current.catalog.features
        known, default = tuple(features), tuple(features)[:MOST]
        named = {name: one.name for name, one in features.items()}
    else:
        known, default = (
            tuple(current.catalog.metrics),
            tuple(name for name in current.catalog.metrics if "." not in name)[:2],
        )
        named = {name: name for name in known}
    unknown = state.pull_many(what, known, default)
    if unknown:
        missing(what, unknown[0], known[:12], lambda name: named[name])
        return None
    st.multiselect(f"{WHAT[what]}, up to {MOST}", known, key=what, format_func=lambda name: named[name], max_selections=MOST)
    return state.push_many(what, default)


def _panel(found: Comparison, panel: Panel, chosen: Sequence[str], version: tuple[int, str], colours: Theme) -> None:
    choice = (found.view, tuple(chosen), found.aligned)
    draw = partial(_lines, panel, tuple(chosen), found.aligned)
    lines = picture(f"compare {panel.id}", draw, colours, version, *choice) if panel.lines else None
    with heading(panel.title):
        if lines:
            frames = {one.figure.metric: one.points for one in panel.lines}
            receipts = {one.name: one.figure.receipt for one in panel.lines if one.figure.receipt}
            offer(Parcel(f"compare.{panel.id}", panel.title, found.pinned, frames, receipts=receipts), lines)
    if panel.sentences:
        prose(" ".join(panel.sentences))
    if lines:
        chart(lines, _words(panel), f"compare {panel.id}")
    told = [f"{one.name} {one.figure.text}" + _interval(one.figure.interval_text) for one in panel.lines]
    quiet("  \n".join((*told, *([f"Not shown: {'; '.join(panel.missing)}."] if panel.missing else []))))


def _interval(text: str) -> str:
    return f" · {text}" if text else ""


def _words(panel: Panel) -> str:
    now = ", ".join(f"{one.name} {one.figure.text}" for one in panel.lines)
    return f"{panel.title} over time: {now}. {' '.join(panel.sentences)}".strip()


def _lines(panel: Panel, chosen: tuple[str, ...], aligned: Aligned, colours: Theme) -> Spec:
    kind: Kind = "percent" if panel.percent else "number"
    lines = [Named(one.name, chosen.index(one.id), one.points) for one in panel.lines]
    return charts.compared(lines, kind, colours, by_age=aligned == "age")
