"""Data health: what is wrong now and which features it touches, what was loaded and set aside, and how it was before."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Literal

import polars as pl
import streamlit as st

from prodops_metrics.pages import navigation
from prodops_metrics.pages.loading import health_of, session, told
from prodops_metrics.pages.parts import facts, quiet
from prodops_metrics.pages.prose import prose
from prodops_metrics.pages.takeaway import offer
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.health import Finding, Freshness, HealthReport, Severity
from prodops_metrics.reports.health_books import Books, books, files_frame, history_frame, looked_frame, waited
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.takeaway import Parcel

TONES: Mapping[Severity, Literal["red", "orange", "green"]] = {"failing": "red", "warning": "orange", "ok": "green"}
MOST_METRICS = 6


def page() -> None:
    """Draws the page."""
    st.title("Data health", anchor=False)
    with told():
        current = session()
        _draw(current, health_of(current, current.version))


def _draw(current: Session, report: HealthReport) -> None:
    if report.findings:
        prose(f"**{report.sentence}**")
    else:
        st.success(report.sentence)
    quiet(facts(report.pinned))
    names = {feature.id: feature.name for feature in current.catalog.features.values()}
    _findings(report, names)
    with st.expander("What was checked", expanded=not report.findings):
        st.table(looked_frame(report), hide_index=True, alt=f"{len(report.looked)} kinds of checks and how many failed")
    grid = st.grid(2, min_column_width=330, gap="medium")
    with grid.cell():
        _freshness(report.freshness)
    with grid.cell():
        _quarantine(report)
    _loads(report)
    _history(report)


# -- what is wrong ------------------------------------------------------------------------------------------------


def _findings(report: HealthReport, names: Mapping[str, str]) -> None:
    """What is new first, then what is still wrong, then what no longer is; at the first snapshot nothing is new."""
    new = [one for one in report.findings if one.change == "new"]
    still = [one for one in report.findings if one.change != "new"]
    first = report.compared_with is None
    for heading, found in (
        ("Wrong now" if first else f"New since snapshot {report.compared_with}", new),
        ("Still wrong", still),
        (f"No longer wrong since snapshot {report.compared_with}", report.gone),
    ):
        if found:
            st.header(heading, anchor=False)
        for group in _by_kind(found):
            _group(group, names)


def _by_kind(found: Iterable[Finding]) -> list[Sequence[Finding]]:
    """Findings of one kind that are as bad together, in the order of the first of each."""
    every = list(found)
    order = {key: place for place, key in enumerate(dict.fromkeys((one.severity, one.kind) for one in every))}
    ordered = sorted(every, key=lambda one: order[one.severity, one.kind])
    return [tuple(group) for _, group in groupby(ordered, key=lambda one: (one.severity, one.kind))]


def _group(group: Sequence[Finding], names: Mapping[str, str]) -> None:
    first = group[0]
    with st.container(border=True, gap="xsmall", key=f"finding {first.change} {first.severity} {first.kind}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            gone = first.change == "gone"
            st.badge("Gone" if gone else first.severity.capitalize(), color="green" if gone else TONES[first.severity])
            prose(f"**{first.title}**", width="content")
        prose("\n".join(f"- {_said(one)}" for one in group))
        if first.change != "gone":
            quiet(first.hint)
        _touched(group, names)
        for one in group:
            if one.stub:
                st.code(one.stub, language="yaml")


def _said(one: Finding) -> str:
    """A finding in its sentence, with what only it says: an example, and since when."""
    parts = [one.what]
    if one.example and one.example not in one.what:
        parts.append(f"Such as `{one.example}`.")
    if one.since:
        parts.append(f"Since {day(one.since)}.")
    return " ".join(parts)


def _touched(group: Sequence[Finding], names: Mapping[str, str]) -> None:
    """The features that become doubtful, as links, and the metrics."""
    features = [name for name in dict.fromkeys(name for one in group for name in one.features) if name in names]
    metrics = list(dict.fromkeys(name for one in group for name in one.metrics))
    if not features and not metrics:
        quiet("Touches no feature and no metric.")
        return
    if features:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            prose(":small[:gray[Touches]]", width="content")
            for name in features:
                navigation.link("feature", names[name], feature=name)
    if metrics:
        more = f" and {len(metrics) - MOST_METRICS} more" if len(metrics) > MOST_METRICS else ""
        quiet(f"Metrics: {', '.join(f'`{name}`' for name in metrics[:MOST_METRICS])}{more}")


# -- books --------------------------------------------------------------------------------------------------------


def _freshness(sources: Sequence[Freshness]) -> None:
    st.header("Freshness", anchor=False)
    for one in sources:
        loaded = f"loaded {day(one.loaded_at.date())}" if one.loaded_at else "nothing was loaded yet"
        through = f"data through {day(one.data_through)}" if one.data_through else loaded
        mark = " :red-badge[Overdue]" if one.overdue else ""
        prose(f"`{one.source}`{mark}  \n:small[:gray[{one.kind} · {through}{waited(one)}]]")


def _quarantine(report: HealthReport) -> None:
    st.header("Quarantine", anchor=False)
    if not report.quarantine:
        quiet("No row is set aside.")
        return
    for one in report.quarantine:
        rows = f"{one.rows:,} row{'s' if one.rows > 1 else ''}"
        prose(f"**{rows}** with {one.words}  \n:small[:gray[`{one.source}`, such as `{one.example}`]]")
    quiet("`prodops quarantine` lists them with their text; the next refresh after a change tries them again.")


def _loads(report: HealthReport) -> None:
    st.header("Loads", anchor=False)
    for one in books(report):
        _book(one)
    frame = files_frame(report)
    with st.expander(f"The {frame.height} files, the latest first"):
        st.dataframe(frame, hide_index=True, height=320, alt=f"{frame.height} files with rows read and what became of them")
    _offer(report, "loads", "Files that were loaded", frame)


def _book(one: Books) -> None:
    """The identity of a source: nothing that was read is lost."""
    files = f"{one.files:,} file{'' if one.files == 1 else 's'}"
    holds = "" if one.balanced else " :red-badge[Does not add up]"
    parts = (
        f"{one.loaded:,} loaded + {one.duplicates:,} duplicates + {one.quarantined:,} quarantined + {one.control:,} control"
    )
    aside = f" · {one.values_set_aside:,} values set aside" if one.values_set_aside else ""
    prose(f"`{one.source}` {one.rows_read:,} rows read = {parts}{holds}  \n:small[:gray[{files}{aside}]]")


def _history(report: HealthReport) -> None:
    st.header("History by snapshot", anchor=False)
    if not report.history:
        quiet("No snapshot has told of its health yet; each refresh keeps what it finds.")
        return
    frame = history_frame(report)
    st.table(frame, hide_index=True, alt=f"{frame.height} snapshots with what was wrong in each")
    _offer(report, "health", "Health by snapshot", frame)


def _offer(report: HealthReport, name: str, title: str, frame: pl.DataFrame) -> None:
    offer(Parcel(name, title, report.pinned, {name: frame}))
