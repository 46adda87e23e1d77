"""The sections of a feature report below its cards: a question each, in the order in which people ask them.

A section holds figures, each with its receipt, sentences made of nothing but figures, and the frames that its chart draws.
What a feature cannot have is ``missing``, in one line each with its reason; a section with no figure at all is ``absent``.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import Headline, headlines
from prodops_metrics.reports.contrasts import Contrast, contrasts
from prodops_metrics.reports.curves import adopted_by_day, by_active_days, came_back_by_age
from prodops_metrics.reports.dates import day, span
from prodops_metrics.reports.decisions import goals_section, impact
from prodops_metrics.reports.feedback import feedback
from prodops_metrics.reports.figures import Figure, shown
from prodops_metrics.reports.section import Asked, Section, capital
from prodops_metrics.reports.wording import ABSENT, headline_text, percent_text

OFTEN = {"daily": (20, "five days a week"), "weekly": (4, "once a week"), "monthly": (2, "twice in four weeks")}
"""On how many of 28 days those use it who use it as often as it is meant to be used."""


FAIR = (
    "{compared} segments were compared, each with everybody outside it; they may overlap. Of several, one is likelier to "
    "stand out by chance, so more is asked of each before it is named."
)
HOLM = (
    "A segment is named where the chance of seeing such a difference between equals, its p, is {chance} at most after "
    "Holm's method has raised it for the number of segments compared."
)


def sections(asked: Asked) -> tuple[Section, ...]:
    """Every section, the absent ones too."""
    return tuple(
        build(asked)
        for build in (_reach, _adopting, _use, _returning, _lifecycle, _happy, _health, _who, goals_section, impact)
    )


def _reach(asked: Asked) -> Section:
    figures, missing = asked.figures("eligible", "exposure", "active_units_7_days")
    found = {_name(one): one for one in figures}
    question = "Who is it for, and who found it?"
    return Section("reach", question, figures, tuple(_reached(asked, found)), missing=missing)


def _reached(asked: Asked, found: Mapping[str, Figure]) -> Iterator[str]:
    everyone, shown_it, adoption = found.get("eligible"), found.get("exposure"), asked.cards["adoption"]
    if everyone is None or everyone.point is None:
        return
    parts = [(shown_it, "were shown it"), (adoption, "used it")]
    told = " and ".join(f"{one.text} {words}" for one, words in parts if one and one.row and one.text != ABSENT)
    units = f"{asked.session.metric(everyone.metric).entity}s"
    yield f"{everyone.text} {units} it is for were active{f'; {told}' if told else ''}."


def _adopting(asked: Asked) -> Section:
    figures, missing = asked.figures("time_to_adopt", "adopted_in_7_days", "adopted_in_28_days")
    metric = asked.metric("time_to_adopt")
    frame = adopted_by_day(asked.session, metric) if metric else pl.DataFrame()
    notes = (
        "Counted from the launch, or from the first active day after it; who has not used it yet counts for as long "
        "as the data goes.",
    )
    sentences = tuple(_adopted(figures))
    question = "How long do they take to adopt it?"
    return Section("adopting", question, figures, sentences, notes if sentences else (), {"adopted": frame}, missing=missing)


def _adopted(figures: tuple[Figure, ...]) -> Iterator[str]:
    median = next((one for one in figures if one.metric.endswith(".time_to_adopt")), None)
    shares = [f"{one.text} {one.name.lower()}" for one in figures if one is not median and one.point is not None]
    if median and median.row and median.row.reason == "window_open":
        yield f"Fewer than half used it so far: {median.counted_text.removesuffix(' so far')}."
    elif median and median.point is not None:
        yield f"Half of those it is for used it within {median.text}."
    if shares:
        yield f"{'; '.join(shares)}."


def _use(asked: Asked) -> Section:
    figures, missing = asked.figures("frequency", "uses_per_unit", "stickiness")
    metric = asked.metric("active_days")
    window, frame = by_active_days(asked.session, metric) if metric else (None, pl.DataFrame())
    found = {_name(one): one for one in figures}
    sentences = [*_used(found), *(_often(asked, metric, frame) if metric else ())]
    notes = (f"Who used it at all in {span(window)}.",) if window and sentences else ()
    question = "How much do they use it, and is it a habit?"
    more = asked.missing("active_days")
    return Section("use", question, figures, tuple(sentences), notes, {"days": frame}, missing=(*missing, *more))


def _used(found: Mapping[str, Figure]) -> Iterator[str]:
    days, uses, daily = (found.get(name) for name in ("frequency", "uses_per_unit", "stickiness"))
    if days and days.point is not None and days.window:
        times = f", {uses.text} in all" if uses and uses.point is not None else ""
        yield f"Those who use it do so on {days.text.removesuffix(' days')} of {days.window.days} days{times}."
    if daily and daily.point is not None:
        yield f"On an average day {daily.text} of them are there."


def _often(asked: Asked, metric: Metric, frame: pl.DataFrame) -> Iterator[str]:
    """The share that uses it as often as it is meant to be used."""
    least, words = OFTEN[asked.feature.frequency]
    rows = [one for one in headlines(asked.session, metric) if one.at.get("active_days") == least]
    if rows and rows[0].now.point is not None and frame.height:
        yield f"{headline_text(metric, rows[0].now)} use it on {least} days or more ({words})."


def _returning(asked: Asked) -> Section:
    figures, missing = asked.figures("retention_so_far")
    frames = {
        name: came_back_by_age(asked.session, metric)
        for name in ("retention", "retention_so_far")
        if (metric := asked.metric(name))
    }
    card = asked.cards["retention"]
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    if card.point is not None and figures and figures[0].point is not None:
        wait = asked.session.metric(card.metric).headline_wait
        sentences = (f"{card.text} came back exactly {wait} later; {figures[0].text} then or at any later time so far.",)
        notes = (f"{capital(card.window_text)} taken together, the same at every age.",)
    return Section("returning", "Do they come back?", figures, sentences, notes, frames, missing=missing)


def _lifecycle(asked: Asked) -> Section:
    metric, question = asked.metric("lifecycle"), "Where do users come from, and where do they go?"
    if metric is None or metric.axes != ("state",):
        return Section("lifecycle", question, missing=asked.missing("lifecycle"))
    found = {str(one.at["state"]): one for one in headlines(asked.session, metric) if one.at}
    ordered = [found[str(state)] for state in metric.axis_values if state in found]
    figures = tuple(shown(asked.session, one, str(one.at["state"]).capitalize()) for one in ordered)
    sentences = tuple(_flow(metric, found)) if figures else ()
    first = asked.session.warehouse.horizon(metric).first_day
    notes = (f"New: not seen using it since {day(first)}, when the data starts.",) if figures else ()
    return Section("lifecycle", question, figures, sentences, notes, {"states": asked.series(metric)})


def _flow(metric: Metric, found: Mapping[str, Headline]) -> Iterator[str]:
    """The two identities in words: who was there is the sum of three states, who was there before of two."""
    count = {str(state): 0.0 for state in metric.axis_values}
    count |= {state: one.now.numerator or 0.0 for state, one in found.items()}
    any_one = next(iter(found.values()))
    if any_one.now.reason:
        return
    there = count["new"] + count["returning"] + count["resurrected"]
    before = count["returning"] + count["dormant"]
    yield (
        f"{there:,.0f} used it in the {metric.window_words(any_one.window).format(span(any_one.window))}: "
        f"{count['returning']:,.0f} returning, {count['resurrected']:,.0f} resurrected, {count['new']:,.0f} new."
    )
    yield f"Of the {before:,.0f} of the {metric.counted_by} before, {count['dormant']:,.0f} did not come back."


def _happy(asked: Asked) -> Section:
    figures, missing = asked.figures("satisfaction")
    told = tuple(
        f"{one.text} on average of {one.row.denominator:,.0f} ratings." for one in figures if _told(one) and one.row
    )
    window = next((one.window for one in figures if one.window), None)
    said = feedback(asked.session, asked.feature.id, window) if window else None
    return Section("happy", "Are they happy?", figures, (*told, *(said.sentences if said else ())), missing=missing)


def _told(one: Figure) -> bool:
    return one.point is not None and one.row is not None and one.row.denominator is not None


def _health(asked: Asked) -> Section:
    names = ("failure_rate", "latency_p90")
    figures, missing = asked.figures(*names)
    frames = {name: asked.series(metric) for name in names if (metric := asked.metric(name)) and not metric.axes}
    words = {"failure_rate": "{} of attempts failed", "latency_p90": "nine in ten are done within {}"}
    told = [words[_name(one)].format(one.text) for one in figures if one.point is not None]
    when = next((one.window_text for one in figures if one.point is not None), "")
    sentences = (f"{capital('; '.join(told))} ({when}).",) if told else ()
    return Section("health", "Is it healthy?", figures, sentences, frames=frames, missing=missing)


def _name(one: Figure) -> str:
    """The standard name of a figure's metric."""
    return one.metric.rpartition(".")[2]


def _who(asked: Asked) -> Section:
    metric, question = asked.metric("adoption"), "Who differs?"
    if metric is None:
        absent = asked.session.catalog.absent.get(f"{asked.feature.id}.adoption", "")
        return Section("who", question, missing=(f"Adoption by segment: {absent}",) if absent else ())
    found, alone = contrasts(asked.session, metric, asked.cards["adoption"].receipt)
    if not found:
        reason = "no segment is declared" if not alone else f"everybody or nobody is in {', '.join(alone)}"
        return Section("who", question, missing=(f"Adoption by segment: {reason}",))
    notes, term = tuple(_fair(found, alone)), HOLM.format(chance=percent_text(1 - asked.session.catalog.project.level))
    return Section("who", question, (), tuple(_differing(asked, found)), notes, contrasts=found, help=term)


def _differing(asked: Asked, found: tuple[Contrast, ...]) -> Iterator[str]:
    for one in found:
        if one.differs:
            against = f"{one.inside.text} against {one.rest.text} of everybody else"
            yield f"{capital(one.segment)}: adoption {against}, {one.text}."
    if not any(one.differs for one in found):
        yield "Adoption differs clearly in no segment."


def _fair(found: tuple[Contrast, ...], alone: tuple[str, ...]) -> Iterator[str]:
    """That there were many comparisons, said aloud."""
    compared = sum(one.p is not None for one in found)
    if compared:
        yield FAIR.format(compared=compared) if compared > 1 else "1 segment was compared with everybody outside it."
    if alone:
        yield f"Everybody or nobody it is for is in {', '.join(alone)}."
