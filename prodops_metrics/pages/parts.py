"""Pieces that pages share: the line under a title, a card with its receipt."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from prodops_metrics.definitions import Feature
from prodops_metrics.pages import navigation
from prodops_metrics.pages.loading import told
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.dates import day, span
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.receipts import Receipt
from prodops_metrics.reports.session import Pinned

COLOURS = {True: "green", False: "red", None: "gray"}
"""A movement's colour: only where it is surely for the better or the worse."""

MARKS: Mapping[str, Literal["blue", "red", "gray"]] = {"draft": "blue", "broken": "red", "deprecated": "gray"}
"""The colour of the mark of a metric that is not simply in use."""


def quiet(text: str) -> None:
    """Small grey text that still passes for contrast."""
    prose(f":small[:gray[{text}]]")


def facts(pinned: Pinned) -> str:
    """What the page was computed from."""
    through = f"Data through {day(pinned.data_through)} · {pinned.timezone}"
    return f"{through} · snapshot {pinned.snapshot} · definitions {pinned.definitions}"


def origin_line() -> tuple[DeltaGenerator, DeltaGenerator]:
    """A line under the title: the place of what the page was computed from, and at its end that of links to it."""
    line = st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False)
    return line.container(), line.container(width="content")


def stage(feature: Feature) -> str:
    """The stage as a person writes it: ``GA``, ``Beta``."""
    return written(feature.stage)


def written(name: str) -> str:
    """A stage's id as a person writes it."""
    return name.upper() if name == "ga" else name.capitalize()


def heading(text: str, term: str = "") -> DeltaGenerator:
    """A block's heading, with a ``term`` said in full to whoever asks; what is drawn inside stands at its end."""
    line = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small")
    line.header(text, anchor=False, width="content", help=term or None)
    return line.container(width="content")


def card(figure: Figure, draw: Callable[[], None] | None = None) -> None:
    """One figure: number, change in words, n of N, interval, its window, and its receipt behind one click."""
    st.metric(f"{figure.name}{mark(figure)}", figure.text, help=_help(figure) or None)
    if figure.absent:
        quiet(f"Not available: {figure.absent}.")
        return
    prose(f":small[:{COLOURS[figure.good]}[{figure.movement_text}]]", help=figure.movement_detail or None)
    quiet("  \n".join(_counted(figure)))
    st.space("stretch")
    if draw:
        draw()
    _foot(figure)


def mark(figure: Figure) -> str:
    """That a metric is not simply in use, as a badge behind its name: a draft, broken, deprecated."""
    return f" :{MARKS[figure.status]}-badge[{figure.status.capitalize()}]" if figure.status else ""


def _help(figure: Figure) -> str:
    status = f"This metric is {figure.status_text}." if figure.status_text else ""
    return "  \n".join(part for part in (figure.question, status) if part)


def _foot(figure: Figure) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xxsmall"):
        quiet(figure.window_text)
        if figure.receipt:
            show_receipt(figure.name, figure.metric, figure.receipt)


def _counted(figure: Figure) -> list[str]:
    """What the number was counted from, and its interval; on one line where the former is but a word."""
    interval = [f"interval {figure.interval_text}"] if figure.interval_text else []
    lines = [*([figure.counted_text] if figure.counted_text != figure.text else []), *interval]
    return [", ".join(lines)] if figure.counted_text.isalpha() else lines


def show_receipt(name: str, metric: str, receipt: Receipt) -> None:
    """Where a number comes from, with SQL to copy."""
    opening("Receipt", f"receipt {metric}", partial(tell_receipts, [(name, receipt)]))


def tell_receipts(found: Sequence[tuple[str, Receipt]]) -> None:
    """What receipts say, each by the name of its number."""
    if len(found) == 1:
        tell_receipt(found[0][1])
        return
    for tab, (_, receipt) in zip(st.tabs([name for name, _ in found]), found, strict=True):
        with tab:
            tell_receipt(receipt)


@st.fragment
def opening(label: str, key: str, draw: Callable[[], None]) -> None:
    """A button that opens; what stands behind it is drawn, alone, when it is pressed: a closed one costs but itself."""
    button = st.popover(label, type="tertiary", key=key, on_change="rerun")
    if button.open:
        with button, told():
            draw()


def tell_receipt(receipt: Receipt) -> None:
    """What a receipt says."""
    prose(f"**{receipt.sentence}**")
    prose("\n".join(f"- {line}" for line in _facts(receipt)))
    navigation.link("metric", "All about this metric", metric=receipt.metric.partition(":")[0])
    prose(f"Paste into DuckDB, opened on `{receipt.snapshot_file}`:")
    st.code(receipt.sql, language="sql", height=260)


def _facts(receipt: Receipt) -> list[str]:
    return [
        f"Counted: {receipt.counted}",
        f"Window: {span(receipt.window)}, days of {receipt.timezone}",
        f"Data through {day(receipt.data_through)}",
        f"Defined at `{receipt.definition}`, meaning `{receipt.meaning}`",
        f"Snapshot {receipt.snapshot}, definitions `{receipt.definitions}`",
        *receipt.left_out,
    ]
