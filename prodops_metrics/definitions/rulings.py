"""What the rules of verdicts ask: conditions on a metric's figures, a feature's age and stage, its goals and its events."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from prodops_metrics.definitions.checks import verdicts as checks
from prodops_metrics.definitions.checks.shape import unknown_key, unknown_word
from prodops_metrics.definitions.checks.values import not_a_number
from prodops_metrics.definitions.faults import Flaw, FlawedError, refusal
from prodops_metrics.definitions.features import Stage
from prodops_metrics.definitions.fields import Amount, read_amount
from prodops_metrics.definitions.scope import Scope, scope_of

CHANGES = ("change", "relative_change")
ENDS = ("point", "low", "high")
READINGS = (*ENDS, "numerator", "denominator", "units", *(f"{change}.{end}" for change in CHANGES for end in ENDS))
"""What can be read off a metric: the figure, the ends of its interval, what it was counted from, and how it moved."""
BOUNDS = ("above", "below", "or_absent")
WEEKS = "weeks_since_launch"
WORDS = ("any", "all", "stage", WEEKS, "health", "goal")
BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which numbers something has to lie; ``or_absent`` if it may also have no number."""

    above: float | None = None
    below: float | None = None
    or_absent: bool = False

    def hold(self, value: float | None) -> bool:
        """Whether a value lies between them."""
        if value is None:
            return self.or_absent
        return (self.above is None or value > self.above) and (self.below is None or value < self.below)

    def at(self, threshold: float) -> "Bounds":
        """The same bound at another number."""
        return replace(self, above=threshold) if self.above is not None else replace(self, below=threshold)

    @property
    def single(self) -> bool:
        """Whether there is one number to move."""
        return (self.above is None) != (self.below is None)

    @property
    def threshold(self) -> float:
        """The one number, or the lower of the two."""
        return next(value for value in (self.above, self.below) if value is not None)


@dataclass(frozen=True, slots=True)
class Always:
    """Holds of every feature."""


@dataclass(frozen=True, slots=True)
class StageIs:
    """The feature's stage is one of these."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Age:
    """So many weeks have passed since the launch."""

    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Failing:
    """The events of the feature cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A goal of the feature is surely behind its path."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A reading of a standard metric lies between bounds; ``because`` says why a feature has others."""

    metric: str
    reading: str
    bounds: Bounds
    because: str = ""

    @property
    def name(self) -> str:
        """As it stands in a rule: ``adoption.change.high``."""
        return f"{self.metric}.{self.reading}"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these hold."""

    parts: tuple["Condition", ...]


Condition = Always | StageIs | Age | Failing | Behind | Bound | AnyOf | AllOf


def bounds_in(condition: Condition) -> Iterator[Bound]:
    """Every bound on a metric in a condition, in the order written."""
    if isinstance(condition, Bound):
        yield condition
    for part in condition.parts if isinstance(condition, AnyOf | AllOf) else ():
        yield from bounds_in(part)


def parts_in(condition: Condition) -> Iterator[Condition]:
    """Every condition that is not made of others."""
    if not isinstance(condition, AnyOf | AllOf):
        yield condition
    for part in condition.parts if isinstance(condition, AnyOf | AllOf) else ():
        yield from parts_in(part)


def mapped(condition: Condition, change: Callable[[Bound], Bound]) -> Condition:
    """The same condition with every bound on a metric changed."""
    if isinstance(condition, Bound):
        return change(condition)
    if isinstance(condition, AnyOf | AllOf):
        return replace(condition, parts=tuple(mapped(part, change) for part in condition.parts))
    return condition


def read_when(raw: object, info: ValidationInfo) -> Condition:
    """A condition as it stands in YAML: ``always``, or a mapping of which everything has to hold."""
    if not isinstance(raw, str | dict | list | None):
        return raw  # type: ignore[return-value]  # made in Python
    try:
        return _read(raw, scope_of(info))
    except FlawedError as error:
        raise refusal(error.flaws) from None


def _read(raw: object, scope: Scope | None) -> Condition:
    if raw == "always":
        return Always()
    if not isinstance(raw, dict) or not raw:
        raise FlawedError(checks.no_condition(raw))
    parts = _gathered(raw.items(), lambda key, value: _one(key, value, scope))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _gathered(parts: Iterable[tuple[Any, object]], read: Callable[[Any, object], Condition]) -> tuple[Condition, ...]:
    """What each part is read as, with the flaws of all at once."""
    found: list[Condition] = []
    flaws: list[Flaw] = []
    for step, raw in parts:
        try:
            found.append(read(step, raw))
        except FlawedError as error:
            flaws += [flaw.under(step) for flaw in error.flaws]
    if flaws:
        raise FlawedError(*flaws)
    return tuple(found)


def _one(key: str, value: object, scope: Scope | None) -> Condition:
    match key:
        case "any" | "all":
            if not isinstance(value, list) or not value:
                raise FlawedError(checks.no_condition(value, several=True))
            parts = _gathered(enumerate(value), lambda _, each: _read(each, scope))
            return AnyOf(parts) if key == "any" else AllOf(parts)
        case "stage":
            return StageIs(_words(value, get_args(Stage), "stage"))
        case "health" | "goal":
            words = ("failing",) if key == "health" else ("behind",)
            _words(value, words, f"state of {key}")
            return Failing() if key == "health" else Behind()
        case _:
            return Age(_bounds(value)) if key == WEEKS else _of_metric(key, value, scope)


def _words(raw: object, known: tuple[str, ...], kind: str) -> tuple[Any, ...]:
    words = raw if isinstance(raw, list) else [raw]
    wrong = [
        unknown_word(word, known, kind).under(*([at] if isinstance(raw, list) else []))
        for at, word in enumerate(words)
        if word not in known
    ]
    if wrong or not words:
        raise FlawedError(*(wrong or [unknown_word(raw, known, kind)]))
    return tuple(words)


def _of_metric(key: str, value: object, scope: Scope | None) -> Bound:
    metric, _, reading = key.partition(".")
    if scope is not None and metric not in scope.standard:
        raise FlawedError(checks.unknown_condition(key, (*scope.standard, *WORDS)))
    if reading not in READINGS:
        raise FlawedError(checks.unknown_reading(metric, reading, READINGS))
    return Bound(
        metric, reading, _bounds(value, share=is_share(reading, percent=bool(scope and scope.standard.get(metric))))
    )


def is_share(reading: str, *, percent: bool) -> bool:
    """Whether a reading is a part of something, of a metric that is read in percent or not."""
    return reading.startswith("relative") or (percent and (reading in ENDS or "." in reading))


def _bounds(raw: object, *, share: bool = False) -> Bounds:
    if not isinstance(raw, dict):
        raise FlawedError(checks.no_bound(raw))
    flaws = [unknown_key(key, BOUNDS).under(key) for key in raw if key not in BOUNDS]
    above, below = (_end(raw, key, flaws, share=share) for key in ("above", "below"))
    absent = raw.get("or_absent", False)
    if str(absent).lower() not in BOOLEANS:
        flaws.append(unknown_word(absent, BOOLEANS).under("or_absent"))
    empty = above is None and below is None
    if not flaws and (empty or (above is not None and below is not None and above >= below)):
        flaws.append(checks.no_bound(raw))
    if flaws:
        raise FlawedError(*flaws)
    return Bounds(above, below, BOOLEANS.get(str(absent).lower(), False))


def _end(raw: Mapping[str, object], key: str, flaws: list[Flaw], *, share: bool) -> float | None:
    """One number of a bound; None where it is not given, or where it has flaws, which are noted."""
    try:
        return threshold(raw[key], share=share) if key in raw else None
    except FlawedError as error:
        flaws += [flaw.under(key) for flaw in error.flaws]
        return None


def threshold(raw: object, *, share: bool) -> float:
    """The number of a bound; of a share, a part of the whole: ``5%`` or ``0.05``.

    Raises:
        FlawedError: it is no number, or more than the whole.
    """
    try:
        amount: Amount = read_amount(raw)
    except PydanticCustomError:
        raise FlawedError(not_a_number(raw, "share" if share else "amount")) from None
    if share and not amount.unit and abs(amount.value) > 1:
        raise FlawedError(not_a_number(raw, "share"))
    return amount.value
