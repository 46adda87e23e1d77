"""Averages, percentiles, frequency, stickiness, lifecycles, times and formulas against a slow count, and their laws."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, MetricAnswer, query
from prodops_metrics.reports.session import Session
from tests.projects import opened, write_project
from tests.reference import activity
from tests.reference.answers import Event

FIRST, LAST = date(2024, 1, 1), date(2024, 2, 11)
USERS, NAMES, GROUPS = ("a", "b", "c", "d", "e", ""), ("start", "use", "other"), ("", "x", "y")
SPAN = (date(2024, 1, 8), date(2024, 1, 28))


@dataclass(frozen=True)
class Seen:
    """One event with a number on it, or none."""

    event: Event
    value: float | None


@dataclass(frozen=True)
class Drawn:
    """Events, and what the definitions ask about them."""

    seen: tuple[Seen, ...]
    at: float
    interval: str
    count: int
    least: int
    by: int

    @property
    def events(self) -> list[Event]:
        return [one.event for one in (*self.seen, *ends())]

    @property
    def uses(self) -> list[Event]:
        return [event for event in self.events if event.name == "use"]

    @property
    def measured(self) -> list[Seen]:
        """Uses in the span that carry a number."""
        return [one for one in self.seen if one.event.name == "use" and one.value is not None and inside(one.event)]


def inside(event: Event) -> bool:
    return SPAN[0] <= event.at.date() <= SPAN[1]


MOMENTS = st.builds(
    lambda day, hour: datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day, hours=hour),
    st.integers(0, (LAST - FIRST).days),
    st.sampled_from([0, 1, 9, 12, 23]),
)
EVENTS = st.builds(
    lambda user, name, at, group, value: Seen(Event(user, name, at, group), value),
    st.sampled_from(USERS),
    st.sampled_from(NAMES),
    MOMENTS,
    st.sampled_from(GROUPS),
    st.one_of(st.none(), st.integers(-5, 20).map(float), st.sampled_from([0.5, 1e6])),
)
DRAWS = st.builds(
    Drawn,
    st.lists(EVENTS, min_size=1, max_size=60).map(tuple),
    st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]),
    st.sampled_from(["hour", "day", "week"]),
    st.integers(1, 3),
    st.integers(1, 2),
    st.integers(0, 20),
)


def definitions(drawn: Drawn) -> str:
    """A metric of every type, over the draw's parameters."""
    per = {"interval": drawn.interval, "interval_count": drawn.count}
    per |= {"per_interval": {"op": "at_least", "value": drawn.least}} if drawn.least > 1 else {}
    metrics: dict[str, dict[str, Any]] = {
        "price": {"type": "mean", "event": "use", "property": "n", "per": "event"},
        "money": {"type": "mean", "event": "use", "property": "n", "per": "unit"},
        "pace": {"type": "mean", "event": "use", "per": "unit"},
        "ranked": {"type": "percentile", "event": "use", "property": "n", "at": drawn.at},
        "most": {"type": "percentile", "event": "use", "at": drawn.at, "per": "unit"},
        "often": {"type": "frequency", "event": "use", "grain": "week", **per},
        "sticky": {"type": "stickiness", "event": "use", "grain": "week", **per},
        "spread": {"type": "stickiness", "event": "use", "grain": "week", "form": "distribution", **per},
        "heaped": {"type": "stickiness", "event": "use", "grain": "week", "form": "distribution", "cumulative": True, **per},
        "flow": {"type": "lifecycle", "event": "use"},
        "there": {"type": "count_distinct", "event": "use"},
        "wait": {"type": "time_to", "event": "use", "start": "start"},
        "soon": {"type": "time_to", "event": "use", "start": "start", "by": f"{drawn.by + 1} days"},
        "uses": {"type": "count", "event": "use"},
        "starts": {"type": "count", "event": "start"},
        "quotient": {"type": "derived", "formula": "u / s", "inputs": {"u": "uses", "s": "starts"}},
        "rate": {
            "type": "ratio",
            "numerator": {"type": "count", "event": "use"},
            "denominator": {"type": "count", "event": "start"},
        },
        "growth": {
            "type": "derived",
            "formula": "now / before - 1",
            "inputs": {"now": "there", "before": {"metric": "there", "offset": "1 week"}},
        },
    }
    described = {name: {"description": "As drawn", **keys} for name, keys in metrics.items()}
    events = {name: {"description": "An event"} for name in NAMES}
    properties = {"n": {"type": "number"}, "group": {"type": "string"}}
    return yaml.safe_dump({"properties": properties, "events": events, "metrics": described})


def csv(seen: tuple[Seen, ...]) -> str:
    rows = [
        f"{one.event.user},{one.event.name},{one.event.at},{one.event.group},{'' if one.value is None else one.value}"
        for one in seen
    ]
    return "\n".join(["user,event,time,group,n", *rows]) + "\n"


def ends() -> tuple[Seen, ...]:
    """The data covers the same days, and has all three events, whatever is drawn; none of this lies in the span."""
    found = [(FIRST, name) for name in NAMES] + [(LAST, "other")]
    return tuple(Seen(Event("z", name, datetime.combine(day, datetime.min.time())), None) for day, name in found)


def project(drawn: Drawn, folder: str, seen: tuple[Seen, ...] | None = None) -> Session:
    return opened(write_project(Path(folder), definitions(drawn), csv((*(seen or drawn.seen), *ends()))))


def whole(session: Session, metric: str, by: str | None = None, touch: str | None = None) -> MetricAnswer:
    """One answer over the whole span."""
    return query(session, metric, Asked(*SPAN, Shape(by=by, touch=touch, whole=True)))


def weekly(session: Session, metric: str) -> pl.DataFrame:
    return query(session, metric, Asked(*SPAN)).frame


def only(answer: MetricAnswer) -> float | None:
    found = answer.frame["point"].item() if answer.frame.height else None
    return None if found is None else float(found)


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


laws = settings(
    max_examples=6, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)  # every example is a project of its own, so one that fails is not made smaller


@laws
@given(DRAWS)
def test_the_engine_counts_as_the_reference_does(drawn: Drawn) -> None:
    with TemporaryDirectory() as folder:
        session = project(drawn, folder)
        found = {
            name: only(whole(session, name)) for name in ("price", "money", "pace", "ranked", "most", "often", "sticky")
        }
        assert found == {name: pytest.approx(value) for name, value in expected(drawn).items()}
        assert distribution(session, "spread") == spread(drawn)
        for week, state, point in weekly(session, "flow").select("bucket", "state", "point").iter_rows():
            assert point == activity.states(drawn.uses, week)[state]
        lives = activity.lifetimes([e for e in drawn.events if e.name == "start"], drawn.uses, SPAN, LAST)
        check_times(session, drawn, lives)


def expected(drawn: Drawn) -> Mapping[str, float | None]:
    users = activity.by_user(one.event for one in drawn.measured)
    totals = [sum(one.value or 0 for one in drawn.measured if one.event.user == user) for user in users]
    uses = [float(len(own)) for own in activity.by_user(activity.within(drawn.uses, SPAN)).values()]
    active = activity.active_intervals(drawn.uses, SPAN, drawn.interval, drawn.count, drawn.least)
    days = [float(number) for number in active.values()]
    often = mean(days)
    return {
        "price": mean([one.value or 0.0 for one in drawn.measured]),
        "money": mean(totals),
        "pace": mean(uses),
        "ranked": activity.quantile([one.value or 0.0 for one in drawn.measured], drawn.at),
        "most": activity.quantile(uses, drawn.at),
        "often": often,
        "sticky": None if often is None else often / activity.intervals_in(SPAN, drawn.interval, drawn.count),
    }


def spread(drawn: Drawn) -> Mapping[int, float]:
    active = activity.active_intervals(drawn.uses, SPAN, drawn.interval, drawn.count, drawn.least)
    return {number: list(active.values()).count(number) for number in sorted(set(active.values()))}


def distribution(session: Session, metric: str) -> Mapping[int, float]:
    """How many users for each number of intervals; none where there are none."""
    rows = whole(session, metric).frame.filter(pl.col("numerator") > 0)
    return dict(rows.select("active_days", "numerator").iter_rows())


def check_times(session: Session, drawn: Drawn, lives: list[tuple[float, bool]]) -> None:
    wait, soon = (whole(session, name).frame.row(0, named=True) for name in ("wait", "soon"))
    assert (wait["numerator"], wait["denominator"]) == (sum(happened for _, happened in lives), len(lives))
    assert wait["point"] == (pytest.approx(found) if (found := activity.median_time(lives)) is not None else None)
    watched = max((lasted for lasted, _ in lives), default=0.0) >= drawn.by + 1
    if lives and (watched or activity.waiting(lives, drawn.by + 1) == 0):
        assert soon["point"] == pytest.approx(1 - activity.waiting(lives, drawn.by + 1))
    else:
        assert soon["point"] is None


@laws
@given(DRAWS)
def test_readings_of_one_thing_agree(drawn: Drawn) -> None:
    with TemporaryDirectory() as folder:
        session = project(drawn, folder)
        often, sticky = only(whole(session, "often")), only(whole(session, "sticky"))
        if often is not None and sticky is not None:
            assert sticky * activity.intervals_in(SPAN, drawn.interval, drawn.count) == pytest.approx(often)
            assert whole(session, "heaped").frame["point"].sum() == pytest.approx(often)
            assert whole(session, "spread").frame["point"].sum() == pytest.approx(1)
        lifecycle_adds_up(session)
        formula_is_the_ratio(session)
        parts = whole(session, "price", "group", "any").frame
        together = whole(session, "price").frame.row(0, named=True)
        assert parts["numerator"].sum() == pytest.approx(together["numerator"])
        assert parts["denominator"].sum() == together["denominator"]


def lifecycle_adds_up(session: Session) -> None:
    there = dict(
        query(session, "there", Asked(SPAN[0] - timedelta(days=7), SPAN[1])).frame.select("bucket", "point").iter_rows()
    )
    for week, rows in weekly(session, "flow").group_by("bucket"):
        state = dict(rows.select("state", "point").iter_rows())
        monday = week[0]
        assert isinstance(monday, date)
        assert state["new"] + state["returning"] + state["resurrected"] == there[monday]
        assert state["returning"] + state["dormant"] == there[monday - timedelta(days=7)]


def formula_is_the_ratio(session: Session) -> None:
    """A formula of two counts is the ratio of them, interval and all."""
    quotient, rate = (whole(session, name).frame.row(0, named=True) for name in ("quotient", "rate"))
    assert quotient["point"] == (None if rate["point"] is None else pytest.approx(rate["point"]))
    if rate["low"] is not None and quotient["low"] is not None and rate["point"]:
        assert (quotient["low"], quotient["high"]) == pytest.approx((rate["low"], rate["high"]))


@laws
@given(DRAWS, st.randoms(use_true_random=False))
def test_order_strangers_and_other_events_change_nothing(drawn: Drawn, order: random.Random) -> None:
    shuffled = list(drawn.seen)
    order.shuffle(shuffled)
    more = [Seen(Event("stranger", "other", one.event.at, one.event.group), 7.0) for one in drawn.seen[:5]]
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        first, second = project(drawn, one), project(drawn, other, (*shuffled, *more))
        for metric in yaml.safe_load(definitions(drawn))["metrics"]:
            before, after = (query(session, metric, Asked(*SPAN)).frame for session in (first, second))
            assert close(before, after), metric


def close(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Equal but for the order in which numbers were added."""
    rows = zip(one.iter_rows(), other.iter_rows(), strict=True)
    return one.columns == other.columns and all(
        math.isclose(left, right, rel_tol=1e-9) if isinstance(left, float) and isinstance(right, float) else left == right
        for row, twin in rows
        for left, right in zip(row, twin, strict=True)
    )
