"""Random streams and random funnels, and both as SQL, for laws about attempts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import duckdb
from hypothesis import strategies as st

from prodops_metrics.definitions import EventMatch, EventPosition
from prodops_metrics.metrics.attempts.plan import Gap, Plan
from tests.reference.answers import Event, Matches
from tests.reference.funnels import Exclusion, Rules

START = datetime(2024, 1, 1)
WINDOWS = (
    (START, START + timedelta(hours=3)),
    (START + timedelta(hours=2), START + timedelta(hours=7, minutes=30)),
)
"""Two windows that overlap: a start may lie in both."""
POOLS: tuple[tuple[tuple[str, ...] | None, ...], ...] = (
    (("a",), ("b",), ("c",), ("d",)),
    (("a",), ("b",)),
    (("a",), ("a", "b"), ("b", "c"), ("c",)),
    (None, ("a",), ("b",)),
)
"""What steps may ask for: names apart, few names, names that overlap, any event."""


@dataclass(frozen=True)
class Asked:
    """A random funnel over a random stream."""

    events: tuple[Event, ...]
    plan: Plan

    @property
    def rules(self) -> Rules:
        """The same funnel in the words of the reference."""
        plan = self.plan
        return Rules(
            steps=tuple(matches(step) for step in plan.steps),
            window=plan.window,
            order=plan.order,
            previous_step=plan.since == "previous_step",
            later=plan.later,
            repeats=plan.repeats,
            exclusions=tuple(Exclusion(matches(gap.position), gap.after, gap.before) for gap in plan.gaps),
            same=(lambda event: event.group) if "shared" in plan.lane else None,
        )


def position(names: Sequence[str] | None) -> EventPosition:
    """Events of any of these names; of all names for None."""
    return EventPosition(tuple(EventMatch(name) for name in names or (None,)))


def matches(one: EventPosition) -> Matches:
    """The same as a test of an event."""
    names = one.events
    return lambda event: names is None or event.name in names


USERS, MOST_EVENTS = 12, 7
"""The reference tries every way through a user's events."""


def streams() -> st.SearchStrategy[tuple[Event, ...]]:
    """A dozen users with a few events each, on a grid of half hours: many times are equal, some told apart by receipt."""
    return st.integers(0, 2**32).map(stream)


def stream(seed: int) -> tuple[Event, ...]:
    """The stream of a seed."""
    draw = random.Random(seed)
    half_hours, receipts = draw.choice([4, 8, 14]), draw.choice([1, 2, 9])
    events = [
        Event(
            f"u{user}",
            draw.choice("aaabbbccdx"),
            START + timedelta(minutes=30 * draw.randrange(half_hours)),
            draw.choice("ppq") if draw.random() < 0.9 else "",
            draw.randrange(receipts),
        )
        for user in range(USERS)
        for _ in range(draw.randint(2, MOST_EVENTS))
    ]
    draw.shuffle(events)
    return tuple(events)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A funnel of two to four steps with any options that make sense together."""
    pool = draw(st.sampled_from(POOLS))
    steps = draw(st.lists(st.sampled_from(pool), min_size=2, max_size=4))
    order = draw(st.sampled_from(["ordered", "ordered", "strict", "any"]))
    previous = order != "any" and draw(st.booleans())
    hours = draw(st.sampled_from([1, 2, 3, 5] if previous else [1, 2, 3, 5, None]))
    cut, shared = draw(st.booleans()), draw(st.sampled_from([False, False, True]))
    return Plan(
        steps=tuple(position(step) for step in steps),
        window=None if hours is None else timedelta(hours=hours),
        order=order,  # type: ignore[arg-type]
        since="previous_step" if previous else "first_step",
        later=order != "any" and draw(st.booleans()),
        repeats=order == "strict" and draw(st.booleans()),
        gaps=tuple(draw(st.lists(_gaps(len(steps)), max_size=2))),
        lane=(*(["window_id"] if cut else []), "unit", *(["shared"] if shared else [])),
        cut=cut,
    )


@st.composite
def _gaps(draw: st.DrawFn, steps: int) -> Gap:
    after = draw(st.integers(1, steps - 1))
    return Gap(position(draw(st.sampled_from(["x", "d"]))), after, draw(st.integers(after + 1, steps)))


@st.composite
def funnels(draw: st.DrawFn) -> Asked:
    """Any funnel over any stream."""
    return Asked(draw(streams()), draw(plans()))


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One engine for all examples; nothing is ever stored in it."""
    return duckdb.connect(config={"threads": 1})


def rows(asked: Asked, ctes: str, select: str) -> list[tuple[Any, ...]]:
    """What a query over a plan's relations gives."""
    return _engine().execute(f"WITH {_events(asked.events)},\n{_relations(asked.plan)},\n{ctes}\n{select}").fetchall()


def _events(events: Sequence[Event]) -> str:
    listed = ", ".join(
        f"({seq}, '{e.user}', '{e.name}', TIMESTAMP '{e.at}', nullif('{e.group}', ''), {e.received})"
        for seq, e in enumerate(events)
    )
    return f"events(seq, unit, event, ts, shared, received) AS (VALUES {listed})"


def _relations(plan: Plan) -> str:
    fitted = [*plan.steps, *(gap.position for gap in plan.gaps)]
    mask = " | ".join(f"(({_tests(one)})::INTEGER << {bit})" for bit, one in enumerate(fitted))
    fits = ", ".join(f"({_tests(one)}) AS fits_{number}" for number, one in enumerate(fitted, 1))
    kept = "TRUE" if plan.order == "strict" else " OR ".join(_tests(one) for one in fitted)
    windows = ", ".join(
        f"({number}, TIMESTAMP '{opens}', TIMESTAMP '{ends}')" for number, (opens, ends) in enumerate(WINDOWS)
    )
    return f"""\
windows(window_id, starts_at, ends_at) AS (VALUES {windows}),
matched AS (SELECT unit, ts, seq, shared, received, ({mask}) AS mask, {fits} FROM events WHERE {kept})"""


def _tests(one: EventPosition) -> str:
    names = one.events
    return "TRUE" if names is None else f"event IN ({', '.join(repr(name) for name in sorted(names))})"
