"""The sections of the feature page: a question, its answer in a sentence, one chart, and the receipts behind one click."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial

import streamlit as st

from prodops_metrics.charts import Theme
from prodops_metrics.pages.parts import heading, opening, quiet, tell_receipts
from prodops_metrics.pages.pictures import chart, picture_of, pictures_of
from prodops_metrics.pages.prose import prose
from prodops_metrics.pages.takeaway import offer
from prodops_metrics.reports.drawings import Drawing
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.receipts import Receipt
from prodops_metrics.reports.section import Section
from prodops_metrics.reports.takeaway import Parcel
from prodops_metrics.reports.wording import ABSENT

ORDER = (
    "reach",
    "activation",
    "adopting",
    "use",
    "returning",
    "lifecycle",
    "triangle",
    "who",
    "happy",
    "health",
    "goals",
    "impact",
)
"""What stands in frames, two beside each other, in the order in which people ask."""
PARAGRAPHS = frozenset({"goals", "impact"})


def draw(report: FeatureReport, version: tuple[int, str], colours: Theme, within: Mapping[str, Callable[[], None]]) -> None:
    """Every section that there is, and between them the frames ``within``; then, in a line, what there is not and why."""
    found = {section.id: section for section in report.sections}
    there = {"activation": bool(report.funnel), "triangle": bool(report.triangle.height)}
    shown = [name for name in ORDER if there.get(name) or (name in found and _speaks(found[name]))]
    grid = st.grid(2, min_column_width=380, border=True)
    wide = {name for name in shown if name == "triangle" or len(pictures_of(report, version, name)) > 1}
    drawn = {name for name in shown if name in within or pictures_of(report, version, name)}
    for name, columns in _placed(shown, wide, drawn):
        with grid.cell(column_span=columns):
            within[name]() if name in within else _section(report, found[name], version, colours)
    _below(report)


def _speaks(section: Section) -> bool:
    return not section.absent and not section.silent


def _placed(names: Sequence[str], wide: Collection[str], drawn: Collection[str]) -> Iterator[tuple[str, int]]:
    """How many of two columns each section takes: both where it is wide, or where nothing of its height follows.

    A section of words beside one with a picture would leave a hole.
    """
    alone = True
    for place, name in enumerate(names):
        if name in wide:
            yield name, 2
            continue
        after = names[place + 1] if place + 1 < len(names) else None
        follows = after is not None and after not in wide and (after in drawn) == (name in drawn)
        yield name, 2 if alone and not follows else 1
        alone = not (alone and follows)


def _below(report: FeatureReport) -> None:
    """What cannot be said yet, and what is not there."""
    silent = [f"{section.silent}." for section in report.sections if section.silent]
    if silent:
        quiet("  \n".join(silent))
    activation = next(one for one in report.cards if one.metric.endswith(".activation"))
    missing = [f"Activation: {activation.absent}"] if activation.absent else []
    missing += [line for section in report.sections for line in section.missing]
    if missing:
        quiet(f"Not shown: {'; '.join(missing)}.")


def _section(report: FeatureReport, section: Section, version: tuple[int, str], colours: Theme) -> None:
    pictures, receipts = pictures_of(report, version, section.id), _receipts(section)
    with heading(section.question, section.help):
        if len(pictures) == 1:
            offer(pictures[0].parcel, picture_of(pictures[0], colours, version, report.view), receipts)
        elif not pictures and section.table.height:
            table = {section.id: section.table}
            offer(Parcel(f"{report.feature.id}.{section.id}", section.question, report.pinned, table), None, receipts)
        elif receipts:
            opening(
                "Receipts" if len(receipts) > 1 else "Receipt", f"receipts {section.id}", partial(tell_receipts, receipts)
            )
    prose("  \n".join(section.sentences) if section.id in PARAGRAPHS else " ".join(section.sentences))
    grid = st.grid(len(pictures), min_column_width=330) if len(pictures) > 1 else None
    for one in pictures:
        with grid.cell() if grid else nullcontext():
            _picture(one, report, version, colours, titled=grid is not None)
    if section.id == "goals":
        return
    quiet("  \n".join((*_lines(one for one in section.figures if one.text != ABSENT), *section.notes)))


def _picture(one: Drawing, report: FeatureReport, version: tuple[int, str], colours: Theme, *, titled: bool) -> None:
    """A picture; where there are several, each with its title and its own files."""
    picture = picture_of(one, colours, version, report.view)
    if titled:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            title = one.parcel.title.partition(": ")[2]
            prose(f":small[:gray[{title[:1].upper()}{title[1:]}]]", width="content")
            with st.container(width="content"):
                offer(one.parcel, picture)
    chart(picture, one.words, one.parcel.id)


def _lines(figures: Iterable[Figure]) -> Iterator[str]:
    """Each figure with what stands behind it; its change only where there surely is one."""
    counted = ""
    for one in figures:
        moved = one.movement_text if one.good is not None or (one.row and one.row.reason) else ""
        of = "" if one.counted_text.isalpha() or one.counted_text == counted else one.counted_text
        counted = one.counted_text
        parts = (one.interval_text, of, moved)
        yield f"{one.name} {one.text}{''.join(f' · {part}' for part in parts if part)}"


def _receipts(section: Section) -> list[tuple[str, Receipt]]:
    """Where each of the section's numbers comes from."""
    found = [(one.name, one.receipt) for one in section.figures if one.receipt]
    return found + [(one.segment, one.receipt) for one in section.contrasts if one.receipt]
