"""What may be compared with what, and what must not move an arrow: small products with constant behaviour."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from prodops_metrics.reports.answers import Headline, headlines, series
from prodops_metrics.reports.figures import figure
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.session import Session, open_session
from tests.projects import SOURCES, opened, write_project

START = date(2024, 1, 1)
EVENTS = "events: {seen: {description: Seen}, used: {description: Used}, done: {description: Done}}\n"


def days(count: int, start: date = START) -> Iterator[date]:
    return (start + timedelta(days=number) for number in range(count))


def project(folder: Path, definitions: str, lines: list[str], **options: object) -> Session:
    text = "user,event,time\n" + "\n".join(lines) + "\n"
    return opened(write_project(folder, EVENTS + definitions, text, **options))  # type: ignore[arg-type]


def the(session: Session, metric: str) -> Headline:
    return headlines(session, session.metric(metric))[-1]


def test_months_of_different_length_are_not_compared(tmp_path: Path) -> None:
    lines = [f"u{number},used,{day} 09:00" for day in days(91) for number in range(40)]
    metric = "metrics: {uses: {type: count, description: All uses, event: used, grain: month}}\n"
    movement = the(project(tmp_path, metric, lines), "uses").movement
    assert (movement.direction, movement.reason) == (None, "31 days against 29")


def test_old_users_in_the_first_cohorts_never_make_retention_fall(tmp_path: Path) -> None:
    """400 users from before the data come every week; 40 new ones a week come once, and 5 of them four weeks later."""
    lines = [f"old{number},used,{START + timedelta(weeks=week)} 09:00" for number in range(400) for week in range(12)]
    for week in range(12):
        lines += [f"w{week}n{number},used,{START + timedelta(weeks=week)} 10:00" for number in range(40)]
        lines += [f"w{week}n{number},used,{START + timedelta(weeks=week + 4)} 10:00" for number in range(5) if week < 8]
    metric = "metrics: {back: {type: retention, description: Come back, start: used, return: used, grain: week}}\n"
    found = the(project(tmp_path, metric, lines), "back")
    assert found.now.point == pytest.approx(5 / 40)
    assert found.window.start >= START + timedelta(days=28)
    assert found.movement.direction is None
    assert found.movement.first_comparison == date(2024, 1, 29) + timedelta(weeks=12) - timedelta(days=1)


def test_a_funnel_without_a_window_never_falls(tmp_path: Path) -> None:
    """Sixty start every day and need 20 days: the newest have had no time, which is not news."""
    lines = []
    for number, day in enumerate(days(84)):
        lines += [f"d{number}u{user},seen,{day} 09:00" for user in range(60)]
        lines += [f"d{number}u{user},done,{day + timedelta(days=20)} 09:00" for user in range(30) if number < 64]
    metric = "metrics: {slow: {type: funnel, description: However long, steps: [seen, done], window: none}}\n"
    found = the(project(tmp_path, metric, lines), "slow")
    assert found.movement.direction is None
    assert not found.now.complete
    assert "never close" in (found.movement.reason or "")


def test_few_users_behind_a_total_give_no_arrow(tmp_path: Path) -> None:
    lines = [f"u{number},used,2024-01-0{day} 09:00" for number in range(5) for day in range(1, 8)] + [
        "u0,seen,2024-01-21 09:00"
    ]
    metric = "metrics: {uses: {type: count, description: All uses, event: used}}\n"
    movement = the(project(tmp_path, metric, lines, small_sample=30), "uses").movement
    assert (movement.direction, movement.reason) == (None, "fewer than 30 users")


@pytest.mark.parametrize(
    ("through", "grain", "first"),
    [
        (date(2024, 1, 14), "week", date(2024, 1, 21)),
        (date(2024, 1, 16), "week", date(2024, 1, 21)),
        (date(2024, 2, 29), "month", date(2024, 3, 31)),
    ],
)
def test_the_first_comparison_comes_on_the_day_that_is_named(tmp_path: Path, through: date, grain: str, first: date) -> None:
    """Data begins inside a bucket: the first whole one is the window before."""
    begin = date(2024, 1, 3) if grain == "week" else date(2024, 1, 15)
    lines = [f"u{number},used,{day} 09:00" for day in days((through - begin).days + 1, begin) for number in range(40)]
    metric = f"metrics: {{uses: {{type: count_distinct, description: Users, event: used, grain: {grain}}}}}\n"
    folder = tmp_path / "project"
    assert the(project(folder, metric, lines), "uses").movement.first_comparison == first
    lines += [f"u1,used,{day} 09:00" for day in days((first - through).days, through + timedelta(days=1))]
    (folder / "events.csv").write_text("user,event,time\n" + "\n".join(lines) + "\n")
    assert the(opened(folder), "uses").movement.first_comparison is None


TWO_SOURCES = (
    SOURCES
    + """\
  later:
    kind: events
    files: later.csv
    columns: {event: event, user: user, time: time}
    time: {timezone: UTC}
    duplicates: keep
    complete_through: newest_day
"""
)


def test_a_source_that_starts_later_is_no_rise(tmp_path: Path) -> None:
    definitions = EVENTS + (
        "metrics: {rate: {type: ratio, description: Rate, window: 28 days, "
        "numerator: {type: count, event: done}, denominator: {type: count, event: seen}}}\n"
    )
    seen = [f"u{number},seen,{day} 09:00" for day in days(84) for number in range(40)]
    done = [f"u{number},done,{day} 10:00" for day in days(24, START + timedelta(days=60)) for number in range(40)]
    folder = write_project(tmp_path, definitions, "user,event,time\n" + "\n".join(seen) + "\n", sources=TWO_SOURCES)
    (folder / "later.csv").write_text("user,event,time\n" + "\n".join(done) + "\n")
    movement = the(opened(folder), "rate").movement
    assert movement.direction is None
    assert movement.reason == "the data starts on 1 Mar 2024"


def test_a_window_that_begins_before_the_data_is_drawn_as_incomplete(tmp_path: Path) -> None:
    lines = [f"u{number},used,{day} 09:00" for day in days(35) for number in range(40)]
    metric = "metrics: {users: {type: count_distinct, description: Users, event: used, window: 28 days}}\n"
    session = project(tmp_path, metric, lines)
    frame = query(session, "users", Asked()).frame
    assert frame["complete"].to_list() == [False, False, False, True, True]
    assert frame["bucket"].to_list()[-1] == date(2024, 2, 4)


def test_a_conversion_on_an_incomplete_day_moves_no_closed_number(tmp_path: Path) -> None:
    """Berlin, clocks forward on 31 March: a start late on the 27th can convert until the 4th, which is not complete."""
    sources = SOURCES.replace("newest_day", "newest_day_minus_1")
    metric = (
        EVENTS
        + "metrics: {quick: {type: funnel, description: In a week, steps: [seen, done], window: 7 days, grain: day}}\n"
    )
    start, late = "a,seen,2024-03-27 22:45", "a,done,2024-04-03 22:30"
    results = []
    for number, lines in enumerate(([start], [start, late])):
        text = "\n".join(["user,event,time", *lines, "b,seen,2024-03-20 09:00", "c,used,2024-04-04 12:00"]) + "\n"
        session = opened(write_project(tmp_path / str(number), metric, text, timezone="Europe/Berlin", sources=sources))
        frame = query(session, "quick", Asked(date(2024, 3, 27), date(2024, 3, 27))).frame
        results.append([(row["numerator"], row["complete"]) for row in frame.iter_rows(named=True)])
    assert [complete for _, complete in results[0]] == [False, False]
    assert results[0] != results[1], "the conversion is seen, on a point that is marked open"


STAFF = """\
entities:
    user: {column: user, parent: account}
    account: {column: account}
  exclusions:
    staff: {description: Our own, filter: {staff: true}}
    trial: {description: Test accounts, entity: account, filter: {trial: true}}
"""
UNITS = """\
  people:
    {kind: units, entity: user, files: people.csv, key: user, columns: {account: account}, properties: {staff: boolean}}
  firms: {kind: units, entity: account, files: firms.csv, key: account, properties: {trial: boolean}}
"""


def test_exclusions_reach_up_and_down(tmp_path: Path) -> None:
    """Staff are out of their account's numbers, and test accounts' users out of the users'."""
    definitions = EVENTS + (
        "metrics:\n"
        "  users: {type: count_distinct, description: Users, event: used}\n"
        "  accounts: {type: count_distinct, description: Accounts, event: used, entity: account}\n"
        "  uses: {type: count, description: Uses by account, event: used, entity: account}\n"
    )
    lines = (
        "u1,B,used,2024-01-01 09:00\ns1,A,used,2024-01-01 09:00\nt1,T,used,2024-01-01 09:00\nu1,B,seen,2024-01-07 09:00\n"
    )
    folder = write_project(
        tmp_path,
        definitions,
        "user,account,event,time\n" + lines,
        project="  " + STAFF,
        sources=SOURCES.replace("user: user,", "user: user, account: account,") + UNITS,
    )
    (folder / "people.csv").write_text("user,account,staff\nu1,B,false\ns1,A,true\nt1,T,false\n")
    (folder / "firms.csv").write_text("account,trial\nA,false\nB,false\nT,true\n")
    session = opened(folder)
    assert {name: the(session, name).now.numerator for name in ("users", "accounts", "uses")} == dict.fromkeys(
        ("users", "accounts", "uses"), 1.0
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timezone: UTC", "timezone: Asia/Tokyo"),
        ("{description: Used}", "{description: Used, aliases: [seen_too]}"),
        ("{description: Used}", "{description: Used, activity: false}"),
        ("columns: {event: event, user: user", "columns: {event: event, user: other"),
    ],
)
def test_definitions_that_the_snapshot_was_not_built_with_give_no_number(tmp_path: Path, old: str, new: str) -> None:
    metric = "metrics: {uses: {type: count, description: All uses, event: used}}\n"
    project(tmp_path, metric, [f"u1,used,{day} 09:00" for day in days(21)])
    for path in (tmp_path / "metric_defs").iterdir():
        path.write_text(path.read_text().replace(old, new))
    shown = figure(open_session(tmp_path), "uses", "Uses")
    assert shown.row is not None
    assert (shown.row.reason, shown.point, shown.text) == ("needs_refresh", None, "-")
    assert "prodops refresh" in shown.movement_text


def test_activation_starts_at_the_first_showing_that_matches(tmp_path: Path) -> None:
    """`exposed` is one kind of page view: the home page before it is not the first showing."""
    definitions = """\
properties: {page: {type: string}}
events: {view: {description: View}, used: {description: Used}, done: {description: Done}}
features:
  search: {exposed: {event: view, filter: {page: search}}, used: used, succeeded: done}
"""
    rows = ["user,event,time,page"]
    for number in range(40):
        steps = [("view", 1, "home"), ("view", 2, "search"), ("used", 3, ""), ("done", 4, "")]
        rows += [f"u{number},{name},2024-01-05 0{hour}:00,{page}" for name, hour, page in steps]
    rows.append("u0,used,2024-01-20 09:00,")
    session = opened(write_project(tmp_path, definitions, "\n".join(rows) + "\n"))
    found = the(session, "search.activation")
    assert (found.now.numerator, found.now.denominator) == (40, 40)


def test_the_first_of_a_list_is_the_first_of_any_of_it(tmp_path: Path) -> None:
    definitions = EVENTS + "features: {search: {exposed: [seen, done], used: used, succeeded: used}}\n"
    lines = ["u1,seen,2024-01-01 09:00", "u1,done,2024-03-01 09:00", "u1,used,2024-03-01 10:00", "u2,seen,2024-03-01 09:00"]
    text = "\n".join(["user,event,time", *lines, "u3,used,2024-03-15 09:00"]) + "\n"
    found = the(opened(write_project(tmp_path, definitions, text)), "search.activation")
    assert (found.now.numerator, found.now.denominator) == (0, 1), "u1 was shown it in January, long before the window"


def test_a_property_named_like_a_parameter_is_left_alone_in_the_receipt(tmp_path: Path) -> None:
    definitions = (
        "properties: {$p1: {type: string}}\nevents: {used: {description: Used}}\n"
        "metrics: {odd: {type: count, description: Odd, event: used, filter: {$p1: $p2}}}\n"
    )
    text = "user,event,time,$p1\nu1,used,2024-01-01 09:00,$p2\nu1,used,2024-01-07 09:00,x\n"
    answer = query(opened(write_project(tmp_path, definitions, text)), "odd", Asked())
    assert answer.headlines[-1].now.point == 1
    assert '"$p1"' in answer.receipt.sql
    assert "'$p2'" in answer.receipt.sql


def test_nobodys_events_have_no_first_one(tmp_path: Path) -> None:
    metric = "metrics: {firsts: {type: count, description: First uses, event: {event: used, first_time: event}}}\n"
    lines = [",used,2024-01-01 09:00", ",used,2024-01-02 09:00", "u1,used,2024-01-03 09:00", "u1,used,2024-01-07 09:00"]
    assert the(project(tmp_path, metric, lines), "firsts").now.numerator == 1


def test_events_without_a_user_are_one_unit_each_in_both_parts_of_a_ratio(tmp_path: Path) -> None:
    definitions = """\
properties: {ok: {type: boolean}}
events: {used: {description: Used}}
metrics:
  failed: {type: ratio, description: Failed, numerator: {type: count, event: used, filter: {ok: false}},
    denominator: {type: count, event: used}}
"""
    rows = ["user,event,time,ok", *(f",used,2024-01-01 09:{number:02d},{number % 2 == 0}" for number in range(60))]
    rows += ["u1,used,2024-01-07 09:00,true"]
    found = the(opened(write_project(tmp_path, definitions, "\n".join(rows) + "\n")), "failed")
    assert (found.now.numerator, found.now.denominator, found.now.units) == (30, 61, 61)


def test_series_by_grain_begin_with_a_whole_bucket(sample: Session) -> None:
    from prodops_metrics.reports.view import View, shown_span

    metric = sample.metric("search_weekly_users")
    horizon = sample.warehouse.horizon(metric)
    frame = series(sample, metric, shown_span(metric, horizon, View(4)))
    assert all(day.weekday() == 0 for day in frame["bucket"].to_list())
    assert frame["complete"].to_list() == [*[True] * (frame.height - 1), False]


def test_time_zones_without_midnight_still_have_a_first_instant() -> None:
    from prodops_metrics.calendar import Calendar

    assert Calendar("America/Sao_Paulo").instant(date(2018, 11, 4)) == datetime(2018, 11, 4, 3)
