"""Why does this differ: one toy stream, counted live by our engine and by the documented rules of other tools."""

from functools import partial

import streamlit as st

from prodops_metrics import charts
from prodops_metrics.errors import UnknownIdError
from prodops_metrics.pages import state
from prodops_metrics.pages.loading import theme, told
from prodops_metrics.pages.parts import quiet
from prodops_metrics.pages.pictures import chart, picture
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.differs import (
    OURS,
    Counted,
    Difference,
    Stream,
    definitions_of,
    difference,
    stream_of,
    streams_in_order,
)

EVENTS = "events"
"""What the address calls the events that somebody wrote in the place of a stream's own."""
KEPT = 100
BORDER, PER_LINE, HIGHEST = 40, 21, 420


def page() -> None:
    """Draws the page."""
    st.title("Why does this differ?", anchor=False)
    prose(
        "Two tools, one event log, two numbers: mostly both are right, and count by another rule. Each stream is small "
        "enough to count by hand. It is counted here and now, by this engine and by the documented rules of others."
    )
    with told():
        stream = _chosen()
        if stream is not None:
            _draw(stream)


def _chosen() -> Stream | None:
    """The stream that the address names; None where there is none of that name, which is then said."""
    streams = streams_in_order()
    first = next(iter(streams))
    unknown = state.pull("stream", list(streams), first)
    st.selectbox(
        "Question",
        list(streams),
        key="stream",
        format_func=lambda name: streams[name].title,
        on_change=state.write,
        args=(EVENTS, ""),
        width=420,
    )
    if unknown is not None:
        try:
            stream_of(unknown)
        except UnknownIdError as error:
            st.warning(str(error))
        return None
    return streams[state.push("stream", first)]


def _draw(stream: Stream) -> None:
    written = state.free(EVENTS)
    st.header(stream.question, anchor=False)
    shown = _difference(stream.id, written)
    grid = st.grid(2, min_column_width=330, gap="medium")
    with grid.cell():
        _stream(stream, shown, written)
    with grid.cell():
        if shown.problems:
            st.error("  \n".join(shown.problems))
            return
        prose(f"**{stream.why}**" if not written else "**Your events, counted by the same rules.**")
        for counted in shown.counted:
            _way(counted)


@st.cache_resource(max_entries=KEPT, show_spinner="Counting …")
def _difference(stream: str, events: str) -> Difference:
    """A stream counted in every way, once for each text."""
    return difference(stream_of(stream), events or None)


def _stream(stream: Stream, shown: Difference, written: str) -> None:
    dots = [(each.user, each.event, shown.toy.local(each).replace(tzinfo=None)) for each in shown.toy.happenings]
    said = "; ".join(f"{user} {event} {at:%-d %b %H:%M}" for user, event, at in dots)
    line = picture(f"stream {stream.id}", partial(charts.event_line, dots), theme(), tuple(dots))
    chart(line, f"Events: {said}.", f"stream {stream.id}")
    quiet(f"Times are those of {stream.timezone}.")
    text = written or stream.events
    lines = text.count("\n")
    st.text_area(
        "The events: user, event, time",
        text,
        key=f"events of {stream.id} {hash(text)}",
        height=min(BORDER + PER_LINE * lines, HIGHEST),
        on_change=_write,
        args=(stream, f"events of {stream.id} {hash(text)}"),
        help="Change them, then press Ctrl+Enter: every way counts what stands here. The address keeps it.",
    )
    if written:
        st.button("Back to the events of the stream", on_click=state.write, args=(EVENTS, ""))
    with st.expander("The definitions that count it here"):
        st.code(definitions_of(stream), language="yaml")


def _write(stream: Stream, key: str) -> None:
    """Puts what was written into the address; the stream's own events need no place there."""
    text = str(st.session_state[key])
    state.write(EVENTS, "" if text.strip() == stream.events.strip() else text)


def _way(counted: Counted) -> None:
    """One way: its number, whose it is, its rule, and how to ask for it here."""
    way = counted.way
    number = counted.answer.text if counted.answer else "no number"
    with st.container(border=True, gap="xsmall", key=f"way {way.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            prose(f"**{number}**", width="content")
            prose(f"**{way.who}**", width="content")
            if way.who != OURS:
                st.badge("the same" if counted.same else "differs", color="gray" if counted.same else "orange")
        prose(way.rule)
        about = [way.source] if way.source else []
        if way.here:
            settings = "".join(f", with `{key}: {value}`" for key, value in way.here.settings.items())
            about.append(f"asked here as `{way.here.metric}`{settings}")
        elif way.who != OURS:
            about.append("no definition here asks for it")
        quiet(" · ".join(about))
