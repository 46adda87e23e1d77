"""How far units get through steps.

Unit: a unit with an event of the first step in the window; at step k it is 1 if its best attempt got that far. With
``count: attempts`` every start is an attempt of its own, and a unit has as many as it made.
Denominator: the units that entered (their attempts), the same at every step. An attempt's later steps must come within
``window`` of its first (that moment included), also after the report's window has ended; equal times may convert; one
event fills one step; foreign events in between do not matter, unless ``order: strict``.
Source: the semantics of the conformance cases; docs/oddities.md says where peers answer otherwise.
Says: how far {units} get from one step to the next: {steps}, within {window} of the first

Example:
    search_success:
      description: Of those who open the search, who sends one and opens a result within the hour, without an error between
      type: funnel
      steps: [search_opened, search_submitted, {event: search_result_clicked, filter: {rank: {at_most: 3}}}]
      window: 1 hour
      window_from: first_step
      order: ordered
      count: units
      within_range: false
      exclusions: [{event: search_failed, after_step: 1, before_step: 3}]
    searches_sent_again:
      description: Attempts to search that are followed at once by another search from the same place
      type: funnel
      steps: [search_submitted, search_submitted]
      window: 10 minutes
      order: strict
      ignore_repeats: false
      strictly_later: true
      same: source
      count: attempts
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from prodops_metrics.definitions import Duration, EventMatch, EventPosition, Flaw, check_property, refusal
from prodops_metrics.definitions.checks.shape import contradiction
from prodops_metrics.definitions.checks.values import impossible_value
from prodops_metrics.metrics.attempts.asof import asof, takes
from prodops_metrics.metrics.attempts.outcome import attempt_rows, attempted, chosen, depths, labelled, masked
from prodops_metrics.metrics.attempts.plan import Gap, Order, Plan, Since
from prodops_metrics.metrics.attempts.sharing import MOST_CLASSES, sharing
from prodops_metrics.metrics.attempts.walk import Walk, step_rows, walk_of
from prodops_metrics.metrics.base import NO_TIME, AxisValue, Estimator, Metric, OfEvents
from prodops_metrics.metrics.from_days import Presences
from prodops_metrics.metrics.masks import Places, WindowMasks
from prodops_metrics.metrics.query import Asked, AttemptDays, Source, Touch

HEADLINE_PERIOD = timedelta(days=28)
FEW_WINDOWS = 2
"""Up to so many windows the short cut, which looks at each by itself, is the faster one."""


class Exclusion(OfEvents):
    """``{event: …, after_step: 1, before_step: 2}``: events that spoil an attempt if they come between these steps."""

    after_step: Annotated[int, Field(ge=1)] = 1
    """The step after which it spoils an attempt."""
    before_step: int | None = None
    """The step before which it does; the last one unless it is said."""


class Funnel(Metric):
    """``type: funnel``: ``steps`` within ``window``."""

    type: Literal["funnel"] = "funnel"
    estimator: ClassVar[Estimator] = "share"
    axes: ClassVar[tuple[str, ...]] = ("step",)
    steps: Annotated[tuple[EventPosition, ...], Field(min_length=2, max_length=20)]
    """The events, in the order in which a unit has to have them."""
    window: Duration | Literal["none"]  # type: ignore[assignment]  # here the time to convert, not a rolling window
    """The time from the first step within which all others must come; `none` for as long as it takes."""
    window_from: Since = "first_step"
    """Whether the window runs from the first step, or anew from each."""
    within_range: bool = False
    """Whether steps after the end of the report's window are left out."""
    order: Order = "ordered"
    """The steps in their order with others between, `strict` for the very next event, or in `any` order."""
    strictly_later: bool = False
    """Whether a step at the very moment of the one before does not count."""
    ignore_repeats: bool = False
    """Whether `order: strict` passes over repeats of earlier steps."""
    count: Literal["units", "attempts"] = "units"
    """Each unit's best attempt, or every start."""
    same: str | None = None
    """A property of which all steps of an attempt must have one value."""
    exclusions: tuple[Exclusion, ...] = ()
    """Events that spoil an attempt."""

    @model_validator(mode="after")
    def _makes_sense(self, info: ValidationInfo) -> Self:
        flaws = [*_senseless(self), *_misplaced(self)]
        if flaws:
            raise refusal(flaws)
        for step in self.steps if self.same else ():
            check_property(self.same or "", [step], ("same",), info)
        return self

    @property
    def conversion_window(self) -> timedelta | None:
        """The time an attempt (or each of its steps) has; None for as long as it takes."""
        return None if self.window == "none" else self.window

    @property
    def lasts(self) -> timedelta | None:
        """The longest that an attempt can take; None for as long as it takes."""
        if self.within_range:
            return NO_TIME
        each = self.conversion_window
        return each * (len(self.steps) - 1) if each and self.window_from == "previous_step" else each

    @property
    def rolling(self) -> timedelta | None:
        """Starts are counted over 28 days unless the definition gives a grain."""
        return None if self.grain else HEADLINE_PERIOD

    @property
    def closes_after(self) -> timedelta:
        """An attempt that has just started can still convert for this long."""
        return self.lasts or NO_TIME

    @property
    def ever_closes(self) -> bool:
        """Without a window every start may still convert some day."""
        return self.lasts is not None

    @property
    def never_compared(self) -> str:
        """Attempts that have for ever are never all over."""
        return "" if self.ever_closes else "attempts without a window never close"

    def needed_at(self, at: Mapping[str, AxisValue]) -> tuple[EventPosition, ...]:
        """The steps so far."""
        return self.steps[: int(at.get("step", len(self.steps)))]

    def by_definition(self, at: Mapping[str, AxisValue]) -> str:
        """The first step holds all who started, whatever happened."""
        return "all by definition, as they started" if at.get("step") == 1 else ""

    @property
    def population(self) -> str:
        """Those who entered."""
        return f"attempts of {self.entity}s" if self.count == "attempts" else f"{self.entity}s who started"

    @property
    def axis_values(self) -> tuple[AxisValue, ...]:
        """The numbers of the steps."""
        return tuple(range(1, len(self.steps) + 1))

    @property
    def flags(self) -> bool:
        """A unit got that far or not; of attempts there may be several."""
        return self.count == "units"

    @property
    def touches(self) -> tuple[Touch, ...]:
        """By the value that a unit's step events had first, last or at all, or that of the event that filled a step."""
        return ("first", "last", "any", *(f"step:{step}" for step in range(1, len(self.steps) + 1)))

    @property
    def plan(self) -> Plan:
        """What an attempt is."""
        return Plan(
            steps=self.steps,
            window=self.conversion_window,
            order=self.order,
            since=self.window_from,
            later=self.strictly_later,
            repeats=self.ignore_repeats,
            gaps=tuple(Gap(one.matched, one.after_step, one.before_step or len(self.steps)) for one in self.exclusions),
            lane=(*(("window_id",) if self.within_range else ()), "unit", *(("shared",) if self.same else ())),
            cut=self.within_range,
        )

    def relations(self) -> tuple[Source]:
        """The events of all steps and exclusions with what each fits; where the very next one decides, all there are."""
        fitted = (*self.steps, *(one.matched for one in self.exclusions))
        touching, position = _any_of(self.steps), _any_of(fitted)
        firsts = any(match.first_time for match in position)
        if self.order == "strict":
            position = EventPosition((EventMatch(None),))
        history = firsts and self.order == "strict"
        return (
            Source(
                "matched",
                position,
                "times",
                steps=fitted,
                after=self.lasts,
                all_history=history,
                shared=self.same,
                arrival=self.order == "strict",
                touching=touching,
            ),
        )

    def unit_rows(self, asked: Asked) -> str:
        """Every unit that entered, at every step."""
        segment = ", d.segment" if _step_of(asked) else ""
        figures = "(d.depth >= s.step)::INTEGER::DOUBLE AS value, 1.0 AS base"
        group = ""
        if self.count == "attempts":
            figures = "sum((d.depth >= s.step)::INTEGER)::DOUBLE AS value, count(*)::DOUBLE AS base"
            group = f"\nGROUP BY d.window_id, s.step, d.unit{segment}"
        return f"""\
WITH {self._depths(asked)}
SELECT d.window_id, s.step, d.unit{segment}, {figures}
FROM depths AS d
CROSS JOIN (SELECT unnest(range(1, {len(self.steps) + 1})) AS step) AS s{group}"""

    def _depths(self, asked: Asked) -> str:
        plan, step = self.plan, _step_of(asked)
        if step:
            attempts = labelled(replace(plan, label=True), step, every=self.count == "attempts")
            return f"{attempts},\ndepths AS (\n  SELECT window_id, unit, depth, segment FROM labelled\n)"
        if self.count == "attempts":
            return attempted(plan)
        if len(asked.windows) > FEW_WINDOWS or not takes(plan):
            return depths(plan)
        return asof(plan, [asked.calendar.instants(window) for window in asked.windows])

    def unit_masks(self, asked: Asked) -> str | None:
        """Every unit that entered, once, with the steps that it got to."""
        if self.count == "attempts" or _step_of(asked):
            return None
        return f"WITH {self._depths(asked)}\nSELECT window_id, unit, (1::BIGINT << depth) - 1 AS mask\nFROM depths"

    def walk(self, asked: Asked) -> tuple[str, Walk] | None:
        """The steps' events, where attempts are plain enough to be walked."""
        found = walk_of(self.plan, [asked.calendar.instants(window) for window in asked.windows])
        return None if found is None or self.count == "attempts" or asked.touch else (step_rows(self.plan), found)

    @property
    def readings(self) -> Mapping[str, Metric]:
        """The seconds from step to step in each unit's best attempt: their median, and their mean."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            "step_times": StepTimes.model_construct(**{**fields, "format": None, "unit": "s"}),
            "mean_step_times": MeanStepTimes.model_construct(**{**fields, "format": None, "unit": "s"}),
        }

    def window_masks(self, asked: Asked) -> WindowMasks | None:
        """The windows in which each unit entered, and those in which it got to each step."""
        plan = self.plan
        if self.count == "attempts" or plan.gaps or plan.cut:
            return None
        windows = [asked.calendar.instants(window) for window in asked.windows]
        values: dict[AxisValue | None, str] = {1: "b", **{step: f"s{step}_" for step in range(2, plan.last + 1)}}
        days = self._attempt_days()
        told = tuple((name, (step,)) for name, step in zip(values.values(), days.names, strict=True))
        layout = Places(len(windows))
        presences = Presences(told, asked.windows, layout)
        return WindowMasks(masked(plan, windows), values, layout, "b", told=presences, attempts=days)

    def _attempt_days(self) -> AttemptDays:
        """The days on which units started attempts that got to each step, walked or as SQL makes them."""
        plan, (source,) = self.plan, self.relations()
        steps, walk = tuple(f"step_{step}" for step in self.axis_values), walk_of(self.plan, ())
        if walk is None:
            return AttemptDays(steps, source, attempt_rows(plan), None, made=True)
        return AttemptDays(steps, source, step_rows(plan), walk.lasts)


class StepTimes(Funnel):
    """The median seconds from the step before, of the units whose best attempt got that far."""

    estimator: ClassVar[Estimator] = "percentile"

    @property
    def flags(self) -> bool:
        """Seconds are no flags."""
        return False

    @property
    def constants(self) -> Mapping[str, float]:
        """The median."""
        return {"at": 0.5}

    @property
    def readings(self) -> Mapping[str, Metric]:
        """None of its own."""
        return {}

    @property
    def population(self) -> str:
        """Those who got that far."""
        return f"{self.entity}s who got there"

    @property
    def axis_values(self) -> tuple[AxisValue, ...]:
        """The steps after the first."""
        return super().axis_values[1:]

    def unit_masks(self, asked: Asked) -> str | None:
        """None: seconds are no flags."""
        return None

    def window_masks(self, asked: Asked) -> WindowMasks | None:
        """None either."""
        return None

    def walk(self, asked: Asked) -> tuple[str, Walk] | None:
        """The steps' events, which tell the times between them too."""
        found = walk_of(self.plan, [asked.calendar.instants(window) for window in asked.windows])
        return None if found is None or asked.touch else (step_rows(self.plan), found)

    def unit_rows(self, asked: Asked) -> str:
        """Every unit at every step that it got to."""
        by = _step_of(asked)
        attempts = labelled(replace(self.plan, label=True), by, every=False) if by else chosen(self.plan)
        found, keys = ("labelled", "window_id, unit, segment") if by else ("chosen", "window_id, unit")
        gaps = "\nUNION ALL ".join(
            f"SELECT {keys}, {step} AS step, epoch_us(t_{step} - t_{step - 1}) / 1e6 AS value, 1.0 AS base\n"
            f"FROM {found} WHERE depth >= {step}"
            for step in range(2, len(self.steps) + 1)
        )
        return f"WITH {attempts}\n{gaps}"


def _any_of(steps: Iterable[EventPosition]) -> EventPosition:
    return EventPosition(tuple(dict.fromkeys(match for step in steps for match in step)))


class MeanStepTimes(StepTimes):
    """The same as a mean."""

    estimator: ClassVar[Estimator] = "ratio"

    def walk(self, asked: Asked) -> tuple[str, Walk] | None:
        """None: seconds are no flags."""
        return None


def _step_of(asked: Asked) -> int | None:
    """The step by the event of which the answer is broken down."""
    word, _, step = (asked.touch or "").partition(":")
    return int(step) if word == "step" else None


def _senseless(funnel: Funnel) -> Iterator[Flaw]:
    """Options that mean nothing together."""
    if funnel.window_from == "previous_step" and funnel.order == "any":
        yield _without(
            "window_from", "steps in any order have no step before", "Leave it out: the window runs from the first."
        )
    if funnel.window_from == "previous_step" and funnel.window == "none":
        yield _without("window_from", "`window: none` has no beginning", "Leave it out, or give a length.")
    if funnel.strictly_later and funnel.order == "any":
        yield _without("strictly_later", "steps in any order are neither earlier nor later", "Leave it out.")
    if funnel.ignore_repeats and funnel.order != "strict":
        yield _without("ignore_repeats", "repeats matter only to `order: strict`", "Leave it out: they are ignored.")
    if funnel.order != "strict" and not funnel.strictly_later and sharing(funnel.steps).widest > MOST_CLASSES:
        message = f"more than {MOST_CLASSES} different steps can be filled by the same events"
        yield _without("steps", message, "Name other events, or merge steps.")


def _misplaced(funnel: Funnel) -> Iterator[Flaw]:
    """Exclusions that lie between no two steps."""
    for index, one in enumerate(funnel.exclusions):
        last = one.before_step or len(funnel.steps)
        if not one.after_step < last <= len(funnel.steps):
            message = (
                f"steps {one.after_step} and {last} are no two steps of {len(funnel.steps)}, the first before the second"
            )
            yield impossible_value(message, "Steps count from 1.", "exclusions", index)


def _without(key: str, message: str, cure: str) -> Flaw:
    return contradiction(message, cure, key)


TYPE = Funnel
