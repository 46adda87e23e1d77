"""What a digest holds: changes, each with its reasons in sentences, and what they are told against."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from prodops_metrics.reports.session import Pinned

Kind = Literal["verdict", "goal", "number", "late", "definition", "data"]
TITLES: dict[Kind, str] = {
    "verdict": "Verdicts",
    "goal": "Goals",
    "number": "Numbers that moved",
    "late": "Numbers that later rows moved",
    "definition": "Definitions",
    "data": "Data",
}
"""The parts of a digest in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is otherwise than it was: of a feature, metric, goal or source ``about``, in one sentence.

    ``good`` is True where it is surely for the better, False for the worse, None where neither can be said.
    """

    kind: Kind
    about: str
    name: str
    sentence: str
    reasons: tuple[str, ...] = ()
    good: bool | None = None
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """What is told against: data through a day; as a snapshot and its definitions said it then, if that was kept."""

    day: date
    snapshot: int | None = None
    definitions: str | None = None

    @property
    def kept(self) -> bool:
        """Whether it was kept what was said then."""
        return self.snapshot is not None


@dataclass(frozen=True, slots=True)
class Digest:
    """What changed in a project, or in what belongs to a team of it; ``notes`` say what could not be told, and why.

    ``looked_at`` says how many verdicts, goals and figures were held against what they were.
    """

    project: str
    team: str
    pinned: Pinned
    base: Base
    changes: tuple[Change, ...]
    looked_at: str
    notes: tuple[str, ...]

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """The changes of one kind."""
        return tuple(one for one in self.changes if one.kind == kind)
