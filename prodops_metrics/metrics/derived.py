"""A formula over other metrics, each perhaps some time earlier: ``now / before - 1``.

Unit: the units of all inputs together, each with its part of every input. Inputs of different units, and those that are no
sums over units (percentiles, times), are counted each by itself; then there is a number and no interval.
Denominator: none of its own; where the formula divides by zero, or an input has no number, there is none.
Source: the delta method on the unit rows of all inputs in all their windows: Oehlert (1992), The American Statistician 46,
27-29; Deng, Knoblich and Lu (2018), KDD, section 3.
Says: {formula}, where {inputs}

Example:
    searches:
      description: Searches that were sent
      type: count
      event: search_submitted
    growth_of_searches:
      description: Searches against four weeks before, in parts of those
      type: derived
      formula: now / before - 1
      inputs: {now: searches, before: {metric: searches, offset: 4 weeks}}
      format: percent
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import BeforeValidator, Field, model_validator

from prodops_metrics.calendar import DAY, Calendar, Grain, Window
from prodops_metrics.definitions import GIVEN, FlawedError, Formula, MetricDefinition, refusal
from prodops_metrics.definitions.checks.formulas import not_an_input, unused_input
from prodops_metrics.definitions.lifecycle import circle
from prodops_metrics.definitions.nearest import listed
from prodops_metrics.metrics.base import MOMENTS, AxisValue, Estimator, Metric
from prodops_metrics.metrics.fitting import Metrics, disagreements, nested_too_deep, unfit
from prodops_metrics.metrics.folds.shape import literal
from prodops_metrics.metrics.operands import Input, Operand, read_input
from prodops_metrics.metrics.query import Asked, Relation, Touch
from prodops_metrics.metrics.windows import Horizon


class Derived(Metric):
    """``type: derived``: ``formula`` over ``inputs``, counted in the windows that these have in common."""

    type: Literal["derived"] = "derived"
    estimator: ClassVar[Estimator] = "derived"
    window: None = None
    formula: Formula
    """Numbers, names of inputs, `+ - * /` and parentheses."""
    inputs: Annotated[Mapping[str, Annotated[Input, BeforeValidator(read_input)]], Field(min_length=1)]
    """What each name in the formula stands for: a metric, or a metric with an `offset`, or `at` one of its places."""
    operands: Annotated[Mapping[str, Operand], GIVEN] = Field(default_factory=dict)
    flat: Annotated[Formula | None, GIVEN] = None

    @model_validator(mode="after")
    def _names_its_inputs(self) -> Self:
        missing = [name for name in self.formula.names if name not in self.inputs]
        unused = [name for name in self.inputs if name not in self.formula.names]
        flaws = [*map(not_an_input, missing), *map(unused_input, unused)]
        if flaws:
            raise refusal(flaws)
        return self

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The ids of its inputs."""
        return tuple(dict.fromkeys(one.metric for one in self.inputs.values()))

    # What it is made of.

    def resolve(self, metrics: Metrics) -> Self:
        """The same metric with its inputs found, and those that are formulas themselves written out.

        Raises:
            FlawedError: an input cannot stand in a formula, or not beside the others.
        """
        inputs = {name: metric.rests_on for name, metric in metrics.items() if metric}
        # A formula that leads back to itself stays as it is: circles are reported with those of other kinds.
        return self if circle(self.id, inputs) else self._written_out(metrics, (self.id,))

    def _written_out(self, metrics: Metrics, trail: tuple[str, ...]) -> Self:
        """Itself as it is where an input has faults of its own, which are reported where it stands."""
        flaws = [flaw for name, one in self.inputs.items() for flaw in unfit(name, one, metrics)]
        if flaws:
            raise FlawedError(*flaws)
        found = {name: _input(metrics[one.metric], metrics, trail) for name, one in self.inputs.items()}
        known = {name: metric for name, metric in found.items() if metric is not None}
        if len(known) < len(found):
            return self
        whole = self._of(known)
        flaws = list(disagreements(whole.operands, whole.grain, self.entity if "entity" in self.model_fields_set else None))
        flaws += nested_too_deep(whole.flat or self.formula)
        if flaws:
            raise FlawedError(*flaws)
        return whole.at_grain(whole.grain)

    def _of(self, found: Mapping[str, Metric]) -> Self:
        """Itself with its operands: the inputs, and in the place of a formula those of that formula."""
        operands: dict[str, Operand] = {}
        words: dict[str, str] = {}
        for name, metric in found.items():
            one, more = self.inputs[name], (metric.operands if isinstance(metric, Derived) else {})
            inner = more or {"": Operand(metric=metric, at=one.at)}
            names = {key: _free(f"{name}_{key}" if key else name, operands) for key in inner}
            words[name] = f"({metric.flat.written(names)})" if isinstance(metric, Derived) and metric.flat else names[""]
            operands |= {names[key]: each.under(name, one.offset) for key, each in inner.items()}
        first = next(iter(operands.values())).metric
        entity = self.entity if "entity" in self.model_fields_set else first.entity
        grain = self.grain or next(iter(found.values())).counted_by
        given = {"grain": grain, "entity": entity, "eligible": first.eligible, "operands": operands}
        return self.model_copy(update={**given, "flat": Formula(self.formula.written(words))})

    @property
    def _metrics(self) -> tuple[Metric, ...]:
        return tuple(one.metric for one in self.operands.values())

    @property
    def _leader(self) -> Metric:
        """The operand whose starts take longest to close: its windows are those of all."""
        return max(self._metrics, key=lambda metric: metric.closes_after)

    # How it is counted.

    @property
    def no_interval(self) -> str:
        """Inputs of different units have no unit rows in common; percentiles and times have none at all."""
        others = dict.fromkeys(metric.type for metric in self._metrics if metric.estimator not in MOMENTS)
        if others:
            return f"an input is of the type {listed(others)}, which is no sum over units"
        if len({one.units for one in self.operands.values()}) > 1:
            return "its inputs count different units"
        return ""

    @property
    def parts(self) -> Mapping[str, Operand]:
        """Its operands, where each is counted by itself."""
        return {_table(at, name): one for at, (name, one) in enumerate(self.operands.items())} if self.no_interval else {}

    @property
    def no_units(self) -> str:
        """A formula is of all units together."""
        return f"`{self.id}` is a formula over {listed(self.rests_on)}; ask those for their units."

    @property
    def made_of(self) -> str:
        """The formula as it is written."""
        return self.formula.text

    @property
    def constants(self) -> Mapping[str, Any]:
        """The formula, and which statistics its names are of; a number that was counted by itself is there or not."""
        kinds = [metric.estimator for metric in self._metrics]
        if self.parts:
            kinds = ["total" if kind in {"count", "total"} else "ratio" for kind in kinds]
        return {
            "formula": (self.flat or self.formula).written({}),
            "names": list(self.operands),
            "kinds": kinds,
            "parts": list(self.parts),
        }

    def extra_windows(self, windows: tuple[Window, ...], calendar: Calendar) -> tuple[Window, ...]:
        """After the windows asked about a block of windows for each operand, those of the first first."""
        return () if self.parts else tuple(one.earlier(window) for one in self.operands.values() for window in windows)

    def relations(self) -> tuple[Relation, ...]:
        """What each operand reads, under names of its own."""
        return tuple(
            replace(relation, name=f"{_table(at, name)}_{relation.name}")
            for at, (name, one) in enumerate(self.operands.items())
            for relation in one.metric.relations()
        )

    def unit_rows(self, asked: Asked) -> str:
        """The unit rows of every operand, each in its own block of windows."""
        count = len(asked.windows) // (1 + len(self.operands))
        blocks = [range((at + 1) * count, (at + 2) * count) for at in range(len(self.operands))]
        return "\nUNION ALL\n".join(
            _rows(_table(at, name), one, replace(asked, windows=asked.windows[block.start : block.stop]), block)
            for at, ((name, one), block) in enumerate(zip(self.operands.items(), blocks, strict=True))
        )

    @property
    def touches(self) -> tuple[Touch, ...]:
        """As all its operands can be broken down."""
        first, *others = self._metrics
        return tuple(touch for touch in first.touches if all(touch in other.touches for other in others))

    @property
    def only_eligible(self) -> bool:
        """As its operands."""
        return bool(self.operands) and self._metrics[0].only_eligible

    @property
    def divides(self) -> bool:
        """A formula has no denominator of its own."""
        return False

    @property
    def wants_enough(self) -> bool:
        """As a ratio does, where it divides by an input, or where an input is a rate itself."""
        return bool(self.flat and self.flat.divides) or any(metric.divides for metric in self._metrics)

    @property
    def never_negative(self) -> bool:
        """A difference may be below zero."""
        return False

    # Which windows: those of its operands.

    @property
    def rolling(self) -> timedelta | None:
        """The rolling window of its operands."""
        return self._leader.rolling if self.operands else None

    @property
    def counted_by(self) -> Grain | None:
        """Its own grain, or that of its inputs."""
        return self._leader.counted_by if self.operands else self.grain

    def at_grain(self, grain: Grain | None) -> Self:
        """Every operand by that grain."""
        operands = {
            name: one.model_copy(update={"metric": one.metric.at_grain(grain)}) for name, one in self.operands.items()
        }
        return super().at_grain(grain).model_copy(update={"operands": operands})

    @property
    def closes_after(self) -> timedelta:
        """As long as any of its operands needs."""
        return max((metric.closes_after for metric in self._metrics), default=timedelta(0))

    @property
    def ever_closes(self) -> bool:
        """Where all its operands do."""
        return all(metric.ever_closes for metric in self._metrics)

    @property
    def never_compared(self) -> str:
        """Where any of its operands is not, or where there is no interval to judge by."""
        reasons = (metric.never_compared for metric in self._metrics)
        return next((reason for reason in reasons if reason), self.no_interval)

    @property
    def grows_with_length(self) -> bool:
        """Where any of its operands does."""
        return any(metric.grows_with_length for metric in self._metrics)

    def headline_windows(self, horizon: Horizon, launched: date | None) -> tuple[Window, Window]:
        """Those of its operands."""
        return self._leader.headline_windows(horizon, launched)

    def point_windows(
        self, horizon: Horizon, span: Window, grain: Grain | None = None, launched: date | None = None
    ) -> tuple[Window, ...]:
        """Those of its operands."""
        return self._leader.point_windows(horizon, span, grain, launched)

    def chart_start(self, horizon: Horizon, start: date) -> date:
        """That of its operands."""
        return self._leader.chart_start(horizon, start)

    @property
    def stands_at_end(self) -> bool:
        """As its operands."""
        return self._leader.stands_at_end

    def window_words(self, window: Window) -> str:
        """As its operands."""
        return self._leader.window_words(window)

    def covered(self, horizon: Horizon, window: Window) -> bool:
        """Whether every operand's window is."""
        return all(one.metric.covered(horizon, one.earlier(window)) for one in self.operands.values())

    def closed(self, horizon: Horizon, window: Window, at: Mapping[str, AxisValue]) -> bool:
        """Whether every operand's window lies in the data and has closed."""
        return all(
            one.metric.closed(horizon, one.earlier(window), one.place)
            and (not one.offsets or one.earlier(window).start >= horizon.first_day)
            for one in self.operands.values()
        )

    def comparable_from(self, horizon: Horizon, launched: date | None) -> date:
        """Late enough for the earliest operand of the window before."""
        earliest = max(metric.comparable_from(horizon, launched) for metric in self._metrics)
        day = Window(earliest, earliest + DAY)
        return earliest + max(earliest - one.earlier(day).start for one in self.operands.values())


def _input(metric: MetricDefinition | None, metrics: Metrics, trail: tuple[str, ...]) -> Metric | None:
    """A metric that can be counted: of a formula one that is written out; None where it has faults of its own."""
    if not isinstance(metric, Derived):
        return cast("Metric | None", metric)
    if metric.id in trail:
        return None
    try:
        found = metric._written_out(metrics, (*trail, metric.id))
    except FlawedError:
        return None
    return found if found.operands else None


def _free(name: str, taken: Iterable[str]) -> str:
    """A name that no other operand has."""
    return _free(f"{name}_", taken) if name in taken else name


def _table(at: int, name: str) -> str:
    """What an operand is called in SQL, where names that differ only in case would be one."""
    return f"{name}_{at + 1}"


def _rows(table: str, operand: Operand, asked: Asked, block: range) -> str:
    """One operand's rows, with its relations and windows under the names and numbers that its SQL knows."""
    metric = operand.metric
    own = [f"{relation.name} AS (SELECT * FROM {table}_{relation.name})" for relation in metric.relations()]
    numbered = f"SELECT * REPLACE (window_id - {block.start} AS window_id) FROM windows"
    windows = f"{numbered} WHERE window_id BETWEEN {block.start} AND {block.stop - 1}"
    tables = ",\n".join([f"windows AS ({windows})", *own])
    place = " AND ".join(f"{axis} = {literal(value)}" for axis, value in operand.place.items())
    kept = f"\nWHERE {place}" if place else ""
    return f"""\
SELECT window_id + {block.start} AS window_id, unit, value, base
FROM (
WITH {tables}
SELECT * FROM (
{metric.unit_rows(asked)}
){kept}
)"""


TYPE = Derived
