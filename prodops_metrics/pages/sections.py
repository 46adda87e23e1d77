"""The sections of the feature page: a question, its answer in a sentence, one chart, and the receipts behind one click."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import streamlit as st

from prodops_metrics import charts
from prodops_metrics.charts import Dot, Theme
from prodops_metrics.charts.style import Kind, Spec
from prodops_metrics.pages.parts import chart, quiet, tell_receipt
from prodops_metrics.reports.contrasts import Side
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.receipts import Receipt
from prodops_metrics.reports.sections import OFTEN, Section
from prodops_metrics.reports.wording import ABSENT, series_sentence

KEPT_SPECS = 1000
LOW = 150
"""The height of a chart that stands beside others in one section."""
ORDER = ("reach", "activation", "adopting", "use", "returning", "lifecycle", "triangle", "health", "who", "happy")
"""What stands in frames, two beside each other; other sections are a sentence below."""
WIDE = frozenset({"triangle"})
Part = tuple[str, str, str]
"""One chart: its name, what it is called, and its words."""


def draw(report: FeatureReport, version: tuple[int, str], colours: Theme, within: Mapping[str, Callable[[], None]]) -> None:
    """Every section that there is, and between them the frames ``within``; then, in a line, what there is not and why."""
    found = {section.id: section for section in report.sections}
    there = {"activation": bool(report.funnel), "triangle": bool(report.triangle.height)}
    grid = st.grid(2, min_column_width=380, border=True)
    for name in ORDER:
        if there.get(name) or (name in found and not found[name].absent and not found[name].silent):
            with grid.cell(column_span=2 if name in WIDE else 1):
                within[name]() if name in within else _section(report, found[name], version, colours)
    _below(report)


def _below(report: FeatureReport) -> None:
    """What is only a sentence, and what is not shown."""
    for section in report.sections:
        if section.id not in ORDER:
            st.markdown(f"**{section.question}** {' '.join(section.sentences)}")
    silent = [f"{section.silent}." for section in report.sections if section.silent]
    if silent:
        quiet("  \n".join(silent))
    activation = next(one for one in report.cards if one.metric.endswith(".activation"))
    missing = [f"Activation: {activation.absent}"] if activation.absent else []
    missing += [line for section in report.sections for line in section.missing]
    if missing:
        quiet(f"Not shown: {'; '.join(missing)}.")


def _section(report: FeatureReport, section: Section, version: tuple[int, str], colours: Theme) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(section.question, anchor=False, width="content")
        _receipts(section)
    st.markdown(" ".join(section.sentences))
    for name, title, words in _charts(report, section):
        if title:
            quiet(title)
        spec = _spec(report, section, name, colours, version, report.feature.id, report.pinned.weeks)
        chart(spec, words, f"{section.id} {name}")
    quiet("  \n".join((*_lines(one for one in section.figures if one.text != ABSENT), *section.notes)))


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
    with st.popover(label, type="tertiary", help="Where these numbers come from", key=f"receipts {section.id}"):
        _tabs(found)


def _tabs(found: list[tuple[str, Receipt]]) -> None:
    if len(found) == 1:
        tell_receipt(found[0][1])
        return
    for tab, (_, receipt) in zip(st.tabs([name for name, _ in found]), found, strict=True):
        with tab:
            tell_receipt(receipt)


def _charts(report: FeatureReport, section: Section) -> Iterator[Part]:
    """The charts of a section that have something to draw."""
    words = " ".join((section.question, *section.sentences, *section.notes))
    match section.id:
        case "reach" if len(list(_reach_bars(report, section))) > 1:
            yield "bars", "", words
        case "adopting" if section.frames["adopted"].height > 1:
            yield "adopted", "", words
        case "use" if section.frames["days"]["point"].is_not_null().sum() > 1:
            yield "days", "", words
        case "returning" if any(frame["point"].is_not_null().any() for frame in section.frames.values() if frame.height):
            yield "ages", "", words
        case "lifecycle" if section.frames["states"].height:
            yield "states", "", words
        case "health":
            yield from _health_charts(section)
        case "who":
            yield "segments", "", words


def _health_charts(section: Section) -> Iterator[Part]:
    for figure in section.figures:
        name = figure.metric.rpartition(".")[2]
        frame = section.frames.get(name)
        if frame is not None and frame["point"].is_not_null().any():
            yield name, f"{figure.name}, week by week", series_sentence(figure.name, frame)


def _reach_bars(report: FeatureReport, section: Section) -> Iterator[tuple[str, float, str]]:
    """Who there was, who was shown it, who used it: one population, so that bars compare."""
    named = {one.metric.rpartition(".")[2]: one for one in (*section.figures, *report.cards)}
    for name, title in (("eligible", "Eligible and active"), ("exposure", "Shown it"), ("adoption", "Used it")):
        one = named.get(name)
        if one is None or one.row is None or one.row.numerator is None or one.row.reason in {"no_data", "needs_refresh"}:
            continue
        of = one.row.denominator
        share = f" · {one.text}" if one.point is not None and of is not None else ""
        yield title, one.row.numerator, f"{one.row.numerator:,.0f}{share}"


@st.cache_data(max_entries=KEPT_SPECS, show_spinner=False)
def _spec(
    _report: FeatureReport,
    _section: Section,
    which: str,
    colours: Theme,
    version: tuple[int, str],
    feature: str,
    weeks: int,
) -> Spec:
    """A chart's specification, built once per version, feature, range and mode."""
    frames = _section.frames
    match which:
        case "bars":
            return charts.funnel_bars(list(_reach_bars(_report, _section)), colours)
        case "adopted":
            return charts.adopted_curve(frames["adopted"], list(_quoted(_section)), colours)
        case "days":
            return charts.active_days_bars(frames["days"], OFTEN[_report.feature.frequency][0], colours)
        case "ages":
            period = _report.triangle_grain or "period"
            exact, so_far = (
                frames.get(name, frames[next(iter(frames))].clear()) for name in ("retention", "retention_so_far")
            )
            return charts.came_back_curve(exact, so_far, period, colours)
        case "states":
            return charts.lifecycle_bars(frames["states"], colours)
        case "segments":
            return _contrast_chart(_report, _section, colours)
    figure = next(one for one in _section.figures if one.metric.endswith(f".{which}"))
    drawn = charts.over_time(frames[which], _kind(figure), colours, _report.feature.launched)
    return {**drawn, "height": LOW}


def _kind(figure: Figure) -> Kind:
    return "percent" if figure.percent else "number"


def _quoted(section: Section) -> Iterator[tuple[float, float, float | None, float | None]]:
    for one in section.figures:
        words = one.metric.rpartition("_in_")[2].split("_")
        if one.row and one.row.point is not None and one.percent and words[0].isdigit():
            yield float(words[0]), one.row.point, one.row.low, one.row.high


def _contrast_chart(report: FeatureReport, section: Section, colours: Theme) -> Spec:
    dots = [
        Dot(one.segment, side.name, _label(side), side.row.point, side.row.low, side.row.high, one.differs)
        for one in section.contrasts
        for side in (one.inside, one.rest)
        if side.row.point is not None
    ]
    return charts.contrast_dots(dots, _kind(report.cards[0]), colours)


def _label(side: Side) -> str:
    counted = f"{side.row.numerator:,.0f} of {side.row.denominator or 0:,.0f}"
    return f"{counted} · {side.text}"
