"""Windows cut where any of them begins or ends, so that rows are read once however much the windows overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from prodops_metrics.calendar import Window, between


@dataclass(frozen=True, slots=True)
class Pieces:
    """Windows in order that do not overlap; of each window that was cut its first piece and the one after its last.

    A window without any day has no piece.
    """

    windows: tuple[Window, ...]
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, windows: Sequence[Window]) -> "Pieces":
        """The pieces of these windows; what lies in no window is in no piece."""
        lasting = [one for one in windows if one.opens < one.closes]
        if not lasting:
            return cls.whole(windows)
        moments = sorted({moment for one in lasting for moment in (one.opens, one.closes)})
        place = {moment: number for number, moment in enumerate(moments)}
        steps = [0] * len(moments)
        for one in lasting:
            steps[place[one.opens]] += 1
            steps[place[one.closes]] -= 1
        covered = [depth > 0 for depth in accumulate(steps)]
        before = [0, *accumulate(map(int, covered))]
        kept = tuple(between(*cut) for cut, inside in zip(pairwise(moments), covered, strict=False) if inside)
        spans = (
            (before[place[one.opens]], before[place[one.closes]]) if one.opens < one.closes else (0, 0) for one in windows
        )
        return cls(kept, tuple(spans))

    @classmethod
    def whole(cls, windows: Sequence[Window]) -> "Pieces":
        """Each window in one piece, for rows that are told window by window."""
        return cls(tuple(windows), tuple((number, number + 1) for number in range(len(windows))))
