"""What is wrong with the data is found, said with its figure and what rests on it, and told as new, still there or gone."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from prodops_metrics.errors import ExportError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.answers import headlines
from prodops_metrics.reports.health import CHECKS, Finding, HealthReport, health, keep_health, volumes
from prodops_metrics.reports.health.look import share
from prodops_metrics.reports.receipts import receipt
from prodops_metrics.reports.session import open_session
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import RefreshReport, Silent
from tests.warehouse.projects import SOURCE, TestProject, make_project

NOW = datetime(2026, 6, 1, 12)
FIRST, LAST = date(2026, 3, 2), date(2026, 5, 31)
"""The newest day is still being written, so that 30 May is the last that is complete."""
HEAD = "id,action,uid,at,plan,size,device,colour\n"
SOURCES = """
sources:
  app:
    kind: events
    files: exports/*.csv
    columns: {event: action, user: uid, time: at, id: id}
    time: {timezone: UTC}
    max_quarantine: 1%
    expected_every: 1 day
"""
EVENTS = """
properties:
  device: {type: string, enum: [desktop, phone]}
events:
  opened: {description: Opened., properties: {plan: {type: string, required: true}, size: {type: integer}}}
  paid: {description: Paid.}
  shared: {description: Shared.}
  ghost: {description: Never sent., aliases: [gost]}
  resting: {description: Not sent yet., status: draft}
"""
FEATURES = """
features:
  opening: {name: Opening, used: opened, launched: 2026-03-02}
  paying: {name: Paying, used: paid, launched: 2026-03-02}
  sharing: {name: Sharing, used: shared, launched: 2026-03-02}
  haunting: {name: Haunting, used: ghost, launched: 2026-03-02}
metrics:
  size_of_all: {description: Size., type: sum, event: opened, property: size, feature: opening}
  size_twice: {description: Twice., type: derived, formula: 2 * a, inputs: {a: size_of_all}}
"""


FEATURES_OF_ONE = "features: {opening: {name: Opening, used: opened, launched: 2026-03-02}}"


def days() -> Iterator[date]:
    day = FIRST
    while day <= LAST:
        yield day
        day += timedelta(days=1)


def rows() -> Iterator[str]:
    for day in days():
        for n in range(40):
            plan = "" if day > date(2026, 5, 28) and n < 4 else "free"
            size = "large" if day == date(2026, 5, 25) and n == 0 else str(n)
            device = "fridge" if day == date(2026, 5, 20) and n < 3 else "phone"
            yield f"opened,u{n},{day} 10:00:00,{plan},{size},{device},"
            yield f"shared,,{day} 11:00:00,,,,"
            if day < date(2026, 5, 30):
                yield f"paid,u{n},{day} 12:00:00,,,,"
    for n in range(1200):
        yield f"opened,u1,2026-05-27 09:{n % 60:02d}:00,free,1,phone,"
    for n in range(3):
        yield f"Opened,u1,2026-05-2{n} 09:00:00,,{n},,blue"


def export(project: TestProject, name: str, lines: Iterator[str], first: int = 0) -> Path:
    return project.export(name, HEAD + "".join(f"{n},{line}\n" for n, line in enumerate(lines, first)))


def refreshed(project: TestProject, *, full: bool = False) -> RefreshReport:
    return refresh(load_catalog(project.root), progress=Silent(), now=NOW, full=full)


def kept_health(project: TestProject) -> HealthReport:
    session = open_session(project.root)
    try:
        return keep_health(session, NOW)
    finally:
        session.warehouse.close()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> TestProject:
    project = make_project(tmp_path_factory.mktemp("planted"), sources=SOURCES, events=EVENTS, product=FEATURES)
    export(project, "a.csv", rows())
    refreshed(project)
    kept_health(project)
    return project


@pytest.fixture
def copied(planted: TestProject, tmp_path: Path) -> TestProject:
    return TestProject(Path(shutil.copytree(planted.root, tmp_path / "copied")))


def looked(project: TestProject, now: datetime = NOW) -> HealthReport:
    session = open_session(project.root)
    try:
        return health(session, now)
    finally:
        session.warehouse.close()


def found(report: HealthReport) -> dict[str, Finding]:
    return {one.id: one for one in report.findings}


def test_each_planted_fault_is_found_and_nothing_else(planted: TestProject) -> None:
    report = looked(planted)
    assert {one.id: one.severity for one in report.findings} == {
        "case:opened": "warning",
        "enum:opened.device": "warning",
        "one_unit:opened": "warning",
        "required:opened.plan": "warning",
        "set_aside:app": "warning",
        "suspect:haunting": "failing",
        "suspect:sharing": "failing",
        "types:opened.size": "warning",
        "unplanned:Opened": "warning",
        "unseen:ghost": "failing",
        "volume:paid": "failing",
        "without_id:shared": "failing",
    }
    assert report.severity == "failing"
    assert {one.change for one in report.findings} == {"new"}
    assert "shown" not in report.sentence
    assert report.sentence.startswith("5 failing and 7 warning of ")


def test_figures_are_counted_by_hand(planted: TestProject) -> None:
    told = found(looked(planted))
    rows_of_four_weeks = 28 * 40 + 1200
    assert told["required:opened.plan"].figure == share(12, rows_of_four_weeks)
    assert told["required:opened.plan"].since == date(2026, 5, 29)
    assert (told["types:opened.size"].figure, told["types:opened.size"].example) == (share(1, rows_of_four_weeks), "large")
    assert (told["enum:opened.device"].example, told["enum:opened.device"].since) == ("fridge", date(2026, 5, 20))
    assert told["without_id:shared"].figure == "280 of 280 (100 %)"
    assert told["one_unit:opened"].figure == "1,201 of 1,240 (97 %)"
    assert told["volume:paid"].figure == "0 instead of 40"
    assert told["volume:paid"].since == date(2026, 5, 30)
    assert told["unplanned:Opened"].figure == "3 rows"


def test_findings_name_the_features_and_metrics_that_they_make_doubtful(planted: TestProject) -> None:
    told = found(looked(planted))
    assert told["without_id:shared"].features == ("sharing",)
    assert told["unseen:ghost"].features == told["suspect:haunting"].features == ("haunting",)
    assert told["types:opened.size"].metrics == ("size_of_all", "size_twice")
    assert told["types:opened.size"].features == ("opening",)
    assert "paying.adoption" in told["volume:paid"].metrics
    assert not told["enum:opened.device"].metrics


def test_what_verdicts_call_suspect_is_what_health_says(planted: TestProject) -> None:
    told = found(looked(planted))
    assert "Events without user: `shared`: 280 of 280 (100 %)." in told["suspect:sharing"].what
    assert "Declared and never seen: `ghost`." in told["suspect:haunting"].what


def test_a_stub_declares_the_event_with_what_its_rows_carry(copied: TestProject) -> None:
    stub = found(looked(copied))["unplanned:Opened"].stub
    assert stub is not None
    assert stub.startswith("events:\n  opened_2:\n")
    assert "aliases: [Opened]" in stub
    assert "colour: string" in stub
    assert not re.search(r"\bid:", stub), "what a source reads as a role is no property"
    copied.define("stub", stub)
    refreshed(copied)
    assert "unplanned:Opened" not in found(looked(copied))


def test_the_second_snapshot_tells_what_is_new_still_there_and_gone(copied: TestProject) -> None:
    late = (f"paid,u{n},2026-05-30 12:00:00,,,," for n in range(40))
    export(copied, "b.csv", late, first=100_000)
    copied.export("c.csv", HEAD + "".join(f"{n},opened,u1,not a time,free,1,phone,\n" for n in range(200_000, 200_200)))
    assert refreshed(copied).snapshot == 2
    report = kept_health(copied)
    assert report.compared_with == 1
    assert {one.id for one in report.findings if one.change == "new"} == {"late:app", "quarantine:app"}
    assert report.findings[0].change == "new"
    assert [one.id for one in report.gone] == ["volume:paid"]
    assert found(report)["late:app"].figure == "40 of 40 (100 %)"
    assert found(report)["quarantine:app"].severity == "failing"
    assert {one.first_seen for one in report.findings if one.change == "still"} == {1}
    assert [(one.snapshot, one.failing, one.gone) for one in report.history] == [(1, 5, ()), (2, 6, ("volume:paid",))]
    assert "2 new, 1 gone since snapshot 1" in report.sentence


def test_a_source_is_overdue_after_twice_its_time_and_a_clock_that_went_back_is_no_fault(planted: TestProject) -> None:
    assert "freshness:app" not in found(looked(planted, datetime(2026, 6, 2, 11)))
    overdue = found(looked(planted, datetime(2026, 6, 2, 11, 1)))["freshness:app"]
    assert (overdue.severity, overdue.figure) == ("failing", "2.0 days")
    (fresh,) = looked(planted, datetime(2026, 1, 1)).freshness
    assert (fresh.age, fresh.overdue) == (timedelta(0), False)


def test_vanished_exports_are_told_and_what_they_brought_stays(copied: TestProject) -> None:
    (copied.root / "exports" / "a.csv").unlink()
    told = found(looked(copied))
    assert told["gone:app"].example == "exports/a.csv"
    assert "1 file of source `app`" in told["gone:app"].what


def test_nothing_wrong_is_said_with_what_was_looked_at(tmp_path: Path) -> None:
    project = make_project(tmp_path, events="events:\n  opened: {description: Opened.}\n")
    project.export("a.csv", "id,action,uid,at\n1,opened,u1,2026-05-30 10:00\n")
    refreshed(project)
    report = looked(project)
    assert (report.findings, report.severity, report.history[0].failing) == ((), "ok", 0)
    assert report.sentence.startswith("Nothing is wrong: ")
    assert [one.kind for one in report.looked] == [check.kind for check in CHECKS]


def test_ids_that_stand_for_nobody_and_numbers_written_as_decimals_are_told(tmp_path: Path) -> None:
    project = make_project(tmp_path, events="events:\n  opened: {description: O.}\n", features=FEATURES_OF_ONE)
    ids = ["u1", "anonymous", "anonymous", "Null", "17850.0", "17850", "12.0", "u10.0", "0.5"]
    project.export(
        "a.csv", "id,action,uid,at\n" + "".join(f"{n},opened,{one},2026-05-2{n} 10:00\n" for n, one in enumerate(ids))
    )
    refreshed(project)
    told = found(looked(project))
    assert sorted(one for one in told if one.startswith("nobody:")) == ["nobody:Null", "nobody:anonymous", "nobody:decimals"]
    assert told["nobody:anonymous"].figure == "2 of 9 (22 %)"
    assert (told["nobody:anonymous"].features, told["nobody:anonymous"].since) == (("opening",), date(2026, 5, 21))
    assert told["nobody:decimals"].what == (
        "2 ids of user are numbers with a decimal point, such as `12.0`; 1 of them also come without it and count as two."
    )
    project.define(
        "sources", SOURCE.replace("time: {timezone: UTC}", "time: {timezone: UTC}\n    null_values: [anonymous, 'Null']")
    )
    refreshed(project)
    assert [one for one in found(looked(project)) if one.startswith("nobody:")] == ["nobody:decimals"]


def test_an_event_that_stopped_is_told_after_four_weeks(tmp_path: Path) -> None:
    project = make_project(tmp_path, events="events:\n  opened: {description: O.}\n  left: {description: L.}\n")
    lines = [f"{n},opened,u1,2026-05-{n:02d} 10:00" for n in range(1, 31)] + ["99,left,u1,2026-05-01 10:00"]
    project.export("a.csv", "id,action,uid,at\n" + "\n".join(lines))
    refreshed(project)
    assert found(looked(project))["unseen:left"].what == "`left` came once and has not come since 1 May 2026."


def test_volumes_are_the_rows_of_each_day(planted: TestProject) -> None:
    session = open_session(planted.root)
    by_day = dict(volumes(session.warehouse, "opened").iter_rows())
    session.warehouse.close()
    assert by_day == dict.fromkeys(days(), 40) | {date(2026, 5, 27): 1240}


TABLES = (
    "SELECT * FROM health_days ORDER BY ALL",
    "SELECT * FROM health_properties ORDER BY ALL",
    "SELECT * FROM health_values ORDER BY ALL",
)


def test_file_by_file_gives_the_records_of_a_full_rebuild(tmp_path: Path) -> None:
    project = make_project(tmp_path, sources=SOURCES, events=EVENTS)
    every = list(rows())[-2000:]
    for at in (2, 0, 1):
        export(project, f"{at}.csv", iter(every[at::3]), first=1000 * at)
        refreshed(project)
    before = [project.query(sql) for sql in TABLES]
    refreshed(project, full=True)
    assert [project.query(sql) for sql in TABLES] == before


def test_a_property_declared_later_is_looked_at_for_the_weeks_before(copied: TestProject) -> None:
    copied.define("events", EVENTS.replace("size: {type: integer}", "size: {type: integer}, colour: {required: true}"))
    refreshed(copied)
    assert found(looked(copied))["required:opened.colour"].figure == "2,320 of 2,320 (100 %)"


def test_what_was_said_survives_being_kept(planted: TestProject) -> None:
    report = looked(planted)
    again = kept_health(planted)
    assert [replace(one, example=None) for one in again.findings] == [replace(one, example=None) for one in report.findings]


ACCOUNTS = """
project:
  name: Test
  timezone: UTC
  small_sample: 10
  entities: {user: {column: uid}, account: {column: firm}}
"""
TIES = """
  ties: {kind: identities, files: exports/ties, columns: {anonymous: device, known: uid}}
  firms: {kind: units, entity: account, key: firm, files: exports/firms/*.csv}
"""
OF_ACCOUNTS = """
metrics:
  accounts: {description: Accounts that open., type: count_distinct, event: opened, entity: account}
"""


@pytest.fixture
def early(tmp_path: Path) -> TestProject:
    """A project of which only the events have come, without the accounts that a metric asks for."""
    events = "events:\n  opened: {description: O.}\n"
    project = make_project(tmp_path, project=ACCOUNTS, sources=SOURCE + TIES, events=events, metrics=OF_ACCOUNTS)
    sources = (
        (project.root / "metric_defs" / "sources.yml").read_text().replace("files: exports\n", "files: exports/app.csv\n")
    )
    project.define("sources", sources)
    lines = [f"{n},opened,u{n % 7},2026-05-{n:02d} 10:00,ask{n}@firm.example" for n in range(1, 29)]
    project.export("app.csv", "id,action,uid,at,note\n" + "\n".join(lines))
    for folder in ("ties", "firms"):
        (project.root / "exports" / folder).mkdir()
    return project


def test_sources_whose_folder_is_still_empty_hold_nothing_up(early: TestProject) -> None:
    report = refreshed(early)
    assert (report.snapshot, report.exit_code, report.absent) == (1, 0, ("firms", "ties"))
    assert report.summary.endswith("Source `firms` has no file yet. Source `ties` has no file yet.")
    assert refreshed(early).summary.startswith("Up to date: no file is new. Source `firms`")
    early.export("ties/1.csv", "device,uid\nphone,u1\n")
    assert refreshed(early).absent == ("firms",)
    (early.root / "exports" / "firms").rmdir()
    with pytest.raises(ExportError, match=r"Source `firms`: there is no file at `exports/firms/\*.csv`"):
        refreshed(early)


def test_a_metric_of_accounts_that_no_source_brings_has_a_reason_and_health_tells_it(early: TestProject) -> None:
    refreshed(early)
    session = open_session(early.root)
    figure = headlines(session, session.metric("accounts"))[-1]
    notes = receipt(session, figure).left_out
    session.warehouse.close()
    assert (figure.now.reason, figure.now.point) == ("no_data", None)
    assert "`opened` was never seen with any account." in notes
    told = found(looked(early))["without_id:account:opened"]
    assert (told.severity, told.metrics, told.features) == ("failing", ("accounts",), ())
    assert told.what.startswith("10 of 10 (100 %) of `opened` have no account (")


def test_values_left_out_as_personal_are_counted_and_declaring_them_ends_it(early: TestProject) -> None:
    refreshed(early)
    told = found(looked(early))["left_out:app.note"]
    assert (told.figure, told.severity, told.stub) == ("28 values", "warning", "note: {type: string, personal: drop}")
    early.define("more", "properties:\n  note: {type: string, personal: drop}\n")
    refreshed(early)
    assert "left_out:app.note" not in found(looked(early))
