"""The events: what the taxonomy declares and what really comes; one event with its properties and what rests on it."""

from datetime import timedelta
from functools import partial

import polars as pl
import streamlit as st

from prodops_metrics import charts
from prodops_metrics.pages import navigation, state
from prodops_metrics.pages.loading import health_of, session, theme, told
from prodops_metrics.pages.parts import MARKS, facts, quiet
from prodops_metrics.pages.pictures import chart, picture
from prodops_metrics.pages.prose import prose
from prodops_metrics.pages.takeaway import offer
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.event_list import (
    WEEKS,
    EventLine,
    EventSheet,
    PropertyLine,
    event_lines,
    event_sheet,
    found_events,
)
from prodops_metrics.reports.session import Session, pinned
from prodops_metrics.reports.spoken import spoken
from prodops_metrics.reports.takeaway import Parcel

PATH, SHEET = "events", "event"
KEPT, KEPT_SHEETS = 4, 200
ROW_HEIGHT, HIGHEST = 35, 720
SHOWN = timedelta(days=84)


def page() -> None:
    """Draws the list."""
    st.title("Events", anchor=False)
    with told():
        _list(session())


def sheet_page() -> None:
    """Draws the event that the address names."""
    with told():
        current = session()
        navigation.link(PATH, "All events")
        if named := state.free("event"):
            _one(current, _sheet(current, current.version, named))
        else:
            st.title("Which event?", anchor=False)
            st.info("The address names none: it ends with `?event=` and an id, such as `search_submitted`.")


# -- the list -----------------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=KEPT, show_spinner="Looking at the data …")
def _lines(_session: Session, version: tuple[int, str]) -> tuple[EventLine, ...]:
    return event_lines(_session)


def _list(current: Session) -> None:
    lines = _lines(current, current.version)
    quiet(f"{len(lines)} events · {facts(pinned(current, 0))}")
    if not lines:
        st.info("No event is declared and none came. Declare one under `events:` in metric_defs/, and put exports in place.")
        return
    _undeclared(current, [line for line in lines if not line.declared])
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        shown = found_events(lines, state.typed("find", "Find", "Name, words, property, feature", width=320))
        _opener(shown)
    if not shown:
        st.info("No event has all of these words in its name, description, properties or features.")
        return
    _table(current, shown)


def _opener(shown: tuple[EventLine, ...]) -> None:
    """A way to an event for those who do not click into a table."""
    st.session_state["open an event"] = None
    st.selectbox(
        "Open",
        [line.id for line in shown],
        key="open an event",
        index=None,
        placeholder="An event, with its properties",
        on_change=_open,
        width=320,
    )
    if wanted := st.session_state.pop("event to open", None):
        navigation.go(SHEET, event=wanted)


def _open() -> None:
    st.session_state["event to open"] = st.session_state["open an event"]


def _undeclared(current: Session, lines: list[EventLine]) -> None:
    """What comes and nobody declared, with YAML that declares it."""
    if not lines:
        return
    stubs = {one.subject: one.stub for one in health_of(current, current.version).findings if one.kind == "unplanned"}
    st.warning(
        f"{len(lines)} event{'s come' if len(lines) > 1 else ' comes'} that nobody declared, so no metric can count "
        f"{'them' if len(lines) > 1 else 'it'}. Copy the text into a file of metric_defs/ and say what the unit did."
    )
    for line in lines:
        with st.expander(f"{line.id}: {line.rows:,} rows"):
            st.code(stubs.get(line.id) or "", language="yaml")


def _table(current: Session, shown: tuple[EventLine, ...]) -> None:
    frame, names = _frame(current, shown), st.column_config
    chosen = st.dataframe(
        frame,
        hide_index=True,
        key="events listed",
        on_select="rerun",
        selection_mode="single-row",
        row_height=ROW_HEIGHT,
        height=min(ROW_HEIGHT * (frame.height + 1) + 3, HIGHEST),
        column_config={
            "event": names.TextColumn("Event"),
            "weeks": names.BarChartColumn(f"Last {WEEKS} weeks", help="Rows of each complete week", width="small", y_min=0),
            "rows": names.NumberColumn("Rows", format="localized", help="Of all the data"),
            "last_seen": names.TextColumn("Last seen"),
            "features": names.TextColumn("Features"),
            "owner": names.TextColumn("Owner"),
            "description": names.TextColumn("What the unit did", width="large"),
        },
        alt=f"{frame.height} events with rows by week, when each was seen last, features and owners",
    )
    rows = chosen.selection.rows
    if rows:
        navigation.go(SHEET, event=frame["event"][rows[0]])
    quiet("A selected row opens its event. Weeks are complete ones, the newest last.")
    offer(Parcel("events", "Events", pinned(current, 0), {"events": frame}))


def _frame(current: Session, shown: tuple[EventLine, ...]) -> pl.DataFrame:
    names = {feature.id: feature.name for feature in current.catalog.features.values()}
    return pl.DataFrame(
        [
            {
                "event": line.id,
                "weeks": list(line.weeks),
                "rows": line.rows,
                "last_seen": day(line.last_seen.date()) if line.last_seen else "never",
                "features": ", ".join(names[feature] for feature in line.features),
                "owner": ", ".join(line.owners),
                "description": line.description or ("not declared" if not line.declared else ""),
            }
            for line in shown
        ],
        schema_overrides={"weeks": pl.List(pl.Int64)},
    )


# -- one event ----------------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=KEPT_SHEETS, show_spinner="Looking at the data …")
def _sheet(_session: Session, version: tuple[int, str], event: str) -> EventSheet:
    return event_sheet(_session, event, health_of(_session, version))


def _one(current: Session, sheet: EventSheet) -> None:
    line, event = sheet.line, sheet.event
    st.title(line.id, anchor=False)
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(line.status.capitalize(), color=MARKS.get(line.status, "green" if line.declared else "orange"))
        for owner in line.owners:
            st.badge(owner, color="gray")
    if line.description:
        prose(f"**{line.description}**")
    quiet(facts(pinned(current, 0)))
    if event is None:
        st.warning("Nobody declared it, so no metric can count it. This text declares it:")
        st.code(sheet.stub, language="yaml")
    grid = st.grid(2, min_column_width=330, gap="medium")
    with grid.cell():
        _volume(current, sheet)
        _declared(sheet)
    with grid.cell():
        _rests_on_it(current, sheet)
    _properties(sheet)


def _volume(current: Session, sheet: EventSheet) -> None:
    st.header("Volume", anchor=False)
    line = sheet.line
    if not sheet.days.height or line.last_seen is None:
        quiet("It never came. Does the product send it, perhaps under another name?")
        return
    through = pinned(current, 0).data_through
    days = {each: int(events) for each, events in sheet.days.iter_rows()}
    first = max(min(days), through - SHOWN)
    shown = [
        (first + timedelta(days=at), days.get(first + timedelta(days=at), 0)) for at in range((max(days) - first).days + 1)
    ]
    total = sum(events for each, events in shown if each <= through)
    said = f"{total:,} rows from {day(first)} to {day(through)}" if first <= through else "No row on a complete day yet"
    bars = picture(f"volume {line.id}", partial(charts.volume_bars, shown, through), theme(), current.version)
    chart(bars, f"Rows by day: {said}.", f"volume {line.id}")
    quiet(f"{said}; {line.rows:,} in all the data. Last seen {day(line.last_seen.date())}. Paler: not complete yet.")
    offer(Parcel(line.id, f"{line.id}, rows by day", pinned(current, 0), {line.id: sheet.days}), bars)


def _declared(sheet: EventSheet) -> None:
    event = sheet.event
    if event is None or sheet.written is None:
        return
    st.header("Definition", anchor=False)
    quiet(f"`{sheet.written.place}`")
    if event.aliases:
        prose(f"Also called {', '.join(f'`{alias}`' for alias in event.aliases)} in exports.")
    if not event.activity:
        prose("It does not make a unit active.")
    if sheet.written.text:
        st.code(sheet.written.text, language="yaml")


def _rests_on_it(current: Session, sheet: EventSheet) -> None:
    names = current.catalog.features
    st.header("Features", anchor=False)
    if not sheet.roles:
        quiet("No feature declares it in a role.")
    for feature, role in sheet.roles:
        navigation.link("feature", f"{names[feature].name}: `{role}`", feature=feature)
    st.header("Metrics", anchor=False)
    if not sheet.metrics:
        quiet("No metric reads it.")
    own = [name for name in sheet.metrics if "." not in name]
    for name in own:
        navigation.link("metric", name, metric=name)
    standard = len(sheet.metrics) - len(own)
    if standard:
        navigation.link("metrics", f"{standard} standard metrics of features", find=sheet.line.id)
    if sheet.sources:
        st.header("Sources", anchor=False)
        for source, events in sheet.sources:
            prose(f"`{source}` {events:,} rows")


def _properties(sheet: EventSheet) -> None:
    if sheet.event is None:
        return
    st.header("Properties", anchor=False)
    if not sheet.properties:
        quiet("It declares none; undeclared ones are kept as they were written, and no metric can use them.")
        return
    quiet(
        f"As declared, and what rows since {day(sheet.since)} hold. A text is shown only where five or more people have it; "
        "personal ones never."
    )
    for line in sheet.properties:
        _property(line)


def _property(line: PropertyLine) -> None:
    declared = line.declared
    marks = [
        declared.type,
        *(["required"] if declared.required else []),
        *(["of every event"] if line.common else []),
        *([f"personal: {'left out' if declared.personal == 'drop' else 'kept as a hash'}"] if declared.personal else []),
    ]
    enum = f"  \nOne of {spoken(declared.enum)}" if declared.enum else ""
    about = f" {declared.description}" if declared.description else ""
    with st.container(border=True, gap="xsmall", key=f"property {line.name}"):
        prose(f"**`{line.name}`** :small[:gray[{' · '.join(marks)}]]{about}{enum}")
        quiet(line.problem or _held(line))


def _held(line: PropertyLine) -> str:
    """How many rows carry it, and what they hold."""
    found = line.held
    if found is None or not found.rows:
        return "Left out by every refresh." if line.declared.personal == "drop" else "No rows in this time."
    parts = [f"{found.filled:,} of {found.rows:,} rows have it"]
    if found.low is not None:
        parts.append(f"from {found.low:,.6g} to {found.high:,.6g}, median {found.middle:,.6g}")
    if found.values:
        parts.append(", ".join(f"`{value}` {count:,}" for value, count in found.values))
    if found.kept_back:
        parts.append("others are not shown" if found.values else "values are not shown")
    return " · ".join(parts)
