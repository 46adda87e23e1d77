"""The metric catalogue: every metric by any of its words, and one metric with all that is known of it."""

from functools import partial

import streamlit as st

from prodops_metrics import charts
from prodops_metrics.charts import Theme
from prodops_metrics.charts.style import Kind, Spec
from prodops_metrics.definitions import Catalog
from prodops_metrics.definitions.nearest import did_you_mean
from prodops_metrics.metrics import METRIC_TYPES
from prodops_metrics.pages import navigation, state
from prodops_metrics.pages.loading import session, theme, told
from prodops_metrics.pages.parts import MARKS, card, facts, quiet
from prodops_metrics.pages.pictures import chart, picture
from prodops_metrics.pages.prose import prose
from prodops_metrics.pages.takeaway import offer
from prodops_metrics.reports.catalogue import Found, MetricLine, MetricSheet, Wanted, found, metric_lines, metric_sheet
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.history import Revision
from prodops_metrics.reports.session import Session, pinned
from prodops_metrics.reports.takeaway import Parcel

PATH, SHEET = "metrics", "metric"
ANY = "any"
FIRST = 25
"""So many metrics are listed before somebody asks for more."""
STATUSES = ("active", "draft", "broken", "deprecated")
DONE = {"added": "First written", "changed": "Meaning changed", "reworded": "Words changed", "restated": "Standing changed"}
PLURALS = {
    "metrics": "Formulas",
    "goals": "Goals",
    "experiments": "Experiments",
    "tests": "Tests",
    "work": "Work",
    "insights": "Insights",
}
LINK_PADDING = 7
"""Pixels by which a link's words stand off its left edge."""
KEPT_SHEETS = 200


def page() -> None:
    """Draws the list."""
    with told():
        _list(session())


def sheet_page() -> None:
    """Draws the metric that the address names."""
    with told():
        current = session()
        named = state.free("metric")
        navigation.link(PATH, "All metrics")
        if named:
            _one(current, named)
        else:
            st.title("Which metric?", anchor=False)
            st.info("The address names none: it ends with `?metric=` and an id, such as `search.adoption`.")


# -- the list -----------------------------------------------------------------------------------------------------


def _list(current: Session) -> None:
    st.title("Metrics", anchor=False)
    lines = _lines(current.catalog, current.version)
    quiet(f"{len(lines)} metrics · {facts(pinned(current, 0))}")
    wanted = _wanted(current.catalog, lines)
    if wanted is None:
        return
    shown = found(current.catalog, lines, wanted)
    if not shown.lines:
        _nothing(shown, wanted)
        return
    many = state.free("shown") == "all"
    counted = f"{len(shown.lines)} of {len(lines)}" if len(shown.lines) < len(lines) else f"All {len(lines)}"
    prose(f"**{counted} metrics**")
    for line in shown.lines if many else shown.lines[:FIRST]:
        _line(line)
    if not many and len(shown.lines) > FIRST:
        st.button(f"Show {len(shown.lines) - FIRST} more", on_click=state.write, args=("shown", "all"))


@st.cache_resource(max_entries=4, show_spinner=False)
def _lines(_catalog: Catalog, version: tuple[int, str]) -> tuple[MetricLine, ...]:
    """The list, worked out once per version."""
    return metric_lines(_catalog)


def _wanted(catalog: Catalog, lines: tuple[MetricLine, ...]) -> Wanted | None:
    """What the controls ask for; None where the address names what there is not, which is then said."""
    teams = dict(sorted({line.team: line.owner for line in lines if line.team}.items(), key=lambda each: each[1]))
    types = [word for word in METRIC_TYPES if any(line.type == word for line in lines)]
    choices = {"team": list(teams), "status": list(STATUSES), "type": types}
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        words = state.typed("find", "Find", "Name, words, event, owner", width=320)
        asked = {name: _choice(name, options, teams) for name, options in choices.items()}
    if None in asked.values():
        return None
    return Wanted(words, **{name: value or "" for name, value in asked.items()})


def _choice(name: str, options: list[str], teams: dict[str, str]) -> str | None:
    """One filter, by id in the address; empty for any, None where the address says what there is not."""
    unknown = state.pull(name, [ANY, *options], ANY)
    st.selectbox(
        name.capitalize(),
        [ANY, *options],
        key=name,
        format_func=lambda value: f"Any {name}" if value == ANY else teams.get(value, value.replace("_", " ")),
        width=170,
    )
    if unknown is not None:
        st.warning(f"There is no {name} `{unknown}` here. {did_you_mean(unknown, options) or ''}".rstrip())
        return None
    chosen = state.push(name, ANY)
    return "" if chosen == ANY else chosen


def _nothing(shown: Found, wanted: Wanted) -> None:
    st.info(
        f"No metric has all of “{wanted.words}” and fits the filters." if wanted.words else "No metric fits the filters."
    )
    if shown.near:
        prose("**Near it**")
        for twin in shown.near:
            navigation.link(SHEET, f":primary[**{twin.metric.id}**]", metric=twin.metric.id)
            quiet(f"{twin.metric.description} · {twin.words}")
    navigation.link("new", "Define it: Try a metric")


def _line(line: MetricLine) -> None:
    about = " · ".join(part for part in (line.type.replace("_", " "), line.feature_name, line.owner) if part)
    mark = f" :{MARKS[line.status]}-badge[{line.status.capitalize()}]" if line.status in MARKS else ""
    with st.container(gap=None):
        navigation.link(SHEET, f":primary[**{line.id}**]", metric=line.id)
        with st.container(horizontal=True, gap=None):
            st.space(LINK_PADDING)
            prose(f"{line.description}{mark}  \n:small[:gray[{about}]]", width="stretch")


def _beside(metric: str, label: str) -> None:
    """A way to another metric on this same page, which Streamlit would mark as the one that is open."""
    st.button(label, type="tertiary", key=f"to {metric}", on_click=state.write, args=("metric", metric))


# -- one metric ---------------------------------------------------------------------------------------------------


def _one(current: Session, name: str) -> None:
    if name in current.catalog.absent:
        st.title(name, anchor=False)
        st.info(f"`{name}` is absent: {current.catalog.absent[name]}.")
        return
    sheet = _sheet(current, current.version, name)
    line = sheet.line
    st.title(line.id, anchor=False)
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(line.status.capitalize(), color=MARKS.get(line.status, "green"))
        st.badge(line.type.replace("_", " "), color="blue")
        if line.owner:
            st.badge(line.owner, color="gray")
    prose(f"**{sheet.metric.question or line.description}**  \n{' '.join(sheet.sentences)}")
    quiet(facts(pinned(current, 0)))
    if sheet.duplicates:
        st.warning(f"The same calculation as {', '.join(f'`{each}`' for each in sheet.duplicates)}: one of them can go.")
    grid = st.grid(2, min_column_width=330, gap="medium")
    with grid.cell():
        _number(current, sheet)
        _definition(sheet)
    with grid.cell():
        for block in (_users, _near, _history, _differs):
            block(current, sheet)


@st.cache_resource(max_entries=KEPT_SHEETS, show_spinner="Counting …")
def _sheet(_session: Session, version: tuple[int, str], metric: str) -> MetricSheet:
    """A metric's sheet, worked out once per version."""
    return metric_sheet(_session, metric)


def _number(current: Session, sheet: MetricSheet) -> None:
    with st.container(border=True, gap="xsmall"):
        if sheet.figure is None:
            prose("**No number**")
            st.error(sheet.problem)
            return
        drawable = not sheet.points.is_empty() and sheet.points["point"].is_not_null().any()
        card(sheet.figure, partial(_chart, current, sheet) if drawable else None)


def _chart(current: Session, sheet: MetricSheet) -> None:
    line = picture(f"metric {sheet.metric.id}", partial(_points, sheet), theme(), current.version)
    chart(line, sheet.said, f"metric {sheet.metric.id}")
    receipts = {sheet.metric.id: sheet.figure.receipt} if sheet.figure and sheet.figure.receipt else {}
    offer(
        Parcel(sheet.metric.id, sheet.metric.id, pinned(current, 0), {sheet.metric.id: sheet.points}, None, receipts), line
    )


def _points(sheet: MetricSheet, colours: Theme) -> Spec:
    """The last points."""
    shown = sheet.figure
    unit: Kind = "percent" if shown and shown.percent else "number"
    headline = shown.text if shown and shown.point is not None else ""
    around = charts.Around(marked=[(mark.day, mark.kind, mark.text) for mark in sheet.marks])
    return charts.over_time(sheet.points, unit, colours, None, headline, around)


def _definition(sheet: MetricSheet) -> None:
    st.header("Definition", anchor=False)
    quiet(f"`{sheet.written.place}`")
    if sheet.written.text:
        st.code(sheet.written.text, language="yaml")
    else:
        quiet("The file was changed since it was read; reload the page once it has no fault.")
    receipt = sheet.figure.receipt if sheet.figure else None
    if receipt:
        with st.expander("SQL of the number"):
            quiet(f"Paste into DuckDB, opened on `{receipt.snapshot_file}`.")
            st.code(receipt.sql, language="sql")
    if "." not in sheet.metric.id:
        navigation.link("new", "Try a copy of it", start=sheet.metric.id)


def _users(current: Session, sheet: MetricSheet) -> None:
    st.header("Used by", anchor=False)
    if not sheet.used_by:
        quiet("Nothing rests on it: no feature, goal, experiment, formula or test names it.")
        return
    features = current.catalog.features
    for kind, names in sheet.used_by.items():
        if kind == "features":
            for name in names:
                navigation.link("feature", f"Feature report: {features[name].name}", feature=name)
        elif kind == "metrics":
            for name in names:
                _beside(name, f"Formula: {name}")
        else:
            prose(f"{PLURALS[kind]}: {', '.join(f'`{name}`' for name in names)}")


def _near(_current: Session, sheet: MetricSheet) -> None:
    st.header("Nearest metrics", anchor=False)
    if not sheet.twins:
        quiet("None is near: no other metric reads these events or says the like.")
    for twin in sheet.twins:
        with st.container(gap=None):
            _beside(twin.metric.id, f":primary[**{twin.metric.id}**]")
            quiet(f"{twin.words[:1].upper()}{twin.words[1:]}")


def _history(_current: Session, sheet: MetricSheet) -> None:
    st.header("History", anchor=False)
    found = sheet.history
    if found.missing:
        quiet(f"Absent: {found.missing}.")
        return
    if found.uncommitted:
        quiet("What is in force is in no commit yet, or in one that no refresh has read.")
    for revision in found.revisions:
        prose(_told(revision))


def _told(revision: Revision) -> str:
    """What a commit did, when, whose it was, and in which words."""
    words = f": {'; '.join(revision.words)}" if revision.words else ""
    unread = f" ({revision.after} commits before it cannot be read any more)" if revision.after else ""
    about = f"{day(revision.day)} · {revision.author} · `{revision.commit[:9]}` {revision.subject}{unread}"
    return f"**{DONE[revision.kind]}**{words}  \n:small[:gray[{about}]]"


def _differs(_current: Session, sheet: MetricSheet) -> None:
    st.header("Why does this differ from Mixpanel, PostHog or Amplitude?", anchor=False)
    if not sheet.differs:
        navigation.link("differs", "Days, weeks and windows, with toy streams")
    for stream in sheet.differs:
        navigation.link("differs", stream.title, stream=stream.id)
