"""Retention against an independent slow count of the same random events, and the laws between its forms."""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

import polars as pl
import pytest
import yaml

from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.session import Session
from tests.projects import opened, write_project
from tests.reference.answers import Event
from tests.reference.cohorts import Rules, came_back

ZONE = "America/New_York"
BEGINS = {1: datetime(2024, 3, 1), 2: datetime(2024, 10, 25)}
"""By seed: nine days before the clocks change there, in spring and in autumn; three days before a Monday."""
RANGES = {"hour": (8, 9), "day": (3, 19), "week": (3, 30), "month": (-31, 70)}
"""Days of the range that is asked for, after the begin."""
BRACKETS = [[1, 2], [3, 6]]
FORMS: dict[str, tuple[dict[str, object], tuple[tuple[int, int | None], ...]]] = {
    "exact": ({}, tuple((age, age) for age in range(1, 7))),
    "on_or_after": ({"return_when": "on_or_after"}, tuple((age, None) for age in range(1, 7))),
    "brackets": ({"brackets": BRACKETS, "headline": 2}, ((1, 2), (3, 6))),
}
NAMES = ["_".join(parts) for parts in product(RANGES, ["first", "recurring"], ["calendar", "start"], FORMS)]


def definitions() -> dict[str, dict[str, object]]:
    found = {}
    for name in NAMES:
        grain, cohort, counted_from, form = name.split("_", 3)
        found[name] = {
            "type": "retention",
            "description": "Random return",
            "start": "a",
            "return": ["a", "b"],
            "grain": grain,
            "periods": 6,
            "headline": 2,
            "cohort": "first_time" if cohort == "first" else "recurring",
            "counted_from": counted_from,
            "minimum": 2 if form == "exact" and counted_from == "start" else 1,
            **FORMS[form][0],
        }
    return found


def rules(name: str) -> Rules:
    grain, cohort, counted_from, form = name.split("_", 3)
    return Rules(
        start=lambda event: event.name == "a",
        returning=lambda event: event.name in {"a", "b"},
        grain=grain,
        ages=FORMS[form][1],
        first_time=cohort == "first",
        elapsed=counted_from == "start",
        minimum=2 if form == "exact" and counted_from == "start" else 1,
        timezone=ZONE,
    )


def span(grain: str, begin: datetime) -> tuple[date, date]:
    """The range of cohorts, whole months for months."""
    first, last = (begin.date() + timedelta(days=days) for days in RANGES[grain])
    return (first.replace(day=1), last) if grain == "month" else (first, last)


def stream(seed: int) -> list[Event]:
    """Users who come in bursts of hours, days and weeks, some on the very hour."""
    draw = random.Random(seed)
    events = []
    for number in range(80):
        at = BEGINS[seed] + timedelta(days=draw.choice([*range(12), 9, 33]), hours=draw.randrange(24))
        for _ in range(draw.randrange(1, 9)):
            events.append(Event(f"u{number}", draw.choice("aabbc"), at))
            at += draw.choice([timedelta(minutes=30), timedelta(hours=1), timedelta(days=1), timedelta(days=6, hours=20)])
    draw.shuffle(events)
    return events


Counted = tuple[Session, list[Event], datetime]


@pytest.fixture(scope="module", params=[1, 2])
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    events = stream(request.param)
    described = {name: {"description": f"It was {name}"} for name in "abc"}
    text = yaml.safe_dump({"events": described, "metrics": definitions()}, sort_keys=False)
    lines = "\n".join(f"{event.user},{event.name},{event.at}" for event in events)
    far = ",a,2024-01-01 00:00\n,a,2025-06-30 00:00\n"
    folder = write_project(tmp_path_factory.mktemp("random"), text, f"user,event,time\n{lines}\n{far}", timezone=ZONE)
    return opened(folder), events, BEGINS[request.param]


def figures(session: Session, name: str, begin: datetime) -> dict[tuple[date, int], tuple[float, float]]:
    first, last = span(name.split("_")[0], begin)
    frame = query(session, name, Asked(first, last)).frame.filter(pl.col("denominator") > 0)
    return {(row[0], row[1]): (row[2], row[3]) for row in frame.select("cohort", "age", "numerator", "denominator").rows()}


@pytest.mark.parametrize("name", NAMES)
def test_every_cohort_is_that_of_the_reference(counted: Counted, name: str) -> None:
    session, events, begin = counted
    asked = rules(name)
    by_user = defaultdict(list)
    for event in events:
        by_user[event.user].append(event)
    back: Counter[tuple[date, int]] = Counter()
    for own in by_user.values():
        for cohort, ages in came_back(own, asked).items():
            back.update((cohort if asked.grain == "hour" else cohort.date(), age) for age in ages)
    first, last = span(asked.grain, begin)
    sizes = {cohort: size for (cohort, age), size in back.items() if age == 0 and first <= _day(cohort) <= last}
    expected = {
        (cohort, age): (float(back[cohort, age]), float(size))
        for cohort, size in sizes.items()
        for age in (0, *(first_period for first_period, _ in asked.ages))
    }
    assert len(sizes) >= 2
    assert figures(session, name, begin) == expected


def _day(cohort: date) -> date:
    return cohort.date() if isinstance(cohort, datetime) else cohort


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("calendar_exact")])
def test_on_or_after_holds_exact_and_a_bracket_holds_its_ages(counted: Counted, name: str) -> None:
    session, _, begin = counted
    stem = name.removesuffix("exact")
    exact, later, bracket = (figures(session, f"{stem}{form}", begin) for form in FORMS)
    assert all(later[key][0] >= value for key, (value, _) in exact.items())
    for first, last in BRACKETS:
        for cohort in {cohort for cohort, _ in exact}:
            most = max(exact[cohort, age][0] for age in range(first, last + 1))
            assert most <= bracket[cohort, first][0] <= sum(exact[cohort, age][0] for age in range(first, last + 1))


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_by_first_use_every_unit_is_in_one_cohort(counted: Counted, grain: str) -> None:
    session, events, begin = counted
    frame = query(
        session,
        f"{grain}_first_calendar_exact",
        Asked(begin.date() - timedelta(days=31), begin.date() + timedelta(days=150)),
    ).frame
    starters = {event.user for event in events if event.name == "a"}
    assert frame.filter(pl.col("age") == 0)["numerator"].sum() == len(starters)


def test_the_reference_can_fail() -> None:
    """Another minimum is another answer."""
    events = [Event("u", "a", BEGINS[1]), Event("u", "b", BEGINS[1] + timedelta(days=1))]
    once = replace(rules("day_first_calendar_exact"), timezone="UTC")
    assert came_back(events, once) != came_back(events, replace(once, minimum=2))
