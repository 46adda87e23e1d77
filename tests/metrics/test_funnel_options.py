"""Every option of a funnel, asked for as any user would, against an independent slow count of the same random events."""

import random
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import yaml

from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query, query_units
from prodops_metrics.reports.session import Session
from tests.projects import opened, write_project
from tests.reference.answers import Event, Matches
from tests.reference.funnels import Exclusion, Rules, Times, attempts, best

START = datetime(2024, 1, 1)
WEEK = (START, START + timedelta(days=7))
HOURS = timedelta(hours=3)


def named(*names: str) -> Matches:
    return lambda event: event.name in names


def in_group(name: str, group: str) -> Matches:
    return lambda event: event.name == name and event.group == group


ABC = (named("a"), named("b"), named("c"))
FUNNELS: dict[str, tuple[dict[str, Any], Rules]] = {
    "plain": ({"steps": ["a", "b", "c"]}, Rules(ABC, HOURS)),
    "for_ever": ({"steps": ["a", "b", "c"], "window": "none"}, Rules(ABC, None)),
    "each_step": ({"steps": ["a", "b", "c"], "window_from": "previous_step"}, Rules(ABC, HOURS, previous_step=True)),
    "each_step_spoilt": (
        {"steps": ["a", "b", "c"], "window_from": "previous_step", "exclusions": [{"event": "d"}]},
        Rules(ABC, HOURS, previous_step=True, exclusions=(Exclusion(named("d"), 1, 3),)),
    ),
    "later": ({"steps": ["a", "b", "c"], "strictly_later": True}, Rules(ABC, HOURS, later=True)),
    "strict": ({"steps": ["a", "b", "c"], "order": "strict"}, Rules(ABC, HOURS, order="strict")),
    "strict_but_repeats": (
        {"steps": ["a", "b", "c"], "order": "strict", "ignore_repeats": True},
        Rules(ABC, HOURS, order="strict", repeats=True),
    ),
    "any_order": ({"steps": ["a", "b", "c"], "order": "any"}, Rules(ABC, HOURS, order="any")),
    "any_order_twice": (
        {"steps": ["a", "a", ["a", "b"]], "order": "any"},
        Rules((named("a"), named("a"), named("a", "b")), HOURS, order="any"),
    ),
    "spoilt": (
        {"steps": ["a", "b", "c"], "exclusions": [{"event": "d", "after_step": 1, "before_step": 2}]},
        Rules(ABC, HOURS, exclusions=(Exclusion(named("d"), 1, 2),)),
    ),
    "spoilt_by_some": (
        {"steps": ["a", "b"], "exclusions": [{"event": "d", "filter": {"group": "x"}}, {"event": "c"}]},
        Rules(ABC[:2], HOURS, exclusions=(Exclusion(in_group("d", "x"), 1, 2), Exclusion(named("c"), 1, 2))),
    ),
    "same_group": ({"steps": ["a", "b", "c"], "same": "group"}, Rules(ABC, HOURS, same=lambda event: event.group)),
    "one_name": (
        {"steps": [{"event": "a", "filter": {"group": "x"}}, "a", "b"]},
        Rules((in_group("a", "x"), named("a"), named("b")), HOURS),
    ),
    "anything": ({"steps": ["any", "b", "any"]}, Rules((lambda _: True, named("b"), lambda _: True), HOURS)),
}
TOUCHES = ("first", "last", "any", "step:1", "step:2")


def stream(seed: int) -> list[Event]:
    """Users with a handful of events each, on a grid of half hours, in two bursts, one of them past the week."""
    draw = random.Random(seed)
    events = []
    for number in range(120):
        burst = START + timedelta(days=draw.choice([0, 3, 6, 7]), hours=draw.randrange(22, 24))
        for _ in range(draw.randrange(1, 8)):
            at = burst + timedelta(minutes=30 * draw.randrange(9), days=draw.choice([0, 0, 0, 1]))
            events.append(Event(f"u{number}", draw.choice("aabbccd"), at, draw.choice(["x", "y", ""])))
    draw.shuffle(events)
    return events


Counted = tuple[Session, dict[str, list[Event]]]


@pytest.fixture(scope="module", params=[1, 2])
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    events = stream(request.param)
    metrics = {}
    for name, (keys, _) in FUNNELS.items():
        metrics[name] = {"type": "funnel", "description": "Random steps", "window": "3 hours", **keys}
        metrics[f"{name}_attempts"] = {**metrics[name], "count": "attempts"}
        metrics[f"{name}_within"] = {**metrics[name], "within_range": True}
    text = yaml.safe_dump(
        {
            "properties": {"group": {"type": "string"}},
            "events": {name: {"description": f"It was {name}"} for name in "abcd"},
            "metrics": metrics,
        }
    )
    lines = "\n".join(f"{event.user},{event.name},{event.at},{event.group}" for event in events)
    folder = write_project(tmp_path_factory.mktemp("random"), text, f"user,event,time,group\n{lines}\n")
    by_user = defaultdict(list)
    for event in events:
        by_user[event.user].append(event)
    return opened(folder), by_user


ASKED = Asked(date(2024, 1, 1), date(2024, 1, 7), Shape(whole=True))


def in_week(events: list[Event], rules: Rules) -> list[tuple[Times, bool]]:
    return [one for one in attempts(events, rules) if WEEK[0] <= one[0][0] < WEEK[1]]


def depths(units: pl.DataFrame) -> dict[str, int]:
    reached = units.filter(pl.col("value") > 0).group_by("unit").agg(pl.col("step").max())
    return dict(reached.iter_rows())


@pytest.mark.parametrize("name", FUNNELS)
def test_every_users_best_attempt_is_that_of_the_reference(counted: Counted, name: str) -> None:
    session, by_user = counted
    stands = {user: found for user, own in by_user.items() if (found := best(in_week(own, FUNNELS[name][1])))}
    assert depths(query_units(session, name, ASKED)) == {user: len(times) for user, times in stands.items()}
    seconds = query_units(session, f"{name}:step_times", ASKED)
    expected = {
        (user, step): (times[step - 1] - times[step - 2]).total_seconds()
        for user, times in stands.items()
        for step in range(2, len(times) + 1)
    }
    assert {(unit, step): value for unit, step, value in seconds.select("unit", "step", "value").iter_rows()} == expected
    assert len({len(times) for times in stands.values()}) >= 2, "the stream should reach several depths"


@pytest.mark.parametrize("name", FUNNELS)
def test_every_attempt_is_one_of_the_reference(counted: Counted, name: str) -> None:
    session, by_user = counted
    reached: Counter[tuple[str, int]] = Counter()
    for user, own in by_user.items():
        for times, spoilt in in_week(own, FUNNELS[name][1]):
            reached.update((user, step) for step in range(1, len(times) + 1) if not spoilt)
    units = query_units(session, f"{name}_attempts", ASKED).filter(pl.col("value") > 0)
    assert {(unit, step): value for unit, step, value in units.select("unit", "step", "value").iter_rows()} == reached


@pytest.mark.parametrize("name", FUNNELS)
def test_within_range_nothing_counts_that_comes_after(counted: Counted, name: str) -> None:
    session, by_user = counted
    kept = {user: [event for event in own if event.at < WEEK[1]] for user, own in by_user.items()}
    stands = {user: best(in_week(own, FUNNELS[name][1])) for user, own in kept.items()}
    expected = {user: len(times) for user, times in stands.items() if times}
    assert depths(query_units(session, f"{name}_within", ASKED)) == expected


@pytest.mark.parametrize("touch", TOUCHES)
@pytest.mark.parametrize("name", ["plain", "strict", "any_order", "spoilt", "each_step_spoilt"])
def test_by_a_property_of_events(counted: Counted, name: str, touch: str) -> None:
    session, by_user = counted
    frame = query(session, name, Asked(ASKED.start, ASKED.end, Shape(by="group", whole=True, touch=touch))).frame
    found = {
        (segment, step): number
        for segment, step, number in frame.select("segment", "step", "numerator").iter_rows()
        if number
    }
    expected: Counter[tuple[str, int]] = Counter()
    for own in by_user.values():
        for segment, times in segments(own, FUNNELS[name][1], touch):
            expected.update((segment, step) for step in range(1, len(times) + 1))
    assert found == expected


def segments(own: list[Event], rules: Rules, touch: str) -> list[tuple[str, Times]]:
    """The values that a user stands under, each with the attempt that counts there."""
    if touch == "any":
        parts = {event.group: [other for other in own if other.group == event.group] for event in own}
        return [(value or "unknown", times) for value, part in parts.items() if (times := best(in_week(part, rules)))]
    times = best(in_week(own, rules))
    if times is None:
        return []
    if touch.startswith("step"):
        return [(_filling(own, rules, times, int(touch[5:])), times)] if len(times) >= int(touch[5:]) else []
    touched = sorted(
        (event.at, event.group) for event in own if event.group and _fits(event, rules) and WEEK[0] <= event.at < WEEK[1]
    )
    return [(_touched(touched, last=touch == "last"), times)]


def _fits(event: Event, rules: Rules) -> bool:
    return any(step(event) for step in rules.steps)


def _filling(own: list[Event], rules: Rules, times: Times, step: int) -> str:
    """The least value of the events that could have filled a step when it was done."""
    fits = (lambda event: _fits(event, rules)) if rules.order == "any" else rules.steps[step - 1]
    return min(
        (event.group for event in own if event.at == times[step - 1] and fits(event) and event.group), default="unknown"
    )


def _touched(touched: list[tuple[datetime, str]], *, last: bool) -> str:
    if not touched:
        return "unknown"
    return touched[-1][1] if last else touched[0][1]
