"""Who is who: ties of ids, the merges that follow from them, and that the way there does not matter."""

from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from prodops_metrics.warehouse import identities
from prodops_metrics.warehouse.merges import MOST
from tests.warehouse.projects import TestProject, contents, make_project

SOURCES = """
sources:
  app:
    kind: events
    files: exports/app*.csv
    columns: {event: action, user: uid, anonymous: device, account: team, time: at, id: id}
    time: {timezone: UTC}
  people:
    kind: units
    entity: user
    key: uid
    files: exports/people.csv
    properties: {plan: string}
  ties:
    kind: identities
    files: exports/ties*.csv
    columns: {anonymous: device, known: uid}
    time: {timezone: UTC}
"""
PROJECT = "project: {name: T, timezone: UTC, entities: {user: {column: uid, parent: account}, account: {column: team}}}"
EVENTS = "events: {opened: {description: Opened.}, seen: {description: Seen., activity: false}}"
HEADER = "id,action,uid,device,team,at\n"
APP = (
    "1,seen,,d1,,2026-05-01T08:00\n"
    "2,opened,u1,d1,t1,2026-05-03T08:00\n"
    "3,opened,,d2,t2,2026-05-02T08:00\n"
    "4,opened,u2,,t1,2026-05-04T08:00\n"
    "5,seen,,d9,,2026-05-04T09:00\n"
)
PEOPLE = "uid,plan\nu1,pro\nd1,none\nu2,free\n"
TIES = "device,uid,time\n"


@pytest.fixture
def project(tmp_path: Path) -> TestProject:
    made = make_project(tmp_path, sources=SOURCES, project=PROJECT, events=EVENTS)
    made.export("app.csv", HEADER + APP)
    made.export("people.csv", PEOPLE)
    made.export("ties.csv", TIES)
    return made


def counts_for(project: TestProject) -> dict[str, str]:
    """The event's number with the id of the unit that it counts for."""
    return dict(
        project.query(
            "SELECT json_extract_string(extra, 'id'), u.id FROM events LEFT JOIN user_units AS u ON u.key = user_key"
        )
    )


def test_a_visitor_is_a_unit_until_it_turns_out_whose_it_is(project: TestProject) -> None:
    project.refresh()
    assert counts_for(project) == {"1": "d1", "2": "u1", "3": "d2", "4": "u2", "5": "d9"}
    project.export("ties.csv", TIES + "d1,u1,2026-05-03T08:00\n")
    report = project.refresh()
    assert counts_for(project) == {"1": "u1", "2": "u1", "3": "d2", "4": "u2", "5": "d9"}
    assert [(each.entity, each.merged, each.parted, each.redated) for each in report.merges] == [("user", 1, 0, 0)]


def test_a_merge_dates_back_to_the_earliest_part_and_keeps_what_is_known_of_the_known(project: TestProject) -> None:
    project.refresh()
    project.export("ties.csv", TIES + "d1,u1,\nd2,u1,\n")
    report = project.refresh()
    assert project.query("SELECT first_seen, merged_into IS NULL FROM user_units WHERE id = 'u1'") == [
        (datetime(2026, 5, 1, 8), True)
    ]
    attributes = "SELECT id, plan FROM user_attributes JOIN user_units USING (key) ORDER BY id"
    assert project.query(attributes) == [("d9", None), ("u1", "pro"), ("u2", "free")]
    days = (
        "SELECT event::VARCHAR, day::VARCHAR FROM user_event_days JOIN user_units USING (key) WHERE id = 'u1' ORDER BY day"
    )
    assert project.query(days) == [("seen", "2026-05-01"), ("opened", "2026-05-02"), ("opened", "2026-05-03")]
    assert [(each.merged, each.redated) for each in report.merges] == [(2, 1)]  # opened: 3 May is 2 May now
    assert project.query("SELECT entity, merged, redated FROM merge_history") == [("user", 2, 1)]


def test_a_tie_that_the_file_holds_no_more_is_taken_back(project: TestProject) -> None:
    project.refresh()
    before = contents(project)
    project.export("ties.csv", TIES + "d1,u1,\nd2,u7,\n")
    project.refresh()
    assert counts_for(project)["3"] == "u7"
    project.export("ties.csv", TIES)
    report = project.refresh()
    assert contents(project) == before
    assert [(each.merged, each.parted) for each in report.merges] == [(0, 2)]


def test_chains_are_followed_and_circles_are_their_smallest_id(project: TestProject) -> None:
    project.export("ties.csv", TIES + "d1,u1,\nu1,u2,\nd2,d9,\nd9,d5,\nd5,d2,\n")
    project.refresh()
    assert counts_for(project) == {"1": "u2", "2": "u2", "3": "d2", "4": "u2", "5": "d2"}


def test_of_two_ties_the_later_counts_and_of_one_moment_the_smaller_id(project: TestProject) -> None:
    project.export("ties.csv", TIES + "d1,u1,2026-05-01\nd1,u2,2026-05-02\nd2,u2,2026-05-01\nd2,u1,2026-05-01\n")
    project.refresh()
    assert (counts_for(project)["1"], counts_for(project)["3"]) == ("u2", "u1")


def test_an_id_that_is_tied_to_too_many_is_refused_and_said(project: TestProject) -> None:
    many = "".join(f"d1,p{number},\n" for number in range(MOST + 1))
    project.export("ties.csv", TIES + many + "d2,u2,\n")
    report = project.refresh()
    assert counts_for(project)["1"] == "d1"
    assert counts_for(project)["3"] == "u2"
    assert project.query("SELECT id, others FROM refused_ids") == [("d1", MOST + 1)]
    assert report.merges[0].refused == ("d1",)
    assert "1 id is tied to more than 50 others" in report.summary


def test_a_row_without_both_ids_is_set_aside(project: TestProject) -> None:
    project.export("ties.csv", TIES + "d1,,\nd2,u2,\n")
    report = project.refresh()
    file = next(file for file in report.files if file.source == "ties")
    assert (file.rows_read, file.loaded, file.quarantined) == (2, 1, 1)
    assert [(each.reason, each.example) for each in report.reasons] == [("key", "exports/ties.csv:2")]


def test_equal_events_are_found_though_their_unit_was_merged(project: TestProject) -> None:
    project.export("ties.csv", TIES + "d1,u1,\n")
    project.refresh()
    project.export("app2.csv", HEADER + APP.splitlines()[0] + "\n6,seen,,d1,,2026-05-09T08:00\n")
    project.refresh()
    assert counts_for(project)["6"] == "u1"
    assert project.column("SELECT count(*) FROM events") == [6]
    assert project.column("SELECT duplicates FROM loads WHERE path = 'exports/app2.csv'") == [1]


def random_ties(draw: Random) -> str:
    ids = [f"d{number}" for number in range(6)] + ["u1", "u2", "u3"]
    rows = [
        (draw.choice(ids), draw.choice(ids), draw.choice(["", "2026-05-01", "2026-05-02"]))
        for _ in range(draw.randint(0, 7))
    ]
    return TIES + "".join(f"{one},{other},{time}\n" for one, other, time in rows)


def random_events(draw: Random, first: int) -> str:
    rows = []
    for number in range(first, first + 8):
        user, device = draw.choice(["", "", "u1", "u2", "u3"]), draw.choice(["", *(f"d{n}" for n in range(6))])
        day, what, team = draw.randint(1, 9), draw.choice(["seen", "opened"]), draw.choice(["", "t1", "t2"])
        rows.append(f"{number},{what},{user},{device},{team},2026-05-0{day}T08:00")
    return HEADER + "\n".join(rows) + "\n"


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_order_merges_are_those_of_a_full_rebuild(tmp_path: Path, seed: int) -> None:
    draw = Random(seed)
    project = make_project(tmp_path, sources=SOURCES, project=PROJECT, events=EVENTS)
    project.export("people.csv", PEOPLE)
    project.export("app0.csv", random_events(draw, 0))
    project.export("ties.csv", random_ties(draw))
    project.refresh()
    for step in range(1, 4):
        if draw.random() < 0.7:
            project.export(f"app{step}.csv", random_events(draw, 10 * step))
        project.export(draw.choice(["ties.csv", "ties2.csv"]), random_ties(draw))
        project.refresh()
    grown = contents(project)
    project.refresh(full=True)
    assert contents(project) == grown


def test_ends_of_ties_are_the_same_whatever_comes_first() -> None:
    ties = {"a": "b", "b": "c", "c": "b", "d": "a", "x": "y", "y": "z"}
    for seed in range(20):
        names = list(ties)
        Random(seed).shuffle(names)
        found = identities._ends({name: ties[name] for name in names})
        assert found == {"a": "b", "b": "b", "c": "b", "d": "b", "x": "z", "y": "z"}
