"""The dashboard's script: its pages in their order, and nothing else."""

import logging
from time import perf_counter

import streamlit as st

from prodops_metrics.definitions import Catalog
from prodops_metrics.pages import (
    catalogue,
    compare,
    differs,
    events,
    experiments,
    feature,
    goals,
    health,
    learn,
    new,
    overview,
    state,
)
from prodops_metrics.pages.browser import STATIC, attend
from prodops_metrics.pages.loading import SEEN, last_catalog
from prodops_metrics.pages.navigation import WINDOW, Listed, registered, sidebar
from prodops_metrics.pages.visitors import visitor_waits
from prodops_metrics.warehouse.patience import while_wanted

log = logging.getLogger("prodops_metrics.pages")  # as a script it has another name
ICON, WORDMARK = STATIC / "logo.svg", STATIC / "wordmark.svg"


def _has_goals(catalog: Catalog) -> bool:
    return bool(catalog.goals)


def _has_experiments(catalog: Catalog) -> bool:
    return bool(catalog.experiments)


def _never(_catalog: Catalog) -> bool:
    """Of pages about one thing, which are led to from the list of all such things."""
    return False


PAGES = (
    Listed("Overview", "", overview.page, keeps=WINDOW),
    Listed("Feature report", "feature", feature.page, "Features", keeps=("feature", *WINDOW)),
    Listed("Compare", "compare", compare.page, "Features", keeps=("compare", "align", "features", "metrics", *WINDOW)),
    Listed("Goals", "goals", goals.page, "Decisions", when=_has_goals),
    Listed("Experiments", "experiments", experiments.page, "Decisions", when=_has_experiments),
    Listed("Metrics", "metrics", catalogue.page, "Definitions", keeps=("find", "team", "status", "type")),
    Listed("Metric", "metric", catalogue.sheet_page, when=_never),
    Listed("Events", "events", events.page, "Definitions"),
    Listed("Event", "event", events.sheet_page, when=_never),
    Listed("Data health", "health", health.page, "Definitions"),
    Listed("Try a metric", "new", new.page, "Definitions"),
    Listed("Learn", "learn", learn.page, "Help"),
    Listed("Why does this differ?", "differs", differs.page, "Help"),
)
"""Every page, in the order of the list beside them; a page more is a line more."""
KEPT = tuple(dict.fromkeys(name for one in PAGES for name in one.keeps))


def main() -> None:
    """Draws the page that the address names, and the list of pages beside it."""
    st.set_page_config(page_title="prodops-metrics", page_icon=str(ICON), layout="wide")
    st.logo(str(WORDMARK), size="medium", icon_image=str(ICON))
    known = registered(PAGES)
    shown = st.navigation(list(known.values()), position="hidden")
    beside = st.sidebar.empty()
    chosen, catalog = state.foreseen(KEPT), last_catalog()
    with beside.container(gap="xxsmall"):
        sidebar(PAGES, known, catalog, chosen)
    with st.sidebar:
        attend()
    began = perf_counter()
    try:
        with while_wanted(visitor_waits()):
            shown.run()
    finally:
        told = {"ms": round(1000 * (perf_counter() - began)), "snapshot": st.session_state.get(SEEN)}
        log.info("page", extra={"page": f"/{shown.url_path}", **told})
    if (now := state.carried(KEPT)) != chosen or last_catalog() is not catalog:
        with beside.container(gap="xxsmall"):
            sidebar(PAGES, known, last_catalog(), now)


if __name__ == "__main__":
    main()
