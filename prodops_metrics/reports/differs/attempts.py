"""How other tools go through a funnel, one user at a time, as their documents say: slow, plain, and for a few events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from prodops_metrics.reports.differs.stream import Answer
from prodops_metrics.reports.differs.toy import Happening, Toy

Depth = Callable[[Sequence[Happening]], int]
"""How many steps a user did, from the events in the order of time."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """Steps, and within which time of the first they have to be done; with ``each`` of the step before.

    ``later``: a step at the very moment of the one before does not count. ``end``: the end of the window does.
    ``once``: an event fills one step only.
    """

    steps: tuple[str, ...]
    window: timedelta
    each: bool = False
    later: bool = False
    end: bool = True
    once: bool = True

    def starts(self, events: Sequence[Happening]) -> list[Happening]:
        """The events that begin an attempt."""
        return [event for event in events if event.event == self.steps[0]]

    def best(self, events: Sequence[Happening]) -> int:
        """The depth of the deepest of all attempts."""
        return max((len(self.path(start, events)) for start in self.starts(events)), default=0)

    def first(self, events: Sequence[Happening]) -> int:
        """The depth of the first attempt, which later ones do not rescue."""
        return next((len(self.path(start, events)) for start in self.starts(events)), 0)

    def path(self, start: Happening, events: Sequence[Happening]) -> list[Happening]:
        """The longest way from a start, each step taken as early as it can be."""
        ways = [[start]]
        for step in self.steps[1:]:
            able = [event for event in events if event.event == step]
            further = [[*way, event] for way in ways for event in able if self._follows(way, event)]
            if not further:
                break
            # For a window from the first step the earliest is never worse; from each step any may be the one.
            ways = _one_for_each_end(further) if self.each else [min(further, key=lambda way: way[-1].at)]
        return ways[0]

    def _follows(self, way: Sequence[Happening], event: Happening) -> bool:
        if self.once and any(event is each for each in way):
            return False
        since = way[-1] if self.each else way[0]
        if event.at < way[-1].at or (self.later and event.at == way[-1].at):
            return False
        return event.at - since.at <= self.window if self.end else event.at - since.at < self.window

    def next_event(self, events: Sequence[Happening]) -> int:
        """The depth where each step has to be the very next event of any name; the best of all attempts."""
        return max((self._chain(events[at:]) for at, each in enumerate(events) if each.event == self.steps[0]), default=0)

    def first_chain(self, events: Sequence[Happening]) -> int:
        """The same from the first start only."""
        return next((self._chain(events[at:]) for at, each in enumerate(events) if each.event == self.steps[0]), 0)

    def _chain(self, events: Sequence[Happening]) -> int:
        depth = 0
        for step, event in zip(self.steps, events, strict=False):
            if event.event != step or event.at - events[0].at > self.window:
                break
            depth += 1
        return depth

    def any_order(self, events: Sequence[Happening]) -> int:
        """How many of the steps are done within the window of any start at any of them, in whatever order."""
        starts = [event for event in events if event.event in self.steps]
        return max((len(self._done_since(start, starts)) for start in starts), default=0)

    def _done_since(self, start: Happening, events: Sequence[Happening]) -> set[str]:
        return {event.event for event in events if start.at <= event.at <= start.at + self.window}

    def entries(self, events: Sequence[Happening]) -> list[int]:
        """The depth of each entry, where nobody enters anew before the entry is complete or its window is over."""
        found: list[int] = []
        closed = None
        for start in self.starts(events):
            if closed is None or start.at > closed:
                path = self.path(start, events)
                found.append(len(path))
                closed = path[-1].at if len(path) == len(self.steps) else start.at + self.window
        return found


def _one_for_each_end(ways: Sequence[list[Happening]]) -> list[list[Happening]]:
    return list({id(way[-1]): way for way in ways}.values())


def converted(toy: Toy, steps: int, depth: Depth) -> Answer:
    """The users who did all steps, of those who did the first."""
    depths = [depth(events) for events in toy.by_user.values()]
    return Answer(sum(each == steps for each in depths), sum(each > 0 for each in depths))
