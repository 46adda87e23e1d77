"""What every page run starts with: one pinned session, or a sentence that says why there is none."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

import streamlit as st

from prodops_metrics.charts import DARK, LIGHT, Theme
from prodops_metrics.definitions import Catalog
from prodops_metrics.errors import DefinitionError, ProdopsError, UnknownIdError, UnwantedError, WarehouseError
from prodops_metrics.pages import state
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.compare import Aligned, Comparison, compare_features, compare_metrics
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.feature import FeatureReport, feature_report
from prodops_metrics.reports.goal_list import GoalLine, goal_lines
from prodops_metrics.reports.health import HealthReport, health
from prodops_metrics.reports.overview import Overview, overview
from prodops_metrics.reports.session import Session, open_session, state_of
from prodops_metrics.reports.trial import Trial, trial
from prodops_metrics.reports.view import View
from prodops_metrics.warehouse.snapshots import kept

log = logging.getLogger(__name__)
KEPT_SESSIONS, KEPT_REPORTS = 8, 200
FIXED = ("snapshot", "definitions")
"""What a fixed link says besides its days."""
SEEN = "snapshot seen"
FRESH = 300
"""Seconds after which the age of sources is looked at again."""


@dataclass(slots=True)
class _LastGood:
    """The latest session of each project whose definitions had no fault."""

    sessions: dict[Path, Session] = field(default_factory=dict)


def project() -> Path:
    """The project folder that this dashboard shows."""
    return Path(os.environ.get("PRODOPS_PROJECT", ".")).resolve()


def theme() -> Theme:
    """The chart colours of the mode that the visitor sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def session() -> Session:
    """The session of this page run: the newest snapshot with the newest definitions that have no fault.

    A fixed link names a snapshot and definitions of its own. While definitions are broken the last good ones stay in
    force, under a banner that names the place.
    """
    root = project()
    number, digest = state_of(root)
    if number is None:
        st.info("There is no warehouse yet. Run `prodops refresh` to build it from the exports, then reload this page.")
        st.stop()
    asked = st.query_params.get("snapshot")
    if asked is None:
        state.drop(*FIXED)
        opened = _opened_or_last_good(root, number, digest)
        _say_news(opened)
        return opened
    return _fixed(root, digest, asked)


def _opened_or_last_good(root: Path, number: int, digest: str) -> Session:
    try:
        opened = _opened(root, number, digest)
    except DefinitionError as error:
        return _fallback(root, error)
    _last_good().sessions[root] = opened
    return opened


def newest(root: Path, state: tuple[int | None, str]) -> Session:
    """The session of a state of a project, for whoever asks without a page.

    Raises:
        ProdopsError: the definitions have faults, or the snapshot cannot be opened.
    """
    number, digest = state
    if number is None:
        raise WarehouseError("There is no warehouse yet. Run `prodops refresh` to build it from the exports.")
    opened = _opened(root, number, digest)
    _last_good().sessions[root] = opened
    return opened


def _say_news(opened: Session) -> None:
    """That a refresh was published since the visitor's last page run, which this one takes up."""
    before, now = st.session_state.get(SEEN), opened.warehouse.snapshot
    st.session_state[SEEN] = now
    if before is not None and before != now:
        through = day(opened.warehouse.horizon().through)
        st.toast(f"New data is shown: snapshot {now} in the place of {before}, data through {through}.", duration="long")


def _fixed(root: Path, digest: str, asked: str) -> Session:
    """The session of a fixed link: its snapshot, if that is still kept."""
    number, _, made = asked.partition(".")
    kept_ = {snapshot.number for snapshot in kept(root)}
    for name in FIXED:
        state.write(name, st.query_params.get(name, ""))
    if not number.isdigit() or int(number) not in kept_:
        _gone(f"This link is fixed to snapshot {number}, which is not kept any more.")
    opened = _opened_or_last_good(root, int(number), digest)
    if made and made != stamp(opened)["snapshot"].partition(".")[2]:
        _gone(f"This link is fixed to a snapshot {number} that has been replaced by another of that number.")
    st.session_state[SEEN] = int(number)
    meant = st.query_params.get("definitions")
    words = f"This link is fixed to snapshot {number}, data through {day(opened.warehouse.horizon().through)}."
    if meant and meant != opened.catalog.hash:
        words += f" The definitions have changed since it was made (from {meant} to {opened.catalog.hash})."
    with st.container(horizontal=True, vertical_alignment="center", key="fixed"):
        st.badge("Fixed", color="blue")
        prose(f":small[:gray[{words}]]", width="content")
        st.button("Show the newest data", type="tertiary", on_click=_live, key="live")
    return opened


def _gone(words: str) -> None:
    """Says why a fixed link shows nothing, and offers the live page."""
    st.warning(words)
    st.button("Show the newest data", on_click=_live, key="live")
    st.stop()


def _live() -> None:
    for name in (*FIXED, "from", "to"):
        st.query_params.pop(name, None)


def stamp(session: Session) -> dict[str, str]:
    """What a fixed link says of where its numbers come from: the snapshot, by number and making, and the definitions."""
    made = blake2b(session.warehouse.meta["created_at"].encode(), digest_size=3).hexdigest()
    return {"snapshot": f"{session.warehouse.snapshot}.{made}", "definitions": session.catalog.hash}


def last_catalog() -> Catalog | None:
    """The definitions that pages showed last, before this page run has any of its own; None before the first."""
    good = _last_good().sessions.get(project())
    return good.catalog if good else None


def _fallback(root: Path, error: DefinitionError) -> Session:
    good = _last_good().sessions.get(root)
    if good is None:
        raise error
    more = f" (and {len(error.faults) - 1} more; `prodops check` lists them)" if len(error.faults) > 1 else ""
    st.warning(f"The definitions have a fault, so the last good ones stay in force{more}.")
    st.code(str(error.faults[0]), language=None)
    return good


@st.cache_resource(max_entries=KEPT_SESSIONS, show_spinner=False)
def _opened(root: Path, snapshot: int, definitions: str) -> Session:
    log.info("opening a snapshot", extra={"snapshot": snapshot})
    return open_session(root, snapshot)


@st.cache_resource(show_spinner=False)
def _last_good() -> _LastGood:
    return _LastGood()


@st.cache_resource(max_entries=KEPT_REPORTS, show_spinner="Counting …")
def feature_of(_session: Session, version: tuple[int, str], feature: str, view: View) -> FeatureReport:
    """The report of a feature, computed once per version and view."""
    return feature_report(_session, feature, view)


@st.cache_resource(max_entries=KEPT_REPORTS, show_spinner="Counting …")
def overview_of(_session: Session, version: tuple[int, str], view: View) -> Overview:
    """The overview, computed once per version and view."""
    return overview(_session, view)


@st.cache_resource(max_entries=KEPT_REPORTS, show_spinner="Counting …")
def goals_of(_session: Session, version: tuple[int, str], feature: str | None = None) -> tuple[GoalLine, ...]:
    """The goals, or those of one feature, computed once per version."""
    return goal_lines(_session, feature)


@st.cache_resource(max_entries=KEPT_REPORTS, show_spinner="Counting …")
def compared_features(
    _session: Session, version: tuple[int, str], features: tuple[str, ...], view: View, aligned: Aligned
) -> Comparison:
    """Features beside each other, computed once per version, view and choice."""
    return compare_features(_session, features, view, aligned)


@st.cache_resource(max_entries=KEPT_REPORTS, show_spinner="Counting …")
def compared_metrics(
    _session: Session, version: tuple[int, str], metrics: tuple[str, ...], view: View, aligned: Aligned
) -> Comparison:
    """Metrics beside each other, computed once per version, view and choice."""
    return compare_metrics(_session, metrics, view, aligned)


@st.cache_resource(max_entries=KEPT_SESSIONS, show_spinner="Looking at the data …", ttl=FRESH)
def health_of(_session: Session, version: tuple[int, str]) -> HealthReport:
    """The health of the data; looked at again every few minutes, since how fresh a source is depends on the hour."""
    return health(_session)


@st.cache_resource(max_entries=KEPT_REPORTS, show_spinner="Counting …")
def trial_of(_session: Session, state: tuple[int | None, str], text: str) -> Trial:
    """A text of definitions tried, once per state of the project, faulty ones included."""
    return trial(_session, text)


@contextmanager
def told() -> Iterator[None]:
    """Errors as one sentence on the page; what nobody expected with a reference, its trace in the log.

    A question that was given up ends the page run: its visitor has left, or has asked for what the next run draws.
    """
    try:
        yield
    except UnwantedError:
        st.empty()  # whatever is drawn next lets Streamlit take up what was asked meanwhile, with the page left as it is
        st.stop()
    except DefinitionError as error:
        st.error(f"The definitions have {len(error.faults)} fault{'s' if len(error.faults) > 1 else ''}.")
        st.code(str(error), language=None)
    except UnknownIdError as error:  # the visitor's address is at fault: nothing for the log
        st.warning(str(error))
    except ProdopsError as error:
        reference = uuid4().hex[:8]
        log.exception("page error", extra={"reference": reference})
        st.error(_sentence(str(error)))
        prose(f":small[:gray[Reference {reference}, in the log.]]")


def _sentence(text: str) -> str:
    """The first line of an error; engines go on with excerpts of SQL, which the log has."""
    first = text.partition("\n")[0].strip()
    return first if first.endswith((".", "!", "?")) else f"{first}."
