"""Verdicts: each feature is judged once a closed week, by the first rule that holds, and a change has to hold.

A verdict follows from the snapshot and the definitions alone; nothing of it depends on when somebody looks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from prodops_metrics.definitions import Feature, Goal
from prodops_metrics.definitions.rulings import (
    Age,
    AllOf,
    AnyOf,
    Behind,
    Bound,
    Condition,
    Failing,
    StageIs,
    bounds_in,
)
from prodops_metrics.definitions.verdicts import Rule, State, Verdicts
from prodops_metrics.reports.answers import Headline
from prodops_metrics.reports.evidence import Evidence
from prodops_metrics.reports.goals import Standing
from prodops_metrics.reports.instrumentation import Suspicion
from prodops_metrics.reports.session import Session

AT_ONCE: frozenset[State] = frozenset({"not_judged", "too_early", "suspect", "not_enough"})
"""Verdicts that say nothing about the feature: what comes or goes is the evidence, so nothing has to hold first."""
WORST_FIRST: tuple[State, ...] = ("at_risk", "suspect", "watch", "not_enough", "too_early", "healthy", "not_judged")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a condition of a rule rests on: the reading of a metric, a failing check, or a goal."""

    condition: Condition
    value: float | None = None
    headline: Headline | None = None
    suspicion: Suspicion | None = None
    goal: tuple[Goal, Standing] | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One week, by its last day: the rule that held in it, and the verdict in force after it.

    ``candidate`` is what the rule alone says; ``number`` is the rule's place, from 1, 0 where none held.
    """

    day: date
    candidate: State
    number: int
    rule: Rule
    grounds: tuple[Ground, ...]
    state: State


@dataclass(frozen=True, slots=True)
class Verdict:
    """A feature's verdict; ``since`` is the last day of the first judged week from which on it has been in force.

    ``rests_on`` is the latest judgement that says the same, ``pending`` the latest if it says something else that has
    not held long enough. Both are None where there was no week to judge yet; then ``waits_for`` says what for.
    """

    feature: Feature
    state: State
    since: date | None
    rests_on: Judgement | None
    pending: Judgement | None
    history: tuple[Judgement, ...]
    level: float
    evidence: Evidence


UNCERTAIN = Rule.model_validate({"id": "watch", "when": "always"})
"""What fits no rule."""


def verdict(session: Session, feature: Feature) -> Verdict:
    """The verdict on a feature at the end of the last closed week."""
    rules = session.catalog.verdicts.of(feature)
    evidence = Evidence(session, feature, rules)
    history = tuple(_judged(evidence, rules))
    if not history:
        return _without_weeks(evidence, rules)
    latest = history[-1]
    state = latest.state
    changed = next((at for at in range(len(history) - 1, 0, -1) if history[at - 1].state != state), 0)
    rests_on = next(one for one in reversed(history) if one.candidate == state)
    pending = latest if latest.candidate != state else None
    return Verdict(feature, state, history[changed].day, rests_on, pending, history, rules.level, evidence)


def _judged(evidence: Evidence, rules: Verdicts) -> Iterator[Judgement]:
    found = [_first(evidence, rules, day) for day in evidence.days]
    states = in_force([rule.id for _, rule, _ in found], rules.hold)
    for day, (number, rule, grounds), state in zip(evidence.days, found, states, strict=True):
        yield Judgement(day, rule.id, number, rule, grounds, state)


def in_force(candidates: Sequence[State], hold: int) -> list[State]:
    """The verdict after each judgement: a change has to be said ``hold`` times in a row, unless nothing was known."""
    states: list[State] = []
    for at, candidate in enumerate(candidates):
        before = states[-1] if states else candidate
        lately = candidates[max(0, at + 1 - hold) : at + 1]
        held = len(lately) == hold and all(one == candidate for one in lately)
        states.append(candidate if held or candidate in AT_ONCE or before in AT_ONCE else before)
    return states


def _first(evidence: Evidence, rules: Verdicts, day: date) -> tuple[int, Rule, tuple[Ground, ...]]:
    """The first rule that holds, with its place, and what it rests on."""
    for number, rule in enumerate(rules.rules, 1):
        grounds = _holds(rule.when, evidence, day)
        if grounds is not None:
            return number, rule, grounds or _blocking(evidence, rules, day)
    return 0, UNCERTAIN, _blocking(evidence, rules, day)


def _holds(condition: Condition, evidence: Evidence, day: date) -> tuple[Ground, ...] | None:
    """What a condition rests on where it holds; None where it does not."""
    match condition:
        case AllOf(parts):
            found = [_holds(part, evidence, day) for part in parts]
            return None if None in found else _together(found)
        case AnyOf(parts):
            return _together(_holds(part, evidence, day) for part in parts) or None
        case Bound():
            return _bound_holds(condition, evidence, day)
        case _:
            return _otherwise_holds(condition, evidence, day)


def _otherwise_holds(condition: Condition, evidence: Evidence, day: date) -> tuple[Ground, ...] | None:
    """The same of a condition that is about no metric."""
    match condition:
        case StageIs(stages):
            return (Ground(condition),) if evidence.feature.stage in stages else None
        case Age(bounds):
            weeks = evidence.launched_weeks(day)
            return (Ground(condition, weeks),) if bounds.hold(weeks) else None
        case Failing():
            return tuple(Ground(condition, one.share, suspicion=one) for one in evidence.suspicions[day]) or None
        case Behind():
            return tuple(Ground(condition, goal=one) for one in evidence.behind[day]) or None
    return ()


def _together(parts: Sequence[tuple[Ground, ...] | None] | Iterator[tuple[Ground, ...] | None]) -> tuple[Ground, ...]:
    return tuple(ground for part in parts for ground in part or ())


def _bound_holds(bound: Bound, evidence: Evidence, day: date) -> tuple[Ground, ...] | None:
    headline = evidence.headline(bound.metric, day)
    value = reading(headline, bound.reading)
    few = headline is not None and headline.now.reason == "too_few" and bound.reading in {"denominator", "units"}
    holds = bound.bounds.hold(value) or (few and bound.bounds.below is not None)
    return (Ground(bound, value, headline),) if holds else None


def reading(headline: Headline | None, name: str) -> float | None:
    """What a rule reads off a metric's headline; None where there is no such number."""
    if headline is None or headline.now.reason == "needs_refresh":
        return None
    change, _, end = name.rpartition(".")
    if not change:
        return cast("float | None", getattr(headline.now, end))
    of_before = {"point": "relative", "low": "relative_low", "high": "relative_high"}
    return cast("float | None", getattr(headline.movement, of_before[end] if change == "relative_change" else end))


def _blocking(evidence: Evidence, rules: Verdicts, day: date) -> tuple[Ground, ...]:
    """What keeps a feature from being healthy, the least certain first; all that the rules ask where none says healthy."""
    bounds = [bound for rule in rules.rules if rule.id == "healthy" for bound in bounds_in(rule.when)]
    bounds = bounds or [bound for rule in rules.rules for bound in bounds_in(rule.when)]
    open_ = [bound for bound in dict.fromkeys(bounds) if _bound_holds(bound, evidence, day) is None]
    grounds = [
        Ground(bound, reading(found := evidence.headline(bound.metric, day), bound.reading), found) for bound in open_
    ]
    return tuple(sorted(grounds, key=_certainty))


def _certainty(ground: Ground) -> float:
    """Less than nothing, by how wide the interval is for its threshold; nothing where there is no interval."""
    bound = ground.condition
    ends = interval_of(ground)
    if not isinstance(bound, Bound) or ends is None:
        return 0.0
    return (ends[0] - ends[1]) / max(abs(bound.bounds.threshold), 1e-9)


def interval_of(ground: Ground) -> tuple[float, float] | None:
    """The interval that the reading of a ground is an end of, or lies in."""
    if not isinstance(ground.condition, Bound):
        return None
    change = ground.condition.reading.rpartition(".")[0]
    low, high = (reading(ground.headline, f"{change}.{end}" if change else end) for end in ("low", "high"))
    return None if low is None or high is None else (low, high)


def _without_weeks(evidence: Evidence, rules: Verdicts) -> Verdict:
    """The verdict where no week could be judged: what can be told without figures, else that there is not enough."""
    through = evidence.session.warehouse.horizon().through
    for rule in rules.rules:
        weeks = evidence.launched_weeks(through)
        match rule.when:
            case StageIs(stages) if evidence.feature.stage in stages:
                grounds = (Ground(rule.when),)
            case Age(bounds) if bounds.hold(weeks):
                grounds = (Ground(rule.when, weeks),)
            case _:
                continue
        judged = Judgement(through, rule.id, rules.rules.index(rule) + 1, rule, grounds, rule.id)
        return Verdict(evidence.feature, rule.id, None, judged, None, (), rules.level, evidence)
    return Verdict(evidence.feature, "not_enough", None, None, None, (), rules.level, evidence)
