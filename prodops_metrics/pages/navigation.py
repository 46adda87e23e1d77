"""Where pages stand, and links from one to another that keep what was chosen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from prodops_metrics.definitions import Catalog
from prodops_metrics.pages.prose import prose

WINDOW = ("weeks", "from", "to", "segment", "entity", "snapshot", "definitions")
"""What pages with data have in common: how far back, of whom, and of a fixed link from what."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page's place: the heading it stands under, its address, and which choices a link to it passes on.

    ``when`` says whether the project has what it shows; without it the page can be opened but stands in no list.
    """

    title: str
    path: str
    draw: Callable[[], None]
    group: str = ""
    keeps: Sequence[str] = ()
    when: Callable[[Catalog], bool] | None = None


def registered(pages: Sequence[Listed]) -> dict[str, StreamlitPage]:
    """The pages as Streamlit knows them, by address; the first one is the home page."""
    return {
        one.path: st.Page(one.draw, title=one.title, url_path=one.path, default=place == 0)
        for place, one in enumerate(pages)
    }


def sidebar(
    pages: Sequence[Listed],
    known: Mapping[str, StreamlitPage],
    catalog: Catalog | None,
    chosen: Mapping[str, Sequence[str]],
) -> None:
    """The list of pages under their headings; each link passes on what is ``chosen`` and means something there."""
    group = ""
    for one in pages:
        if one.when and not (catalog and one.when(catalog)):
            continue
        if one.group != group:
            group = one.group
            prose(f":small[:gray[{group}]]")
        passed = {name: chosen[name] for name in one.keeps if name in chosen}
        st.page_link(known[one.path], label=one.title, query_params=passed, width="stretch")


def link(path: str, label: str, **chosen: str | Sequence[str]) -> None:
    """A link to another page in the text of this one; ``chosen`` is its address, by id, defaults left out."""
    st.page_link(_page(path), label=label, query_params=dict(chosen))


def go(path: str, **chosen: str | Sequence[str]) -> None:
    """Leaves for another page at once."""
    st.switch_page(_page(path), query_params=dict(chosen))


def _page(path: str) -> StreamlitPage:
    """A page by its address, by which alone Streamlit tells pages apart."""
    return st.Page(_elsewhere, title=path or "home", url_path=path, default=not path)


def _elsewhere() -> None:
    """Stands for a page that draws itself."""
