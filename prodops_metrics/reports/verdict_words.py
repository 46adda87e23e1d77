"""Verdicts in words: each reason is a sentence with its metric, figures, window and the threshold of its rule."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from prodops_metrics.definitions.rulings import Age, Always, Bound, Failing, StageIs
from prodops_metrics.definitions.verdicts import State, blanks
from prodops_metrics.reports.answers import Headline
from prodops_metrics.reports.dates import day, span
from prodops_metrics.reports.evidence import Evidence
from prodops_metrics.reports.figures import window_text
from prodops_metrics.reports.verdicts import Ground, Judgement, Verdict, interval_of
from prodops_metrics.reports.wording import is_percent, n_of_n, number, percent_text, reason_text, signed

NAMES: Mapping[State, str] = {
    "healthy": "Healthy",
    "watch": "Watch",
    "at_risk": "At risk",
    "suspect": "Instrumentation suspect",
    "not_enough": "Not enough data",
    "too_early": "Too early",
    "not_judged": "Not judged",
}
"""What a verdict is called, in the order in which the overview counts them."""
SIGNS: Mapping[State, str] = {
    "healthy": "●",
    "watch": "▲",
    "at_risk": "■",
    "suspect": "◆",
    "not_enough": "○",
    "too_early": "◔",
    "not_judged": "□",
}
"""A shape for each verdict, so that it can be told without its colour."""
WORRY: Mapping[State, str] = {
    "healthy": "No need to worry, as far as the rules look.",
    "watch": "Keep an eye on it.",
    "at_risk": "Yes, worry.",
    "suspect": "Mend the instrumentation first: these numbers cannot be relied on.",
    "not_enough": "Too few use it to say.",
    "too_early": "Too early to say.",
    "not_judged": "Not judged at this stage.",
}
"""The answer to whoever asks whether to worry."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a sentence, the metric and reading that it is about if any, and the figures behind it."""

    sentence: str
    metric: str = ""
    reading: str = ""
    value: float | None = None
    threshold: float | None = None
    headline: Headline | None = None


def reasons(judgement: Judgement, evidence: Evidence, level: float) -> tuple[Reason, ...]:
    """Why a week was judged as it was."""
    grounds = judgement.grounds[:1] if isinstance(judgement.rule.when, Always) else judgement.grounds
    found = [_reason(judgement, ground, evidence, level) for ground in grounds]
    if not found:
        return (Reason("Not certain yet: no rule of a verdict holds."),)
    return tuple(found)


def since_text(verdict: Verdict) -> str:
    """``since the week to 1 Nov 2026``, with ``or longer`` at the beginning of what was judged."""
    if verdict.since is None:
        return ""
    first = verdict.since == verdict.history[0].day and len(verdict.history) > 1
    return f"since the week to {day(verdict.since)}{' or longer' if first else ''}"


def scope_text(judgement: Judgement | None, through: date) -> str:
    """What a week's rule looked at and what it did not, and why its figures are not those of the cards."""
    if judgement is None:
        return ""
    bounds = [ground.condition for ground in judgement.grounds if isinstance(ground.condition, Bound)]
    told = list(_looked_at(judgement, bounds)) if judgement.candidate == "healthy" else []
    if bounds and through > judgement.day:
        told.append(whole_weeks(judgement.day, through))
    return " ".join(told)


def whole_weeks(week: date, through: date) -> str:
    """Why a verdict's figures are not quite those beside it."""
    return f"Verdicts rest on whole weeks, here to {day(week)}; other figures go on to {day(through)}."


def _looked_at(judgement: Judgement, bounds: Sequence[Bound]) -> Iterator[str]:
    changes = dict.fromkeys(_name(bound).lower() for bound in bounds if "change" in bound.reading)
    measured = [ground.condition for ground in judgement.grounds if ground.value is not None]
    levels = dict.fromkeys(_name(one).lower() for one in bounds if one in measured and "change" not in one.reading)
    absent = dict.fromkeys(_name(one).lower() for one in bounds if one not in measured)
    told = [f"the change of {_listed(changes)}"] if changes else []
    told += [f"the level of {_listed(levels)}"] if levels else []
    unseen = [name for name in levels if name not in changes]
    more = f", not whether {'they rise or fall' if len(unseen) > 1 else 'it rises or falls'}" if unseen else ""
    if told:
        yield f"Judged: {'; '.join(told)}{more}."
    if absent:
        yield f"Not measured: {_listed(absent)}."


def _listed(names: Iterable[str]) -> str:
    """``a, b and c``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def waiting_text(verdict: Verdict) -> str:
    """What a verdict waits for that has no week to judge, or what the latest week says that has not held yet."""
    if verdict.pending is not None:
        said = NAMES[verdict.pending.candidate].lower()
        times = verdict.evidence.verdicts.hold
        return f"The week to {day(verdict.pending.day)} says {said}; a change has to hold for {times} weeks."
    if verdict.rests_on is None:
        horizon = verdict.evidence.session.warehouse.horizon()
        length = verdict.evidence.verdicts.window.days
        return f"No closed week has {length} days of data behind it yet; the data starts on {day(horizon.all_from)}."
    return ""


def _reason(judgement: Judgement, ground: Ground, evidence: Evidence, level: float) -> Reason:
    bound = ground.condition if isinstance(ground.condition, Bound) else None
    filled = _filled(judgement, ground, evidence, level)
    said = judgement.rule.say
    origin = _origin(ground, level, uncertain=isinstance(judgement.rule.when, Always))
    usable = said and all(name in filled for name in blanks(said))
    sentence = f"{said.format(**filled).rstrip('.')}{origin}." if usable else _sentence(judgement, ground, evidence, level)
    if bound is None:
        return Reason(sentence, value=ground.value)
    return Reason(
        sentence,
        f"{evidence.feature.id}.{bound.metric}",
        bound.reading,
        ground.value,
        bound.bounds.threshold,
        ground.headline,
    )


def _filled(judgement: Judgement, ground: Ground, evidence: Evidence, level: float) -> dict[str, str]:
    """What fills the blanks of a rule's words."""
    condition, feature = ground.condition, evidence.feature
    if isinstance(condition, StageIs):
        return {"stage": feature.stage}
    if isinstance(condition, Age) and feature.launched and ground.value is not None:
        first = feature.launched + timedelta(weeks=condition.bounds.below or 0)
        calendar = evidence.session.warehouse.horizon().calendar
        date_ = calendar.bucket(first - timedelta(days=1), "week").last_day
        return {"launched": day(feature.launched), "date": day(date_), "n": f"{int(ground.value)}"}
    if isinstance(condition, Failing) and ground.suspicion:
        one = ground.suspicion
        share = "none" if one.share is None else percent_text(one.share)
        return {"check": one.check, "share": share, "event": one.event, "date": day(one.since)}
    if not isinstance(condition, Bound) or ground.headline is None:
        return {}
    if isinstance(judgement.rule.when, Always):
        return _uncertain(condition, ground)
    if ground.value is None or _few_parents(condition, ground):
        return {}
    needed = f"{condition.bounds.threshold:g}"
    return {"n": f"{ground.value:,.0f}", "needed": needed, "metric": _name(condition)}


def _few_parents(bound: Bound, ground: Ground) -> bool:
    """Whether it is not the number itself that is too low, but how few accounts or other units stand behind it."""
    return ground.value is not None and not bound.bounds.hold(ground.value)


def _uncertain(bound: Bound, ground: Ground) -> dict[str, str]:
    ends = interval_of(ground)
    if ends is None or ground.headline is None:
        return {}
    low, high = (_figure(bound, ground.headline, end) for end in ends)
    what = f"the change of {_name(bound).lower()}" if "change" in bound.reading else _name(bound).lower()
    return {"widest": what, "low": low, "high": high}


def _origin(ground: Ground, level: float, *, uncertain: bool) -> str:
    """The figures and window behind words that do not say them."""
    if ground.suspicion is not None:
        one = ground.suspicion
        counted = f"{one.wrong:,} of {one.total:,}, " if one.total else ""
        limit = f"; at most {percent_text(one.limit)} is borne" if one.total else ""
        return f" ({counted}{span(one.window)}{limit})"
    if ground.headline is None:
        return ""
    ends = f"; bounds at {percent_text(level)}" if uncertain else ""
    return f" ({window_text(ground.headline.metric, ground.headline.window)}{ends})"


def _sentence(judgement: Judgement, ground: Ground, evidence: Evidence, level: float) -> str:
    """A reason in the usual words."""
    if ground.goal is not None:
        goal, stands = ground.goal
        metric = evidence.session.metric(goal.metric)
        now, low, high, path = (number(metric, value) for value in (stands.point, stands.low, stands.high, stands.expected))
        between = f"{low} to {high} at {percent_text(level)}"
        return f"Goal `{goal.id}` is behind: {now} ({between}) against {path} on its path, to {day(judgement.day)}."
    if not isinstance(ground.condition, Bound):
        return f"{NAMES[judgement.candidate]}."
    name = _name(ground.condition)
    before = "Not certain yet: " if isinstance(judgement.rule.when, Always) else ""
    if ground.headline is None:
        return f"{before}{name}: not measured, {evidence.why_none(ground.condition.metric)}."
    if ground.value is None or _few_parents(ground.condition, ground):
        return f"{before}{name}: {_no_number(ground.condition, ground.headline, evidence)}."
    return f"{before}{name} {_measured(ground.condition, ground, level)}."


def _no_number(bound: Bound, headline: Headline, evidence: Evidence) -> str:
    """Why a reading has no number, with the counts and the window."""
    metric, project = headline.metric, evidence.session.catalog.project
    window = window_text(metric, headline.window)
    if headline.now.reason:
        why = reason_text(metric, headline.now, project.small_sample, project.entities[metric.entity].parent)
        return f"no number, {why} ({n_of_n(metric, headline.now)}, {window})"
    movement = headline.movement
    later = f" before {day(movement.first_comparison)}" if movement.first_comparison else ""
    return f"no comparison{later}, {movement.reason} ({window})"


def _measured(bound: Bound, ground: Ground, level: float) -> str:
    """``12.3 % (74 of 601 …, 28 days, …): surely below 30.0 % (9.1 % to 16.4 % at 99 %)``."""
    headline = ground.headline
    if headline is None or ground.value is None:
        return ""
    metric, counted = headline.metric, n_of_n(headline.metric, headline.now)
    now, window = number(metric, headline.now.point), window_text(metric, headline.window)
    limit = " and ".join(_limits(bound, headline))
    because = f"; its own limit: {bound.because.rstrip('.')}" if bound.because else ""
    ends = interval_of(ground)
    if bound.reading in {"numerator", "denominator", "units"} or ends is None:
        return f"{now} ({counted}, {window}): {bound.reading} {_figure(bound, headline, ground.value)} is {limit}{because}"
    low, high = (_figure(bound, headline, end) for end in ends)
    sure = "surely " if bound.reading.endswith(("low", "high")) else ""
    between = f"{low} to {high} at {percent_text(level)}"
    if "change" not in bound.reading:
        return f"{now} ({counted}, {window}): {sure}{limit} ({between}){because}"
    point = headline.movement.relative if bound.reading.startswith("relative") else headline.movement.point
    moved = _figure(bound, headline, point or 0.0)
    before = number(metric, headline.then.point)
    return f"{now} ({counted}, {window}) after {before} before: change {moved}, {sure}{limit} ({between}){because}"


def _limits(bound: Bound, headline: Headline) -> Iterator[str]:
    for word, value in (("above", bound.bounds.above), ("below", bound.bounds.below)):
        if value is not None:
            yield f"{word} {_figure(bound, headline, value)}"


def _figure(bound: Bound, headline: Headline, value: float) -> str:
    """A value of a reading: in the metric's unit, in points, or in percent of before."""
    if bound.reading.startswith("relative"):
        return f"{signed(100 * value)} %"
    if "." in bound.reading:
        return f"{signed(100 * value)} pp" if is_percent(headline.metric) else signed(value, 2)
    if bound.reading in {"numerator", "denominator", "units"}:
        return f"{value:,.0f}"
    least = max(value, 0.0) if headline.metric.never_negative else value
    return number(headline.metric, least)


def _name(bound: Bound) -> str:
    return bound.metric.replace("_", " ").capitalize()
