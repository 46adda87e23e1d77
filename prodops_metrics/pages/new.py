"""Try a metric: write a definition, see its last weeks and its nearest twins, then propose it as a pull request."""

from datetime import date
from functools import partial
from hashlib import blake2b
from urllib.parse import quote

import streamlit as st

from prodops_metrics import charts
from prodops_metrics.charts import Theme
from prodops_metrics.charts.style import Kind, Spec
from prodops_metrics.definitions import Fault
from prodops_metrics.metrics import METRIC_TYPES
from prodops_metrics.pages import state
from prodops_metrics.pages.editor import editor, held
from prodops_metrics.pages.loading import project, session, theme, told, trial_of
from prodops_metrics.pages.parts import card, facts, quiet
from prodops_metrics.pages.pictures import chart, picture
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.proposal import Proposal, proposal
from prodops_metrics.reports.reference import Reference, reference
from prodops_metrics.reports.session import Session, pinned, state_of
from prodops_metrics.reports.starters import purpose, start_text
from prodops_metrics.reports.trial import WEEKS, Trial, Tried
from prodops_metrics.reports.twins import Twin
from prodops_metrics.reports.wording import series_sentence

DEFAULT = "count"
PASSED_ON = "definition"
"""What the address calls a text that somebody passed on."""
WRITTEN = "texts being written"
MOST_TWINS, MOST_EVENTS = 5, 12
DRAFTS = "With `status: draft` it is on everyone's pages at once, marked as a draft, and in no verdict."


def page() -> None:
    """Draws the page."""
    st.title("Try a metric", anchor=False)
    with told():
        _draw(session())


def _draw(current: Session) -> None:
    prose("Write a definition and see its last weeks at once. Nothing is saved here; a pull request makes it everyone's.")
    quiet(facts(pinned(current, WEEKS)))
    token, text = _start(current)
    found = trial_of(current, state_of(project()), held(text, token))
    grid = st.grid(2, min_column_width=330, gap="medium")
    with grid.cell():
        written = editor(
            "The definition, as YAML", text, token, [fault.place.line for fault in found.faults if not fault.advice]
        )
        st.session_state[WRITTEN][token] = written
        _faults(found)
        _twins(current, found)
        _words(reference(current.catalog, written))
    with grid.cell():
        shown = _result(found)
        if shown:
            with st.container(border=True, gap="xsmall"):
                _figure(current, shown)
        if found.ids:
            _propose(proposal(current.catalog, found), written)


def _start(current: Session) -> tuple[str, str]:
    """What is written from, and the text as it stands: what was typed here before, else where it starts."""
    options = [*METRIC_TYPES, *(name for name in current.catalog.metrics if "." not in name)]
    st.session_state.setdefault(WRITTEN, {})
    passed_on = st.query_params.get(PASSED_ON)
    unknown = state.pull("start", options, DEFAULT)
    if unknown is not None:
        st.warning(f"There is no metric or metric type `{unknown}` to start from.")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        quiet_label("Start from")
        st.selectbox(
            "Start from",
            options,
            key="start",
            format_func=_named,
            on_change=_forget,
            label_visibility="collapsed",
            width=420,
        )
    chosen = state.push("start", DEFAULT)
    token = chosen if passed_on is None else f"link {blake2b(passed_on.encode(), digest_size=6).hexdigest()}"
    first = start_text(current.catalog, chosen) if passed_on is None else passed_on
    return token, st.session_state[WRITTEN].get(token, first)


def quiet_label(text: str) -> None:
    """The words before a control, on its line."""
    prose(f":small[:gray[{text}]]", width="content")


def _named(option: str) -> str:
    return f"New {option}: {purpose(option)}" if option in METRIC_TYPES else f"Copy of {option}"


def _forget() -> None:
    """Another start was chosen, so that a text from the address is no longer what is written on."""
    st.query_params.pop(PASSED_ON, None)


def _faults(found: Trial) -> None:
    for fault in found.faults:
        _fault(fault)
    if found.elsewhere:
        files = "fault" if found.elsewhere == 1 else "faults"
        st.warning(
            f"Other files of the project have {found.elsewhere} {files}, so nothing can be computed: `prodops check`."
        )


def _fault(fault: Fault) -> None:
    """One fault: where it is, what it is, and what to do about it."""
    told_as = st.info if fault.advice else st.error
    cure = f"  \n{fault.cure}" if fault.cure else ""
    message = f"{fault.message[:1].upper()}{fault.message[1:]}"
    told_as(f"**Line {fault.place.line}, column {fault.place.column}.** {message}. :small[{fault.code}]{cure}")
    if fault.excerpt and not fault.advice:
        st.code(fault.excerpt, language=None)


def _result(found: Trial) -> Tried | None:
    """The metric to show, or why there is none."""
    if found.tried:
        return _chosen(found)
    with st.container(border=True):
        prose("**No numbers yet**")
        quiet(_nothing_because(found))
    return None


def _nothing_because(found: Trial) -> str:
    if found.faults or found.elsewhere:
        return "They appear here as soon as the definition has no fault."
    if found.ids:
        return "The text defines no metric. Add one under `metrics:`, or a feature."
    return "The text is empty. Choose something to start from."


def _chosen(found: Trial) -> Tried:
    """The metric to show; a choice where the text has several."""
    if len(found.tried) == 1:
        return found.tried[0]
    by_name = {one.metric.id: one for one in found.tried}
    name = st.selectbox("Metric", list(by_name), label_visibility="collapsed", key=f"shown {' '.join(by_name)}")
    return by_name[str(name)]


def _figure(current: Session, shown: Tried) -> None:
    if shown.figure is None:
        prose(f"**{shown.metric.id}**")
        st.error(shown.problem)
        return
    drawable = not shown.points.is_empty() and shown.points["point"].is_not_null().any()
    card(shown.figure, partial(_chart, current, shown) if drawable else None)
    if shown.note:
        st.info(shown.note)


def _chart(current: Session, shown: Tried) -> None:
    receipt = shown.figure.receipt if shown.figure else None
    feature = current.catalog.features.get(shown.metric.feature or "")
    launched = feature.launched if feature else None
    asked = (receipt.sql, receipt.window) if receipt else ()
    line = picture("tried", partial(_line, shown, launched), theme(), current.version, shown.metric.id, launched, asked)
    chart(line, series_sentence(shown.metric.id, shown.points, percent=shown.metric.percent), "tried")


def _line(shown: Tried, launched: date | None, colours: Theme) -> Spec:
    """The last weeks."""
    figure = shown.figure
    unit: Kind = "percent" if figure and figure.percent else "number"
    headline = figure.text if figure and figure.point is not None else ""
    return charts.over_time(shown.points, unit, colours, launched, headline)


def _twins(current: Session, found: Trial) -> None:
    """The nearest metrics that exist, of the metrics in the text together."""
    if not found.tried:
        return
    st.header("Nearest metrics that exist", anchor=False)
    twins = {twin.metric.id: twin for one in found.tried for twin in one.twins}
    if not twins:
        quiet("None is near: no other metric reads these events or says the like.")
    for twin in list(twins.values())[:MOST_TWINS]:
        _twin(current, twin)


def _twin(current: Session, twin: Twin) -> None:
    metric = twin.metric
    feature = current.catalog.features.get(metric.feature or "")
    words = f"{twin.words[:1].upper()}{twin.words[1:]}"
    about = " · ".join([words, *([feature.name] if feature else [])])
    prose(f"`{metric.id}` {metric.description}  \n:small[:gray[{about}]]")


def _words(words: Reference) -> None:
    """What can stand in the text: the keys of its type, and the events with their properties."""
    with st.expander(f"What can stand here: {words.title}"):
        prose("\n".join(f"- `{key}` {said}" for key, said in words.keys))
        if words.others:
            quiet(f"Also: {', '.join(f'`{key}`' for key in words.others)}")
        prose("**Events and their properties**")
        asked = st.text_input("Find an event", placeholder="Find an event or property", label_visibility="collapsed")
        found = words.found(asked or "")
        prose("\n".join(f"- `{name}` {said}" for name, said in found[:MOST_EVENTS]) or "None has that in it.")
        if len(found) > MOST_EVENTS:
            quiet(f"And {len(found) - MOST_EVENTS} more; a word above finds them.")


def _propose(offer: Proposal, text: str) -> None:
    st.header("Propose it", anchor=False)
    prose(f"{offer.sentence}  \n:small[:gray[{DRAFTS}]]")
    with st.container(horizontal=True, vertical_alignment="center"):
        if offer.address:
            st.link_button(offer.label, offer.address, type="primary")
        st.download_button("Download the file", text, file_name=offer.file.rpartition("/")[2], mime="text/yaml")
        with st.popover("Link to this text"):
            prose("Whoever opens it sees the same text, and the numbers of the day.")
            st.code(f"{(st.context.url or '').partition('?')[0]}?{PASSED_ON}={quote(text)}", language=None, wrap_lines=True)
