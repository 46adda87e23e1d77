"""Attempts in SQL are those of the reference, which tries everything; laws of funnels over random streams."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops_metrics.metrics.attempts.asof import asof, takes
from prodops_metrics.metrics.attempts.outcome import attempted, chosen, depths
from prodops_metrics.metrics.attempts.plan import MICROSECOND, Plan
from prodops_metrics.metrics.attempts.scale import Events
from prodops_metrics.metrics.attempts.walk import EPOCH, walk_of
from tests.metrics.streams import WINDOWS, Asked, funnels, matches, position, rows, stream, streams
from tests.reference.answers import Event
from tests.reference.funnels import Times, attempts, best

EXAMPLES, FEW, MANY = 100, 40, 2000
PLAIN = st.builds(
    Plan,
    steps=st.sampled_from(["ab", "abc", "cba", "bdc"]).map(lambda names: tuple(position([name]) for name in names)),
    window=st.sampled_from([None, timedelta(hours=1), timedelta(hours=3)]),
    cut=st.booleans(),
)


def found(asked: Asked) -> dict[tuple[int, str], list[tuple[Times, bool]]]:
    """Every window's attempts by user, as the reference sees them."""
    by_user: dict[str, list[Event]] = defaultdict(list)
    for event in asked.events:
        by_user[event.user].append(event)
    return {
        (number, user): _in_window(asked, own, window)
        for number, window in enumerate(WINDOWS)
        for user, own in by_user.items()
    }


def _in_window(asked: Asked, own: list[Event], window: tuple[datetime, datetime]) -> list[tuple[Times, bool]]:
    kept = [event for event in own if not asked.plan.cut or window[0] <= event.at < window[1]]
    return [one for one in attempts(kept, asked.rules) if window[0] <= one[0][0] < window[1]]


def stands_for(asked: Asked) -> dict[tuple[int, str], Times]:
    return {key: times for key, own in found(asked).items() if (times := best(own))}


def best_attempts(asked: Asked) -> dict[tuple[int, str], Times]:
    times = ", ".join(f"t_{step}" for step in range(1, asked.plan.last + 1))
    answer = rows(asked, chosen(asked.plan), f"SELECT window_id, unit, [{times}] FROM chosen")
    return {(window, unit): tuple(time for time in own if time) for window, unit, own in answer}


def best_depths(asked: Asked, *, short: bool = False) -> dict[tuple[int, str], int]:
    ctes = asof(asked.plan, WINDOWS) if short else depths(asked.plan)
    return {(window, unit): depth for window, unit, depth in rows(asked, ctes, "SELECT window_id, unit, depth FROM depths")}


def check_all(asked: Asked) -> None:
    expected = stands_for(asked)
    assert best_depths(asked) == {key: len(times) for key, times in expected.items()}
    assert best_attempts(asked) == expected
    every = rows(asked, attempted(asked.plan), "SELECT window_id, unit, depth FROM depths")
    clean = [(*key, len(times)) for key, own in found(asked).items() for times, spoilt in own if not spoilt]
    assert sorted(every) == sorted(clean)


@settings(max_examples=EXAMPLES)
@given(funnels())
def test_depths_times_and_attempts_are_those_of_the_reference(asked: Asked) -> None:
    check_all(asked)


@pytest.mark.long
@settings(max_examples=MANY)
@given(funnels())
def test_they_are_so_for_thousands_of_funnels(asked: Asked) -> None:
    check_all(asked)


@settings(max_examples=FEW)
@given(streams(), PLAIN, st.sampled_from(["first_step", "previous_step"]))
def test_the_short_cut_gives_what_attempts_give(events: tuple[Event, ...], plan: Plan, since: str) -> None:
    lane = ("window_id", "unit") if plan.cut else ("unit",)
    plan = replace(plan, lane=lane, since=since if plan.window else "first_step")  # type: ignore[arg-type]
    assert takes(plan)
    asked = Asked(events, plan)
    assert best_depths(asked, short=True) == best_depths(asked)


def walked(asked: Asked, *, apart: timedelta, later: timedelta) -> dict[tuple[int, str], int]:
    """Depths by the walk, of users whose numbers lie far ``apart``, with all events and windows so much ``later``."""
    users = sorted({event.user for event in asked.events})
    windows = [(opens + later, ends + later) for opens, ends in WINDOWS]
    walk = walk_of(asked.plan, windows)
    assert walk is not None
    events = [
        (5 + users.index(event.user) * (apart // MICROSECOND), (event.at + later - EPOCH) // MICROSECOND, step)
        for event in asked.events
        for step, one in enumerate(asked.plan.steps)
        if matches(one)(event)
    ]
    unit, at, steps = np.array(events, np.int64).reshape(-1, 3).T
    found = pl.DataFrame(walk.masks([Events(unit, at, steps.astype(np.uint8))] if events else []))
    depth: dict[tuple[int, str], int] = {}
    for row in found.iter_rows(named=True):
        for step in range(walk.steps):
            for window, (mask, bit) in enumerate(walk.layout.addresses(str(step + 1))):
                if row[mask] >> bit & 1:
                    depth[window, users[(row["unit"] - 5) // (apart // MICROSECOND)]] = step + 1
    return depth


@settings(max_examples=FEW)
@given(
    streams(),
    PLAIN,
    st.sampled_from([timedelta(microseconds=1), timedelta(days=10_000)]),
    st.sampled_from([timedelta(), timedelta(seconds=1), timedelta(milliseconds=1), timedelta(microseconds=1)]),
)
def test_the_walk_gives_what_the_reference_gives(
    events: tuple[Event, ...], plan: Plan, apart: timedelta, later: timedelta
) -> None:
    asked = Asked(events, replace(plan, cut=False))
    expected = {key: len(times) for key, times in stands_for(asked).items()}
    assert walked(asked, apart=apart, later=later) == expected


def test_the_walk_takes_users_of_more_events_than_it_looks_at_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prodops_metrics.metrics.attempts.scale.EVENTS_AT_ONCE", 3)
    for seed in range(10):
        asked = Asked(stream(seed), Plan(steps=tuple(position([name]) for name in "abc"), window=timedelta(hours=3)))
        expected = {key: len(times) for key, times in stands_for(asked).items()}
        assert walked(asked, apart=timedelta(microseconds=1), later=timedelta()) == expected


@settings(max_examples=FEW)
@given(funnels(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(asked: Asked, random: Random) -> None:
    shuffled = list(asked.events)
    random.shuffle(shuffled)
    assert best_attempts(replace(asked, events=tuple(shuffled))) == best_attempts(asked)


@settings(max_examples=FEW)
@given(funnels())
def test_events_of_others_change_nothing(asked: Asked) -> None:
    others = tuple(event._replace(user=f"other {event.user}") for event in asked.events)
    before, after = best_attempts(asked), best_attempts(replace(asked, events=asked.events + others))
    assert {key: times for key, times in after.items() if not key[1].startswith("other")} == before


@settings(max_examples=FEW)
@given(funnels())
def test_a_longer_window_takes_nobody_back(asked: Asked) -> None:
    plan = replace(asked.plan, gaps=())
    longer = replace(plan, window=plan.window and 2 * plan.window)
    short, long = best_depths(replace(asked, plan=plan)), best_depths(replace(asked, plan=longer))
    assert short.keys() == long.keys()
    assert all(depth <= long[key] for key, depth in short.items())


@settings(max_examples=FEW)
@given(funnels())
def test_strict_is_within_ordered_is_within_any_order(asked: Asked) -> None:
    plan = replace(asked.plan, gaps=(), since="first_step", later=False, repeats=False)
    strict, ordered, free = (
        best_depths(replace(asked, plan=replace(plan, order=order))) for order in ("strict", "ordered", "any")
    )
    assert all(depth <= ordered[key] for key, depth in strict.items())
    assert all(depth <= free[key] for key, depth in ordered.items())
