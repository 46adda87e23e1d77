"""Steps that one event could fill: which of several events of one moment fill which steps.

Equal steps form a class. Events of one moment can fill a run of steps exactly if every set of steps has enough events
that fit any of them (Hall 1935, Journal of the London Mathematical Society 10, 26-30). It is enough to look at sets of
whole classes that overlap, so ten steps of four names need four counts, not 2^10.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from prodops_metrics.definitions import EventPosition

MOST_CLASSES = 7
"""How many different steps may share events with each other: 2^7 counts."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """``groups``: for every set of steps that may share events, the bits of each class in it."""

    groups: tuple[tuple[int, ...], ...]

    @property
    def none(self) -> bool:
        """Whether no event can fill either of two steps, as far as their names tell."""
        return all(len(classes) == 1 and classes[0].bit_count() == 1 for classes in self.groups)

    @property
    def widest(self) -> int:
        """The most different steps that share events."""
        return max(len(classes) for classes in self.groups)

    def subsets(self) -> Iterator[int]:
        """The bits of every set of classes whose events have to be counted."""
        for classes in self.groups:
            for size in range(1, len(classes) + 1):
                for chosen in combinations(classes, size):
                    yield sum(chosen)

    def counts(self, mask: str) -> str:
        """SELECT columns that count events by subset: ``n_3`` are those that fit step 1 or 2."""
        return ",\n    ".join(f"count(*) FILTER (WHERE {mask} & {bits} != 0) AS n_{bits}" for bits in self.subsets())

    def fits(self, done: int, step: int, used: str | None = None) -> str:
        """That the moment's events can fill the steps after ``done`` up to ``step``, each by an event of its own.

        ``used`` is the mask of one event of the moment that is taken already.
        """
        run = (1 << step) - (1 << done)
        less = f" - ({used} & {{0}} != 0)::INTEGER" if used else ""
        tests = [
            f"n_{bits}{less.format(bits)} >= {(bits & run).bit_count()}"
            for classes in self.groups
            for size in range(1, len(classes) + 1)
            for chosen in combinations([one for one in classes if one & run], size)
            for bits in (sum(chosen),)
        ]
        return f"({' AND '.join(tests)})"


def sharing(steps: tuple[EventPosition, ...]) -> Sharing:
    """How steps share events."""
    classes: dict[EventPosition, int] = {}
    for number, step in enumerate(steps):
        classes[step] = classes.get(step, 0) | 1 << number
    groups: list[list[EventPosition]] = []
    for position in classes:
        near = [group for group in groups if any(_overlap(position, other) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([position, *(other for group in near for other in group)])
    return Sharing(tuple(tuple(classes[position] for position in group) for group in groups))


def _overlap(one: EventPosition, other: EventPosition) -> bool:
    return one.events is None or other.events is None or bool(one.events & other.events)
