"""What stands on one page of "Why does this differ?": a stream, a question, and the ways to count it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.differs.toy import Toy
from prodops_metrics.reports.query import Asked

OURS = "Here"


@dataclass(frozen=True, slots=True)
class Answer:
    """A number, or with ``of`` so many of so many."""

    value: float
    of: float | None = None

    @property
    def text(self) -> str:
        """``2 of 3``, ``760``, ``3.5``."""
        return f"{self.value:g}" if self.of is None else f"{self.value:g} of {self.of:g}"


@dataclass(frozen=True, slots=True)
class Here:
    """How a stream is asked of our own engine: the headline of ``metric``, or the point over a range that stands ``at``.

    ``settings`` are those of the project that differ from the stream's.
    """

    metric: str
    asked: Asked | None = None
    at: Mapping[str, object] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to count: whose it is, its rule in a sentence, and where that is written.

    ``count`` follows the documented rule of another tool. ``here`` is the definition of ours that does the same; a way
    without ``count`` is only that.
    """

    id: str
    who: str
    rule: str
    source: str = ""
    count: Callable[[Toy], Answer | None] | None = None
    here: Here | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A toy stream, and what there is to say about it.

    ``events`` is the text of ``toy.read``; ``definitions`` is YAML. ``why`` explains the difference in one sentence;
    ``ways`` has ours first. Days and clock times are those of ``timezone``.
    """

    title: str
    question: str
    why: str
    events: str
    definitions: str
    ways: tuple[Way, ...]
    timezone: str = "UTC"
    week_start: str = "monday"
    order: int = 0
    id: str = ""


def whole(metric: str, **at: object) -> Here:
    """One figure over all days of the stream."""
    return Here(metric, Asked(shape=Shape(whole=True)), at)


def rolling(metric: str, day: date) -> Here:
    """The point of a rolling window that ends with a day."""
    return Here(metric, Asked(day, day, Shape(grain="day")), {"bucket": day})


def bucket(metric: str, day: date, at: Mapping[str, object] | None = None, **settings: str) -> Here:
    """The bucket that begins on a day, or one of its parts."""
    return Here(metric, Asked(day), {"bucket": day, **(at or {})}, settings)


def cohort(metric: str, day: date, age: int) -> Here:
    """The cohort that begins on a day, at an age."""
    return Here(metric, Asked(day), {"cohort": day, "age": age})
