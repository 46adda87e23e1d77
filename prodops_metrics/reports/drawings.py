"""What there is to draw of a feature report: each picture with the frames behind it, in the order of the questions.

A drawing names a chart and what the chart is given; `charts.draw` makes a specification of it. So pages, commands and files
show the same pictures, and the numbers that are taken away with a picture are the ones that it draws.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import polars as pl

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.reports.contrasts import Side
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.feature import CARDS, FeatureReport
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.goal_list import GoalLine
from prodops_metrics.reports.marks import Mark, marks_sentence
from prodops_metrics.reports.receipts import Receipt
from prodops_metrics.reports.results import Row, result_frame
from prodops_metrics.reports.section import Section
from prodops_metrics.reports.sections import OFTEN
from prodops_metrics.reports.takeaway import Parcel
from prodops_metrics.reports.verdict_report import weeks_sentence
from prodops_metrics.reports.wording import (
    funnel_sentence,
    plain_number,
    retention_sentence,
    series_sentence,
    step_label,
    step_time,
)

Chart = Literal[
    "over_time",
    "funnel_bars",
    "retention_triangle",
    "verdict_weeks",
    "adopted_curve",
    "active_days_bars",
    "came_back_curve",
    "lifecycle_bars",
    "contrast_dots",
]
POPULATION = (("eligible", "Eligible and active"), ("exposure", "Shown it"), ("adoption", "Used it"))
"""One population, so that its bars compare: who there was, who was shown it, who used it."""


LOW = 150
"""The height of a chart that stands beside others in one section."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture: what is taken away with it, its words for those who cannot see it, its chart and what that is given.

    ``place`` is the section of the report that it belongs to; ``percent`` says that its numbers are shares.
    """

    place: str
    parcel: Parcel
    words: str
    chart: Chart
    given: Mapping[str, Any]
    percent: bool = True


def drawings(report: FeatureReport) -> tuple[Drawing, ...]:
    """Every picture of a report that has something to draw."""
    return tuple(one for build in (_verdict, _over_time, _funnel, _triangle, _sections) for one in build(report))


def _verdict(report: FeatureReport) -> Iterator[Drawing]:
    weeks = report.verdict.weeks
    if weeks:
        frame = pl.DataFrame([{"week_to": one.day, "verdict": one.state, "alone": one.candidate} for one in weeks])
        window = Window(weeks[0].day - 6 * DAY, weeks[-1].day + DAY)
        parcel = _parcel(report, ("verdict", "verdict by week"), {f"{report.feature.id}.verdict": frame}, window)
        yield Drawing(
            "verdict",
            parcel,
            weeks_sentence(weeks),
            "verdict_weeks",
            {"weeks": [(one.day, one.state, one.text) for one in weeks]},
        )


def _over_time(report: FeatureReport) -> Iterator[Drawing]:
    for card in report.cards:
        name = _short(card)
        frame = report.series.get(name)
        if frame is not None and frame["point"].is_not_null().any():
            marked = [(mark.day, mark.kind, mark.text) for mark in marks_of(report, name)]
            former = {"before": report.before[name]} if name in report.before else {}
            around = {"marked": marked, "aim": _aim(report, name), **former}
            headline = "" if card.point is None else card.text
            given = {**_line(card, frame, report.feature.launched), "headline": headline, "around": around}
            words = _words_over_time(report, card, frame)
            yield Drawing("over_time", _of_metric(report, card, frame), words, "over_time", given, card.percent)


def _words_over_time(report: FeatureReport, card: Figure, frame: pl.DataFrame) -> str:
    name = _short(card)
    aim = _aim(report, name)
    goal = f"{aim[1][0].upper()}{aim[1][1:]}." if aim else ""
    told = (series_sentence(CARDS[name], frame, percent=card.percent), marks_sentence(marks_of(report, name)), goal)
    return " ".join(one for one in told if one)


def marks_of(report: FeatureReport, name: str) -> tuple[Mark, ...]:
    """What happened to the feature, and to the meaning of one card's metric."""
    return (*report.marks, *report.seams.get(name, ()))


def _aim(report: FeatureReport, name: str) -> tuple[float, str] | None:
    """The number that a goal holds this card's own metric to, with its words."""
    of = f"{report.feature.id}.{name}"
    return next((aim for one in report.goals if one.goal.metric == of and (aim := _aim_of(one))), None)


def _aim_of(line: GoalLine) -> tuple[float, str] | None:
    aim = line.standing.aim
    return None if aim is None else (aim, f"goal {plain_number(aim, percent=line.figure.percent)} by {day(line.goal.ends)}")


def _line(figure: Figure, frame: pl.DataFrame, launched: date | None) -> dict[str, Any]:
    return {"frame": frame, "kind": _kind(figure), "launched": launched}


def _funnel(report: FeatureReport) -> Iterator[Drawing]:
    if not report.funnel:
        return
    rows = [((step.number, step.name), step.headline.now) for step in report.funnel]
    medians = [step.median.now.point if step.median else None for step in report.funnel]
    axes = {"step": pl.Int64, "name": pl.String}
    frame = result_frame(axes, rows).with_columns(pl.Series("median_seconds", medians, dtype=pl.Float64))
    times = [step_time(step).removesuffix(" after the step before") for step in report.funnel]
    steps = [
        (f"{step.name}, {time}" if time else step.name, step.headline.now.numerator or 0.0, step_label(step.headline))
        for step, time in zip(report.funnel, times, strict=True)
    ]
    card = _card(report, "activation")
    parcel = _parcel(report, ("activation.steps", "activation"), {card.metric: frame}, card.window, _receipts([card]))
    yield Drawing("activation", parcel, funnel_sentence(report.funnel), "funnel_bars", {"steps": steps})


def _triangle(report: FeatureReport) -> Iterator[Drawing]:
    frame, period = report.triangle, report.triangle_grain
    if not frame.height:
        return
    card = _card(report, "retention")
    title = f"retention by {period} of first use"
    days = frame.filter(pl.col("denominator") > 0)["cohort"]
    parcel = _parcel(report, ("retention.cohorts", title), {card.metric: frame}, _from(report, days), _receipts([card]))
    given = {"frame": frame, "period": period}
    yield Drawing("triangle", parcel, retention_sentence(frame, period), "retention_triangle", given)


def _sections(report: FeatureReport) -> Iterator[Drawing]:
    for section in report.sections:
        if not section.absent and not section.silent:
            yield from _section(report, section)


def _section(report: FeatureReport, section: Section) -> Iterator[Drawing]:
    match section.id:
        case "reach" | "health" | "goals":
            yield from {"reach": _reach, "health": _health, "goals": _goals}[section.id](report, section)
        case "adopting" if section.frames["adopted"].height > 1:
            given = {"curve": section.frames["adopted"], "quoted": list(_quoted(section))}
            yield _drawn(report, section, {"time_to_adopt": "adopted"}, "adopted_curve", given)
        case "use" if section.frames["days"]["point"].is_not_null().sum() > 1:
            given = {"frame": section.frames["days"], "marked": OFTEN[report.feature.frequency][0]}
            yield _drawn(report, section, {"active_days": "days"}, "active_days_bars", given)
        case "returning" if any(frame["point"].is_not_null().any() for frame in section.frames.values() if frame.height):
            names = {name: name for name in section.frames}
            yield _drawn(report, section, names, "came_back_curve", _came_back(report, section))
        case "lifecycle" if section.frames["states"].height:
            given = {"frame": section.frames["states"]}
            yield replace(_drawn(report, section, {"lifecycle": "states"}, "lifecycle_bars", given), percent=False)
        case "who" if section.contrasts:
            yield _who(report, section)


def _drawn(
    report: FeatureReport, section: Section, frames: Mapping[str, str], chart: Chart, given: Mapping[str, Any]
) -> Drawing:
    """A section's picture; ``frames`` are names of its frames by standard metric."""
    found = {f"{report.feature.id}.{metric}": section.frames[name] for metric, name in frames.items()}
    days = next((frame["bucket"] for frame in found.values() if "bucket" in frame.columns), None)
    window = section.figures[0].window if days is None and section.figures else None
    window = window if days is None else _from(report, days)
    parcel = _parcel(report, (section.id, _lower(section.question)), found, window, _receipts(section.figures))
    return Drawing(section.id, parcel, _words(section), chart, given)


def _reach(report: FeatureReport, section: Section) -> Iterator[Drawing]:
    found = list(_population(report, section))
    if len(found) < 2:
        return
    steps = []
    for title, one in found:
        share = f" · {one.text}" if one.point is not None and one.row and one.row.denominator is not None else ""
        count = (one.row.numerator if one.row else None) or 0.0
        steps.append((title, count, f"{count:,.0f}{share}"))
    frames = {one.metric: result_frame({}, [((), one.row)]) for _, one in found if one.row}
    figures = [one for _, one in found]
    parcel = _parcel(report, ("reach", _lower(section.question)), frames, figures[0].window, _receipts(figures))
    yield Drawing("reach", parcel, _words(section), "funnel_bars", {"steps": steps}, percent=False)


def _population(report: FeatureReport, section: Section) -> Iterator[tuple[str, Figure]]:
    named = {_short(one): one for one in (*section.figures, *report.cards)}
    for name, title in POPULATION:
        one = named.get(name)
        if one and one.row and one.row.numerator is not None and one.row.reason not in {"no_data", "needs_refresh"}:
            yield title, one


def _quoted(section: Section) -> Iterator[tuple[float, float, float | None, float | None]]:
    """The shares that the section quotes, at their days."""
    for one in section.figures:
        words = one.metric.rpartition("_in_")[2].split("_")
        if one.row and one.row.point is not None and one.percent and words[0].isdigit():
            yield float(words[0]), one.row.point, one.row.low, one.row.high


def _came_back(report: FeatureReport, section: Section) -> dict[str, Any]:
    nothing = next(iter(section.frames.values())).clear()
    exact, so_far = (section.frames.get(name, nothing) for name in ("retention", "retention_so_far"))
    return {"exact": exact, "so_far": so_far, "period": report.triangle_grain or "period"}


def _health(report: FeatureReport, section: Section) -> Iterator[Drawing]:
    for figure in section.figures:
        frame = section.frames.get(_short(figure))
        if frame is not None and frame["point"].is_not_null().any():
            given = {**_line(figure, frame, report.feature.launched), "height": LOW, "unit": figure.unit}
            words = series_sentence(figure.name, frame, percent=figure.percent)
            yield Drawing("health", _of_metric(report, figure, frame), words, "over_time", given, figure.percent)


def _goals(report: FeatureReport, _section: Section) -> Iterator[Drawing]:
    for line in report.goals:
        frame, figure = line.series, line.figure
        if frame.height and frame["point"].is_not_null().any():
            given = {"frame": frame, "kind": _kind(figure), "around": {"aim": _aim_of(line)}, "height": LOW}
            named = (f"goal.{line.goal.id}", _lower(line.goal.description.rstrip(".")))
            frames = {figure.metric: frame}
            parcel = _parcel(report, named, frames, _from(report, frame["bucket"]), _receipts([figure]))
            words = series_sentence(figure.name, frame, percent=figure.percent)
            yield Drawing("goals", parcel, words, "over_time", given, figure.percent)


def _who(report: FeatureReport, section: Section) -> Drawing:
    adoption = _card(report, "adoption")
    sides = [(one, side) for one in section.contrasts for side in (one.inside, one.rest)]
    rows: list[tuple[tuple[Any, ...], Row]] = [((one.segment, side.name, one.differs), side.row) for one, side in sides]
    frame = result_frame({"segment": pl.String, "side": pl.String, "differs": pl.Boolean}, rows)
    dots = [
        (one.segment, side.name, _label(side), side.row.point, side.row.low, side.row.high, one.differs)
        for one, side in sides
        if side.row.point is not None
    ]
    receipts = {one.segment: one.receipt for one in section.contrasts if one.receipt}
    title = "adoption by segment, each against the rest"
    parcel = _parcel(report, ("adoption.segments", title), {adoption.metric: frame}, adoption.window, receipts)
    return Drawing("who", parcel, _words(section), "contrast_dots", {"dots": dots, "kind": _kind(adoption)})


def _label(side: Side) -> str:
    return f"{side.row.numerator:,.0f} of {side.row.denominator or 0:,.0f} · {side.text}"


def _of_metric(report: FeatureReport, figure: Figure, frame: pl.DataFrame) -> Parcel:
    name, title = _short(figure), f"{figure.name.lower()} over time"
    return _parcel(report, (name, title), {figure.metric: frame}, _from(report, frame["bucket"]), _receipts([figure]))


def _parcel(
    report: FeatureReport,
    named: tuple[str, str],
    frames: Mapping[str, pl.DataFrame],
    window: Window | None,
    receipts: Mapping[str, Receipt] | None = None,
) -> Parcel:
    """``named`` are its name within the feature, and its title."""
    feature, (name, title) = report.feature, named
    return Parcel(f"{feature.id}.{name}", f"{feature.name}: {title}", report.pinned, frames, window, receipts or {})


def _from(report: FeatureReport, days: pl.Series) -> Window | None:
    """From the first of these days to the newest day of the data."""
    first = days.min()
    return Window(first, max(report.pinned.newest_day, first) + DAY) if isinstance(first, date) else None


def _receipts(figures: Iterable[Figure]) -> dict[str, Receipt]:
    return {one.name: one.receipt for one in figures if one.receipt}


def _card(report: FeatureReport, name: str) -> Figure:
    return report.cards[list(CARDS).index(name)]


def _short(figure: Figure) -> str:
    """The standard name of a figure's metric."""
    return figure.metric.rpartition(".")[2]


def _kind(figure: Figure) -> str:
    return "percent" if figure.percent else "number"


def _words(section: Section) -> str:
    return " ".join((section.question, *section.sentences, *section.notes))


def _lower(question: str) -> str:
    return question[:1].lower() + question[1:].rstrip("?")
