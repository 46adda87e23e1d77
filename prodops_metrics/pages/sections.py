"""The sections of the feature page: a question, its answer in a sentence, one chart, and the receipts behind one click."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import streamlit as st

from prodops_metrics.charts import Theme
from prodops_metrics.pages.parts import chart, heading, opening, quiet, tell_receipt
from prodops_metrics.pages.pictures import pictures_of, spec_of
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
WIDE, PARAGRAPHS = frozenset({"triangle"}), frozenset({"goals", "impact"})


def draw(report: FeatureReport, version: tuple[int, str], colours: Theme, within: Mapping[str, Callable[[], None]]) -> None:
    """Every section that there is, and between them the frames ``within``; then, in a line, what there is not and why."""
    found = {section.id: section for section in report.sections}
    there = {"activation": bool(report.funnel), "triangle": bool(report.triangle.height)}
    shown = [name for name in ORDER if there.get(name) or (name in found and _speaks(found[name]))]
    grid = st.grid(2, min_column_width=380, border=True)
    for name, columns in _placed(shown):
        with grid.cell(column_span=columns):
            within[name]() if name in within else _section(report, found[name], version, colours)
    _below(report)


def _speaks(section: Section) -> bool:
    return not section.absent and not section.silent


def _placed(names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """How many of two columns each section takes: both where it is wide, or where nothing could stand beside it."""
    alone = True
    for place, name in enumerate(names):
        if name in WIDE:
            yield name, 2
            continue
        follows = place + 1 < len(names) and names[place + 1] not in WIDE
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
    pictures = pictures_of(report, version, section.id)
    with heading(section.question):
        if len(pictures) == 1:
            offer(pictures[0].parcel, spec_of(pictures[0], colours, version, report.view))
        elif not pictures and section.table.height:
            offer(Parcel(f"{report.feature.id}.{section.id}", section.question, report.pinned, {section.id: section.table}))
        _receipts(section)
    st.markdown("  \n".join(section.sentences) if section.id in PARAGRAPHS else " ".join(section.sentences))
    for one in pictures:
        _picture(one, report, version, colours, titled=len(pictures) > 1)
    if section.id == "goals":
        return
    quiet("  \n".join((*_lines(one for one in section.figures if one.text != ABSENT), *section.notes)))


def _picture(one: Drawing, report: FeatureReport, version: tuple[int, str], colours: Theme, *, titled: bool) -> None:
    """A picture; where there are several, each with its title and its own files."""
    spec = spec_of(one, colours, version, report.view)
    if titled:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            title = one.parcel.title.partition(": ")[2]
            st.markdown(f":small[:gray[{title[:1].upper()}{title[1:]}]]", width="content")
            offer(one.parcel, spec)
    chart(spec, one.words, one.parcel.id)


def _lines(figures: Iterable[Figure]) -> Iterator[str]:
    """Each figure with what stands behind it; its change only where there surely is one."""
    counted = ""
    for one in figures:
        moved = one.movement_text if one.good is not None or (one.row and one.row.reason) else ""
        of = "" if one.counted_text.isalpha() or one.counted_text == counted else one.counted_text
        counted = one.counted_text
        parts = (one.interval_text, of, moved)
        yield f"{one.name} {one.text}{''.join(f' · {part}' for part in parts if part)}"


def _receipts(section: Section) -> None:
    """Where each of the section's numbers comes from."""
    found = [(one.name, one.receipt) for one in section.figures if one.receipt]
    found += [(one.segment, one.receipt) for one in section.contrasts if one.receipt]
    if not found:
        return
    label = "Receipt" if len(found) == 1 else "Receipts"
    opening(label, "Where these numbers come from", f"receipts {section.id}", partial(_tabs, found))


def _tabs(found: list[tuple[str, Receipt]]) -> None:
    if len(found) == 1:
        tell_receipt(found[0][1])
        return
    for tab, (_, receipt) in zip(st.tabs([name for name, _ in found]), found, strict=True):
        with tab:
            tell_receipt(receipt)
