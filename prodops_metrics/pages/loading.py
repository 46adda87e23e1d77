"""What every page run starts with: one pinned session, or a sentence that says why there is none."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import streamlit as st

from prodops_metrics.charts import DARK, LIGHT, Theme
from prodops_metrics.errors import DefinitionError, ProdopsError
from prodops_metrics.reports.feature import FeatureReport, feature_report
from prodops_metrics.reports.overview import Overview, overview
from prodops_metrics.reports.session import Session, open_session, state_of
from prodops_metrics.reports.trial import Trial, trial

log = logging.getLogger(__name__)
KEPT_SESSIONS, KEPT_REPORTS = 4, 200


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

    While definitions are broken the last good ones stay in force, under a banner that names the place.
    """
    root = project()
    number, digest = state_of(root)
    if number is None:
        st.info("There is no warehouse yet. Run `prodops refresh` to build it from the exports, then reload this page.")
        st.stop()
    try:
        opened = _opened(root, number, digest)
    except DefinitionError as error:
        return _fallback(root, error)
    _last_good().sessions[root] = opened
    return opened


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
    log.info("opening snapshot %s of %s with definitions %s", snapshot, root, definitions)
    return open_session(root)


@st.cache_resource(show_spinner=False)
def _last_good() -> _LastGood:
    return _LastGood()


@st.cache_resource(max_entries=KEPT_REPORTS, show_spinner="Counting …")
def feature_of(_session: Session, version: tuple[int, str], feature: str, weeks: int) -> FeatureReport:
    """The report of a feature, computed once per version."""
    return feature_report(_session, feature, weeks=weeks)


@st.cache_resource(max_entries=KEPT_REPORTS, show_spinner="Counting …")
def overview_of(_session: Session, version: tuple[int, str], weeks: int) -> Overview:
    """The overview, computed once per version."""
    return overview(_session, weeks=weeks)


@st.cache_resource(max_entries=KEPT_REPORTS, show_spinner="Counting …")
def trial_of(_session: Session, state: tuple[int | None, str], text: str) -> Trial:
    """A text of definitions tried, once per state of the project, faulty ones included."""
    return trial(_session, text)


@contextmanager
def told() -> Iterator[None]:
    """Errors as one sentence on the page; what nobody expected with a reference, its trace in the log."""
    try:
        yield
    except DefinitionError as error:
        st.error(f"The definitions have {len(error.faults)} fault{'s' if len(error.faults) > 1 else ''}.")
        st.code(str(error), language=None)
    except ProdopsError as error:
        reference = uuid4().hex[:8]
        log.exception("page error %s", reference)
        st.error(f"{error}")
        st.markdown(f":small[:gray[Reference {reference}, in the log.]]")
