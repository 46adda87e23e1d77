"""A feature report as one HTML file: it works without a network and without scripts, prints well, and holds its receipts.

Whatever people wrote is escaped by the template; the pictures are SVG elements that are handed in.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from prodops_metrics.reports.dates import day, span
from prodops_metrics.reports.drawings import Drawing, drawings
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.number_tables import NumberTable, number_table
from prodops_metrics.reports.receipts import Receipt
from prodops_metrics.reports.section import Section
from prodops_metrics.reports.verdict_words import SIGNS
from prodops_metrics.reports.wording import unbroken

Draw = Callable[[str, Mapping[str, Any], str, int], tuple[str, str]]
"""A chart by its name, what it is given, a name of its own and its width, as an SVG for light and one for dark pages."""
BROAD, NARROW = 1000, 560
WIDE = frozenset({"triangle", "verdict"})
TONES = {"healthy": "good", "watch": "careful", "at_risk": "bad", "suspect": "careful"}
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing in both modes, its title and words, and its numbers as a table."""

    name: str
    title: str
    words: str
    light: Markup
    dark: Markup
    table: NumberTable
    wide: bool


@dataclass(frozen=True, slots=True)
class Block:
    """One question of the report: sentences, pictures, figures, notes and the receipts of its numbers."""

    id: str
    heading: str
    sentences: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    figures: Sequence[Figure] = ()
    notes: Sequence[str] = ()
    receipts: Sequence[tuple[str, Receipt]] = ()
    """Of what is no figure, such as segments."""

    @property
    def beside(self) -> bool:
        """Whether the figures stand beside the one picture that there is."""
        return len(self.pictures) == 1 and not self.pictures[0].wide and bool(self.figures or self.receipts)


def environment() -> Environment:
    """How templates become pages: everything escaped, nothing undefined, days and spans as people read them."""
    loader = FileSystemLoader(Path(__file__).with_name("static"))
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.finalize = _drawn
    found.filters |= {
        "day": day,
        "span": span,
        "tone": lambda state: TONES.get(state, "quiet"),
        "sign": SIGNS.__getitem__,
        "prose": _prose,
    }
    return found


def _drawn(value: object) -> object:
    """Text with every number beside its unit; what is markup already, such as escaped SQL, to the letter."""
    return unbroken(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(sentence: str) -> Markup:
    """A sentence of which the names stand between backticks, as pages and terminals take it."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(unbroken(sentence)))))


def feature_html(report: FeatureReport, draw: Draw) -> str:
    """The report as an HTML document of its own."""
    placed: dict[str, list[Picture]] = {}
    for drawing in drawings(report):
        placed.setdefault(drawing.place, []).append(_picture(report, drawing, draw))
    template = environment().get_template("feature.html.jinja")
    return template.render(
        report=report,
        verdict=placed.pop("verdict", []),
        blocks=list(_blocks(report, placed)),
        missing=list(_missing(report)),
        shown=f"{report.view.weeks} weeks" if report.view.days is None else span(report.view.days),
        narrowed=_narrowed(report),
        stage=report.feature.stage.upper() if report.feature.stage == "ga" else report.feature.stage.capitalize(),
    )


def _narrowed(report: FeatureReport) -> str:
    """Of whom the numbers tell, where that is not everybody, counted as usual."""
    view = report.view
    segment = f"only the segment {view.segment}" if view.segment else ""
    counted = f"counted by {view.entity}" if view.entity else ""
    told = ", ".join(part for part in (segment, counted) if part)
    return f"{_capital(told)}." if told else ""


def _picture(report: FeatureReport, drawing: Drawing, draw: Draw) -> Picture:
    wide = drawing.place in WIDE
    name = "".join(letter if letter.isalnum() else "-" for letter in drawing.parcel.id)
    light, dark = draw(drawing.chart, drawing.given, name, BROAD if wide else NARROW)
    return Picture(
        name=name,
        title=_capital(drawing.parcel.title.removeprefix(f"{report.feature.name}: ")),
        words=drawing.words,
        light=Markup(light),
        dark=Markup(dark),
        table=number_table(drawing.parcel.frame, percent=drawing.percent),
        wide=wide,
    )


def _blocks(report: FeatureReport, placed: Mapping[str, Sequence[Picture]]) -> Iterator[Block]:
    """The sections in the order of the questions, the funnel and the triangle among them."""
    yield Block("over_time", "Over time", (_POINTS,), placed.get("over_time", ()))
    for section in report.sections:
        if not section.absent:
            yield _block(section, placed.get(section.id, ()))
        if section.id == "reach" and report.funnel:
            card = next(one for one in report.cards if one.metric.endswith(".activation"))
            note = f"{card.question} First shown it in {card.window_text}."
            yield Block("activation", "How many get its result?", (note,), placed.get("activation", ()))
        if section.id == "lifecycle" and placed.get("triangle"):
            period = report.triangle_grain
            heading = f"Retention by {period} of first use"
            yield Block("triangle", heading, (_TRIANGLE.format(period=period),), placed["triangle"])
    if report.more:
        yield Block("more", "More metrics of this feature", figures=report.more)


_POINTS = "Every point is the same window as the card, ending on that day; dashed is incomplete."
_TRIANGLE = (
    "A row is a {period} and how many first used it then; a cell, the percentage of them that used it again exactly so many "
    "{period}s later. Outlined: not over yet. Without colour: too few to be a percentage."
)


def _block(section: Section, pictures: Sequence[Picture]) -> Block:
    receipts = [(one.segment, one.receipt) for one in section.contrasts if one.receipt]
    said = section.sentences or ((f"{section.silent}.",) if section.silent else ())
    return Block(section.id, section.question, said, pictures, section.figures, section.notes, receipts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _missing(report: FeatureReport) -> Iterator[str]:
    yield from (f"{card.name}: {card.absent}" for card in report.cards if card.absent)
    yield from (line for section in report.sections for line in section.missing)
