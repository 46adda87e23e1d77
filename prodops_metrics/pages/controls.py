"""The controls that every page with data has below its title: how far back, of whom, counted by what; and its links.

Each choice stands in the address by id. An id that does not exist is said, never taken for another.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.definitions.nearest import did_you_mean
from prodops_metrics.pages import state
from prodops_metrics.pages.loading import FIXED, stamp
from prodops_metrics.pages.parts import opening
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.dates import span
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.view import USUAL, View, entities, fixed

WEEKS, DATES, DEFAULT_WEEKS = ("4", "12", "26"), "dates", "12"
EVERYONE = "everyone"
"""What stands for no segment; it is never in the address."""


def view_controls(session: Session, *, whom: bool = True) -> View | None:
    """The controls, and what they say; None where the address names what there is not, which is then said.

    They stand side by side where they are drawn in a horizontal container. ``whom`` is False where a page cannot be
    narrowed to a segment or counted by another entity.
    """
    weeks, days = _window(session)
    segment = _segment(session) if whom else ""
    entity = _entity(session) if whom and segment is not None else ""
    if segment is None or entity is None:
        return None
    return View(weeks, days, segment or None, entity or None)


def _window(session: Session) -> tuple[int, Window | None]:
    state.pull("weeks", (*WEEKS, DATES), DATES if "from" in st.query_params else DEFAULT_WEEKS)
    st.segmented_control(
        "Charts go back",
        (*WEEKS, DATES),
        key="weeks",
        format_func=lambda weeks: "Dates" if weeks == DATES else f"{weeks} weeks",
        required=True,
    )
    if st.session_state["weeks"] != DATES:
        state.drop("from", "to")
        return int(state.push("weeks", DEFAULT_WEEKS)), None
    days = _days(session)
    state.push("weeks", DATES)
    return int(DEFAULT_WEEKS), days


def _days(session: Session) -> Window:
    """The days chosen, both included; those of the address, unless the control was moved since."""
    horizon = session.warehouse.horizon()
    usual = (horizon.through + DAY - timedelta(weeks=int(DEFAULT_WEEKS)), horizon.through)
    asked = (_day("from", usual[0]), _day("to", usual[1]))
    first, last = (min(max(each, horizon.first_day), horizon.newest_day) for each in (min(asked), max(asked)))
    if st.session_state.get("days in the address") != asked or "days" not in st.session_state:
        st.session_state["days"] = (first, last)
    st.date_input(
        "From, to", key="days", min_value=horizon.first_day, max_value=horizon.newest_day, format="YYYY-MM-DD", width=230
    )
    chosen = st.session_state["days"]
    if isinstance(chosen, tuple) and len(chosen) == 2:
        first, last = chosen
    state.write("from", first.isoformat())
    state.write("to", last.isoformat())
    st.session_state["days in the address"] = (first, last)
    return Window(first, last + DAY)


def _day(name: str, usual: date) -> date:
    text = st.query_params.get(name)
    if text is None:
        return usual
    try:
        return date.fromisoformat(text)
    except ValueError:
        st.warning(f"`{name}={text}` is no day; write it as {usual.isoformat()}. The last {DEFAULT_WEEKS} weeks are shown.")
        return usual


def _segment(session: Session) -> str | None:
    """The segment chosen, empty for everyone; None where the address names another."""
    segments = session.catalog.segments
    if not segments and "segment" not in st.query_params:
        return ""
    unknown = state.pull("segment", (EVERYONE, *segments), EVERYONE)
    if unknown is not None:
        missing("segment", unknown, tuple(segments), lambda name: name, EVERYONE)
        return None
    st.selectbox(
        "Segment",
        (EVERYONE, *segments),
        key="segment",
        format_func=lambda name: name.replace("_", " ").capitalize(),
        help="\n".join(f"- **{one.id}**: {one.description}" for one in segments.values()),
        width=150,
    )
    chosen = state.push("segment", EVERYONE)
    return "" if chosen == EVERYONE else chosen


def _entity(session: Session) -> str | None:
    """The entity chosen, empty for the usual one; None where the address names another."""
    known = entities(session.catalog)
    if len(known) < 2 and "entity" not in st.query_params:
        return ""
    unknown = state.pull("entity", known, USUAL)
    if unknown is not None:
        missing("entity", unknown, known, lambda name: name, USUAL)
        return None
    st.segmented_control("Count", known, key="entity", format_func=lambda name: f"{name.capitalize()}s", required=True)
    chosen = state.push("entity", USUAL)
    return "" if chosen == USUAL else chosen


def missing(kind: str, name: str, known: Sequence[str], called: Callable[[str], str], default: str | None = None) -> None:
    """Says that there is nothing of this id, names the nearest, and offers those that there are.

    ``kind`` is what the address calls it, in the plural where it may name several.
    """
    near = did_you_mean(name, known)
    st.warning(f"There is no {kind.removesuffix('s')} `{name}`.{f' {near}' if near else ''}")
    with st.container(horizontal=True):
        for one in (*((default,) if default else ()), *(each for each in known if each != default)):
            st.button(called(one), key=f"open {kind} {one}", on_click=_choose, args=(kind, one))


def _choose(name: str, value: str) -> None:
    st.query_params[name] = value


def links(session: Session, view: View) -> None:
    """Behind one button, two links to what is shown: one that goes along with new data, one that never changes."""
    opening("Link", "links", partial(_links, session, view))


def _links(session: Session, view: View) -> None:
    prose("**Live**  \n:small[:gray[The same choices, on whatever data is newest.]]")
    here = {name: st.query_params.get_all(name) for name in st.query_params if name not in FIXED}
    st.code(_url(here), language=None, wrap_lines=True)
    days = fixed(view, session.warehouse.horizon().through).days
    if days:
        told = f"{span(days)}, snapshot {session.warehouse.snapshot}, definitions {session.catalog.hash}"
        prose(f"**Fixed**  \n:small[:gray[{told}.]]")
        chosen = {name: values for name, values in here.items() if name not in {"weeks", "from", "to"}}
        st.code(
            _url(
                {
                    **chosen,
                    "from": [days.start.isoformat()],
                    "to": [days.last_day.isoformat()],
                    **_listed(stamp(session)),
                }
            ),
            language=None,
            wrap_lines=True,
        )


def _listed(values: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}


def _url(chosen: dict[str, list[str]]) -> str:
    address = (st.context.url or "").partition("?")[0]
    query = urlencode(chosen, doseq=True)
    return f"{address}?{query}" if query else address
