"""Funnels in plain Python, one unit at a time, by trying everything: slow, and written from the meaning, not the engine."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations

from tests.reference.answers import Event, Matches

Times = tuple[datetime, ...]
ENDLESS = timedelta(days=10_000)


@dataclass(frozen=True)
class Exclusion:
    """Events that spoil an attempt strictly between the step ``after`` and the step ``before`` (both from 1)."""

    matches: Matches
    after: int
    before: int


@dataclass(frozen=True)
class Rules:
    """What a funnel asks for; see the words of the definition."""

    steps: tuple[Matches, ...]
    window: timedelta | None
    order: str = "ordered"
    previous_step: bool = False
    later: bool = False
    repeats: bool = False
    exclusions: tuple[Exclusion, ...] = ()
    same: Callable[[Event], str] | None = None

    @property
    def limit(self) -> timedelta:
        return ENDLESS if self.window is None else self.window


def attempts(events: Sequence[Event], rules: Rules) -> list[tuple[Times, bool]]:
    """Every attempt of one unit: the times of the steps it reached, and whether an exclusion spoils it."""
    streams = _streams(events, rules)
    return [(times, _spoilt(own, times, rules)) for own in streams for times in ATTEMPTS[rules.order](own, rules)]


def best(found: Sequence[tuple[Times, bool]]) -> Times | None:
    """The attempt that stands for a unit: the deepest that is over first, of several the last to start."""
    deepest = max((len(times) for times, _ in found), default=0)
    clean = [times for times, spoilt in found if len(times) == deepest and not spoilt]
    return min(clean, key=lambda times: (times[-1], -times[0].timestamp()), default=None)


def _streams(events: Sequence[Event], rules: Rules) -> Iterator[list[Event]]:
    if rules.same is None:
        yield list(events)
        return
    for value in sorted({rules.same(event) for event in events} - {""}):
        yield [event for event in events if rules.same(event) == value]


def _ordered(events: Sequence[Event], rules: Rules) -> Iterator[Times]:
    for number, event in enumerate(events):
        if rules.steps[0](event):
            chains = _chains(events, rules, (number,))
            yield min((tuple(events[n].at for n in chain) for chain in chains), key=lambda times: (-len(times), times[::-1]))


def _chains(events: Sequence[Event], rules: Rules, chain: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    yield chain
    if len(chain) == len(rules.steps):
        return
    for number, event in enumerate(events):
        if number not in chain and rules.steps[len(chain)](event) and _in_time(events, rules, chain, event.at):
            yield from _chains(events, rules, (*chain, number))


def _in_time(events: Sequence[Event], rules: Rules, chain: tuple[int, ...], at: datetime) -> bool:
    first, last = events[chain[0]].at, events[chain[-1]].at
    since = last if rules.previous_step else first
    return (at > last if rules.later else at >= last) and at <= since + rules.limit


def _strict(events: Sequence[Event], rules: Rules) -> Iterator[Times]:
    placed = sorted(events, key=lambda event: (event.at, event.received, _standing(event, events, rules)))
    for number, event in enumerate(placed):
        if rules.steps[0](event):
            yield _unbroken(placed, number, rules)


def _standing(event: Event, events: Sequence[Event], rules: Rules) -> tuple[int, int]:
    """Where an event stands among those received with it: by the steps it fits; outsiders before a start, else last."""
    fitting = [number for number, step in enumerate(rules.steps, 1) if step(event)]
    together = (other for other in events if (other.at, other.received) == (event.at, event.received))
    starts = any(rules.steps[0](other) for other in together)
    first = fitting[0] if fitting else 0 if starts else len(rules.steps) + 1
    return first, sum(1 << number for number in fitting)


def _unbroken(placed: Sequence[Event], start: int, rules: Rules) -> Times:
    times = [placed[start].at]
    for event in placed[start + 1 :]:
        done = len(times)
        if done == len(rules.steps):
            break
        fits = {number for number, step in enumerate(rules.steps, 1) if step(event)}
        if rules.repeats and fits and fits <= set(range(2, done + 1)):
            continue
        since = times[-1] if rules.previous_step else times[0]
        too_soon = rules.later and event.at <= times[-1]
        if done + 1 not in fits or event.at > since + rules.limit or too_soon:
            break
        times.append(event.at)
    return tuple(times)


def _any(events: Sequence[Event], rules: Rules) -> Iterator[Times]:
    for start in events:
        if any(step(start) for step in rules.steps):
            near = sorted((e for e in events if start.at <= e.at <= start.at + rules.limit), key=lambda e: e.at)
            done = {at: _most([e for e in near if e.at <= at], rules.steps) for at in {e.at for e in near}}
            yield tuple(min(at for at, most in done.items() if most >= k) for k in range(1, max(done.values()) + 1))


def _most(events: Sequence[Event], steps: Sequence[Matches]) -> int:
    """The most steps that can be filled by different events, by trying every order of the steps."""
    return max(_filled(events, order) for order in permutations(steps))


def _filled(events: Sequence[Event], order: Sequence[Matches]) -> int:
    best_ = 0
    taken: list[tuple[int, ...]] = [()]
    for size, step in enumerate(order, 1):
        taken = [(*t, n) for t in taken for n, event in enumerate(events) if n not in t and step(event)]
        best_ = size if taken else best_
    return best_


def _spoilt(events: Sequence[Event], times: Times, rules: Rules) -> bool:
    return any(_between(events, times, rules, one) for one in rules.exclusions)


def _between(events: Sequence[Event], times: Times, rules: Rules, one: Exclusion) -> bool:
    if len(times) < one.after:
        return False
    end = (times[-1] if rules.previous_step else times[0]) + rules.limit
    reached = len(times) >= one.before
    return any(
        one.matches(event)
        and times[one.after - 1] < event.at
        and (event.at < times[one.before - 1] if reached else event.at <= end)
        for event in events
    )


ATTEMPTS = {"ordered": _ordered, "strict": _strict, "any": _any}
