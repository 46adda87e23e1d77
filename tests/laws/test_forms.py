"""Every fast form of a question answers as the plain one does: random events, overlapping windows, zones and parents."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from prodops_metrics.calendar import Window
from prodops_metrics.metrics import fold, funnel, presence, question
from prodops_metrics.metrics.active import ActiveIntervals
from prodops_metrics.metrics.cohorts import Returning
from prodops_metrics.metrics.folds import weeks
from prodops_metrics.metrics.folds.walked import WalkedMoments, WalkedTimes
from prodops_metrics.metrics.funnel import Funnel
from prodops_metrics.metrics.instrumentation import using_units
from prodops_metrics.metrics.query import Asked
from prodops_metrics.metrics.question import Question, build
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse import sources
from prodops_metrics.warehouse.held_days import HeldDays
from tests.projects import opened, write_project

FIRST, DAYS = datetime(2024, 2, 1), 150
USERS, ACCOUNTS, EVENTS = 40, 9, 900
DEFINITIONS = """
events:
  used: {description: It was used}
  shown: {description: It was shown}
  quiet: {description: No activity, activity: false}
properties: {size: {type: integer}}
segments:
  paid: {description: They pay, entity: user, where: tier = 'paid'}
features:
  f: {name: F, used: used, exposed: shown, eligible: {tier: {not: none}}}
  late: {name: Late, used: used, exposed: shown, eligible: {tier: {not: none}}, launched: 2024-03-05}
metrics:
  users: {type: count_distinct, description: Users, event: [used, shown], grain: day}
  one: {type: count_distinct, description: Users of one, event: used, grain: day}
  large: {type: count_distinct, description: Large uses, event: used, filter: {size: 2}, grain: day}
  share_eligible_active: {type: share, description: Share, event: used, of: eligible_active, feature: f}
  share_active: {type: share, description: Share, event: quiet, of: active}
  share_all: {type: share, description: Share, event: {event: used, filter: {size: 1}}, of: all}
  people: {type: population, description: People, event: quiet, of: active}
  idle: {type: population, description: People, of: active}
  back: {type: retention, description: Back, start: shown, return: used}
  back_since: {type: retention, description: Back, start: used, return: used, return_when: on_or_after, periods: 4}
  back_twice: {type: retention, description: Back, start: used, return: {event: used, filter: {size: 2}}, minimum: 2}
  back_by_day: {type: retention, description: Back, start: shown, return: used, grain: day, brackets: [[1, 7], [9, 30]]}
  back_by_month: {type: retention, description: Back, start: shown, return: [used, quiet], grain: month, periods: 3}
  states: {type: lifecycle, description: States, event: used}
  way: {type: funnel, description: Way, steps: [shown, used], window: 3 days}
  first_way: {type: funnel, description: Way, steps: [{event: shown, first_time: matching}, used, quiet], window: 9 days}
  first_any: {type: funnel, description: Way, steps: [{event: shown, first_time: event}, [used, shown]], window: none}
  any_way: {type: funnel, description: Way, steps: [shown, quiet, used], window: 5 days, order: any}
  next_way: {type: funnel, description: Way, steps: [shown, used], window: 9 days, order: strict, ignore_repeats: true}
  link_way: {type: funnel, description: Way, steps: [shown, used, quiet], window: 4 days, window_from: previous_step}
  same_way: {type: funnel, description: Way, steps: [shown, [used, shown]], window: 9 days, same: size, strictly_later: true}
  uses: {type: count, description: Uses, event: used}
  use_days: {type: frequency, description: Days, event: [used, shown], window: 28 days}
  habit: {type: stickiness, description: Part of the days, event: used, window: 28 days}
  habits: {type: stickiness, description: So many days, event: [used, shown], form: distribution, window: 28 days}
  habits_or_more:
    {type: stickiness, description: Or more, event: {event: used, filter: {size: 1}}, form: distribution, cumulative: true}
  mean_size: {type: mean, description: Size, event: used, property: size, per: unit, window: 28 days}
  median_size: {type: percentile, description: Size, event: used, property: size, at: 0.7, window: 28 days}
  to_use: {type: time_to, description: Days to, event: used, of: all}
  to_launched: {type: time_to, description: Days to, event: {event: used, filter: {size: 1}}, feature: late, of: all}
  soon: {type: time_to, description: Soon, event: quiet, by: 20 days, feature: late}
  to_next: {type: time_to, description: Time to, start: shown, event: [used, quiet], of: all}
  median_uses: {type: percentile, description: Uses, event: [used, shown], at: 0.5, per: unit, window: 28 days}
"""
PROJECT = """
  exclusions: {staff: {description: They test, entity: user, where: tier = 'staff'}}
  entities: {entities}
"""
SOURCES = """
sources:
  log:
    kind: events
    files: events.csv
    columns: {event: event, user: user, account: account, time: time, id: id}
    time: {timezone: UTC}
    complete_through: newest_day
  people: {kind: units, files: people.csv, entity: user, key: id, columns: {since: from}, properties: {tier: {type: string}}}
"""
ENTITIES = {False: "{user: {column: user}}", True: "{user: {column: user, parent: account}, account: {column: account}}"}
METRICS = [
    line.split(":")[0].strip() for line in DEFINITIONS.partition("metrics:\n")[2].splitlines() if line[2:3] not in {" ", ""}
]
BACK = frozenset(name for name in METRICS if name.startswith("back"))
WAYS = frozenset(name for name in METRICS if name.endswith("way"))
ROLLING = frozenset(METRICS) - {"states", "first_any"} - BACK - WAYS
"""What may be asked over windows of any kind."""
TIERS = ("paid", "free", "none", "staff", "")


def text(draw: random.Random) -> str:
    """Events of two dozen users and of nobody, on the hour now and then; every third day is empty for most."""
    lines = ["id,event,user,account,time,size"]
    for number in range(EVENTS):
        user = draw.randrange(USERS)
        day = max(min(draw.randrange(DAYS), draw.randrange(DAYS)), 20 * (user // 10))  # some come late
        at = FIRST + timedelta(days=day, hours=draw.randrange(24))
        name, size = draw.choice(["used", "used", "shown", "quiet"]), draw.choice(["1", "2", ""])
        who = "" if draw.random() < 0.05 else f"u{user}"
        lines.append(f"e{number},{name},{who},a{user % ACCOUNTS},{at:%Y-%m-%dT%H:%M:%SZ},{size}")
    return "\n".join(lines) + "\n"


def people(draw: random.Random) -> str:
    """Users with what they are, and what half of them become later on, some twice."""
    lines = ["id,tier,from"]
    for number in range(USERS):
        lines.append(f"u{number},{TIERS[number % len(TIERS)]},2024-01-01")
        changes = (FIRST.date() + timedelta(days=draw.randrange(DAYS)) for _ in range(draw.choice([0, 0, 1, 2])))
        lines += [f"u{number},{draw.choice(TIERS)},{day}" for day in changes]
    return "\n".join(lines) + "\n"


def session(folder: Path, seed: int, *, clustered: bool, everybody: bool = False) -> Session:
    draw = random.Random(seed)
    (folder / "people.csv").write_text(people(draw))
    project = PROJECT.replace("{entities}", ENTITIES[clustered])
    if everybody:
        project = "\n".join(line for line in project.splitlines() if "exclusions" not in line)
    sources = SOURCES if clustered else SOURCES.replace("account: account, ", "")
    zone = draw.choice(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
    return opened(write_project(folder, DEFINITIONS, text(draw), timezone=zone, project=project, sources=sources))


def windows(draw: random.Random) -> dict[str, tuple[Window, ...]]:
    """Windows of every kind: days, rolling ones by week and (more than a mask holds) by day, two, and any."""
    first = FIRST.date() - timedelta(days=draw.randrange(10))
    days = [first + timedelta(days=number) for number in range(DAYS + 12)]
    starts = [draw.choice(days) for _ in range(9)]
    return {
        "days": tuple(Window(day, day + timedelta(days=1)) for day in days),
        "weekly": tuple(Window(day, day + timedelta(days=28)) for day in days[::7]),
        "rolling": tuple(Window(day - timedelta(days=7), day) for day in days),
        "any": tuple(Window(start, start + timedelta(days=draw.randrange(1, 40))) for start in starts),
    }


@contextmanager
def plainly() -> Iterator[None]:
    """Windows matched one by one, units told apart by DISTINCT, every pair of windows folded by itself, all history read."""

    def by_distinct(days: str, asked: Asked, flags: dict[str, str]) -> str:
        did = ", bool_or(d.did) AS did" if flags else ""
        return (
            f"SELECT w.window_id, d.unit{did}\nFROM {days} AS d\nJOIN windows AS w ON {asked.within('d')}\n"
            "GROUP BY w.window_id, d.unit"
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presence, "_by_masks", by_distinct)
        patch.setattr(Returning, "unit_masks", lambda *_: None)
        patch.setattr(question, "_wide", lambda *_: False)
        patch.setattr(fold, "OUTSIDE", {})
        patch.setattr(Funnel, "unit_masks", lambda *_: None)
        patch.setattr(Funnel, "walk", lambda *_: None)
        patch.setattr(ActiveIntervals, "counts_days", lambda *_: False)
        patch.setattr(funnel, "FEW_WINDOWS", 0)
        patch.setattr(weeks, "MOST_WINDOWS", 0)
        patch.setattr(sources, "by_history", lambda source: (source,))
        patch.setattr(Asked, "daily", False)
        patch.setattr(Asked, "windows_of", lambda asked, row: f"windows AS w ON {asked.within(row)}")
        yield


@contextmanager
def without_memory() -> Iterator[None]:
    """No room to hold days in, so that statements tell the masks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HeldDays, "has_room", lambda *_: False)
        yield


def asked(opened: Session, name: str, draw: random.Random) -> Iterator[Question]:
    """Questions about one metric: over windows of every kind, by segment, and in pairs."""
    metric = opened.metric(name)
    found = windows(draw)
    if name not in ROLLING:
        horizon = opened.warehouse.horizon(metric)
        span = Window(FIRST.date(), horizon.newest_day)
        found = {"own": metric.point_windows(horizon, span)}
        if name in BACK:
            found["cohorts"] = tuple(
                metric.cohort_windows(horizon, Window(FIRST.date(), FIRST.date() + timedelta(days=90))) or ()
            )
        found["two"] = found["own"][-2:]
    for own in (one for one in found.values() if len(one) > 1):
        yield Question(metric, own, through=date(2024, 6, 30))
        yield Question(metric, own, "tier", through=date(2024, 6, 30))
        if name in {"users", "one", "large", "median_size", "median_uses"}:
            yield Question(metric, own, "size", draw.choice(metric.touches), through=date(2024, 6, 30))
        if name in BACK:
            yield Question(metric, own, "size", draw.choice(metric.touches), only=draw.choice([{}, metric.headline_at]))
        pairs = _inside(tuple((draw.randrange(len(own) - 1), draw.randrange(len(own))) for _ in range(5)), own)
        by = draw.choice([None, "tier"])
        yield Question(metric, own[-126:], by, through=date(2024, 6, 30), pairs=pairs, only=metric.headline_at)
        yield Question(metric, own[-2:], draw.choice([None, "tier"]), through=date(2024, 6, 30), paired=True)


def _inside(pairs: Sequence[tuple[int, int]], own: Sequence[Window]) -> tuple[tuple[int, int], ...]:
    gone = max(0, len(own) - 126)
    return tuple((max(0, before - gone), max(0, now - gone)) for before, now in pairs)


def answer(opened: Session, one: Question) -> pl.DataFrame:
    return opened.warehouse.answer(build(one, opened.catalog))


def same_both_ways(folder: Path, seed: int, *, clustered: bool) -> None:
    opened = session(folder, seed, clustered=clustered)
    counted, from_days = 0, Counter[str]()
    for name in METRICS:
        for number, one in enumerate(asked(opened, name, random.Random(seed))):
            short = answer(opened, one)
            with without_memory():
                masked = answer(opened, one)
            with plainly():
                long = answer(opened, one)
            keys = [key for key in ("pair_id", "window_id", *one.metric.axes, "segment") if key in short.columns]
            try:
                for found in (short, masked):
                    told = long.select(found.columns).sort(keys)
                    assert_frame_equal(found.sort(keys), told, check_dtypes=False, rel_tol=1e-13)
            except AssertionError as error:
                raise AssertionError(f"{name}, question {number}\n{error}") from error
            counted += short.height
            from_days[name] += build(one, opened.catalog).from_days is not None
    assert counted > 1000
    assert from_days.total() > 50
    assert all(from_days[name] > 5 for name in ("one", "back", "to_use", "use_days", "habit", "habits")), from_days


@pytest.mark.parametrize("clustered", [False, True])
def test_fast_forms_answer_as_plain_ones_do(tmp_path: Path, *, clustered: bool) -> None:
    same_both_ways(tmp_path, 3, clustered=clustered)


@pytest.mark.parametrize("clustered", [False, True])
def test_walked_funnels_answer_as_their_plain_statement_does(tmp_path: Path, *, clustered: bool) -> None:
    """Of everybody, as nobody is walked of whom it changes whether they count; also over more windows than a mask holds."""
    opened = session(tmp_path, 5, clustered=clustered, everybody=True)
    counted: Counter[type] = Counter()
    for name in ("way", "first_way", "way:step_times", "first_way:step_times"):
        for own in windows(random.Random(5)).values():
            some = tuple((number, number // 2) for number in range(0, len(own), 3))
            two = own[-2:] if len(own) > 1 else own * 2
            metric, last = opened.metric(name), {"step": 2}
            for one in (
                Question(metric, own),
                Question(metric, own, only=last),
                Question(metric, own, pairs=some),
                Question(metric, two, paired=True, only=last),
            ):
                held, plain = build(one, opened.catalog), build(one, opened.catalog, plain=True)
                told = opened.warehouse.answer(plain)
                keys = [key for key in ("pair_id", "window_id", "step") if key in told.columns]
                for query in (held, replace(held, from_days=None)):
                    found = opened.warehouse.answer(query)
                    assert_frame_equal(
                        found.sort(keys), told.select(found.columns).sort(keys), check_dtypes=False, rel_tol=1e-13
                    )
                    counted[type(query.finish)] += found.height
    assert counted[WalkedMoments] > 1000
    assert counted[WalkedTimes] > 500
    assert set(counted) <= {WalkedMoments, WalkedTimes, type(None)}  # over too many windows the plain statement answers


@pytest.mark.parametrize("feature", ["f", "late"])
def test_who_used_it_unshown_is_counted_from_days_as_by_its_statement(tmp_path: Path, feature: str) -> None:
    opened = session(tmp_path, 4, clustered=True)
    own = opened.catalog.features[feature]
    assert own.used
    assert own.exposed
    told = []
    for some in windows(random.Random(4)).values():
        query = using_units(own.used, own.exposed, some, opened.catalog, "user")
        held, plain = (opened.warehouse.answer(one) for one in (query, replace(query, from_days=None)))
        assert_frame_equal(held, plain, check_dtypes=False)
        told.append(held)
    found = pl.concat(told)
    assert found["units"].sum() > found["unexposed"].sum() > 50


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12))
def test_fast_forms_answer_as_plain_ones_do_many_times(tmp_path: Path, seed: int) -> None:
    same_both_ways(tmp_path, seed, clustered=seed % 2 == 1)
