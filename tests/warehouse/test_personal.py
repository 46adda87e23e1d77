"""Personal data: what is left out, what is hashed, what nobody thought of, and what quarantine keeps."""

import hashlib
import json
from pathlib import Path

import pytest

from prodops_metrics.warehouse.personal import FILE, VARIABLE, looks_personal
from tests.warehouse.projects import TestProject, make_project

SOURCES = """
sources:
  app:
    kind: events
    files: exports/app*
    columns: {event: action, user: uid, time: at, id: id}
    time: {timezone: UTC}
  people:
    kind: units
    entity: user
    key: uid
    files: exports/people.csv
    properties: {name: {type: string, personal: hash}, street: {type: string, personal: drop}, plan: string}
"""
EVENTS = """
events:
  opened:
    description: Opened.
    properties:
      query: {type: string, personal: drop}
      visitor: {type: string, personal: hash}
      contact: {type: string, description: Kept on purpose}
"""
HEADER = "id,action,uid,at,query,visitor,contact,user_email,note\n"
APP = (
    "1,opened,u1,2026-05-01T08:00,my illness,Ann,ann@a.example,ann@a.example,fine\n"
    "2,opened,u2,2026-05-01T09:00,,Ann,,,write to bob@b.example please\n"
    "3,opened,u3,2026-05-01T10:00,,Bob,,,+49 170 1234567\n"
)
BAD = "4,opened,u4,yesterday,my secret,Zoe,,z@z.example,call z@z.example\n5,opened,u5\n"
PEOPLE = "uid,name,street,plan,phone\nu1,Ann Lee,Long Lane 1,pro,+49 170 1234567\nu2,,,free,\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestProject:
    monkeypatch.delenv(VARIABLE, raising=False)
    made = make_project(tmp_path, sources=SOURCES, events=EVENTS)
    made.export("app.csv", HEADER + APP)
    made.export("people.csv", PEOPLE)
    return made


def bytes_of(project: TestProject) -> bytes:
    return project.snapshot.read_bytes()


def test_what_is_dropped_or_hashed_is_nowhere_in_the_snapshot(project: TestProject) -> None:
    project.export("app.csv", HEADER + APP + BAD)
    project.refresh()
    held = bytes_of(project)
    for text in (b"my illness", b"my secret", b"Long Lane", b"Ann Lee", b"bob@b.example", b"z@z.example", b"170 1234567"):
        assert text not in held, text
    assert b"ann@a.example" in held  # of `contact`, which somebody declared


def test_equal_values_have_equal_hashes_by_the_secret_and_others_do_not(project: TestProject) -> None:
    project.refresh()
    first, second, third = project.column("SELECT visitor FROM events ORDER BY ts")
    assert first == second != third
    secret = (project.root / "warehouse" / FILE).read_text().strip()
    inner = hashlib.sha256(f"{secret}Ann".encode()).hexdigest()
    assert first == hashlib.sha256(f"{secret}{inner}".encode()).hexdigest()[:32]
    assert (project.root / "warehouse" / FILE).stat().st_mode & 0o777 == 0o600
    assert secret.encode() not in bytes_of(project)
    names = project.column("SELECT name FROM user_attributes JOIN user_units USING (key) ORDER BY id")
    assert (len(names[0]), names[1]) == (32, None)


def test_what_looks_personal_and_nobody_declared_is_left_out_and_counted(project: TestProject) -> None:
    report = project.refresh()
    assert [(each.source, each.column, each.values) for each in report.left_out] == [
        ("app", "note", 2),
        ("app", "user_email", 1),
        ("people", "phone", 1),
    ]
    assert project.column("SELECT extra FROM events ORDER BY ts") == [
        '{"id":"1","note":"fine"}',
        '{"id":"2","note":"[removed]"}',
        '{"id":"3","note":"[removed]"}',
    ]
    assert "2 values of `note` (app) left out as personal; declare the property to keep them." in report.summary


def test_declaring_it_brings_it_back(project: TestProject) -> None:
    project.refresh()
    project.define("events", EVENTS + "      note: string\n      user_email: string\n")
    report = project.refresh()
    assert "property `note` is declared, and values of it had been left out as personal" in report.rebuilt
    assert project.query("SELECT note, user_email FROM events ORDER BY ts LIMIT 1") == [("fine", "ann@a.example")]


def test_rows_set_aside_are_kept_without_it(project: TestProject) -> None:
    project.export("app.csv", HEADER + APP + BAD)
    project.refresh()
    assert project.query("SELECT line, raw FROM quarantine ORDER BY line") == [
        (5, "4,opened,u4,yesterday,[removed],[removed],,[removed],call [removed]"),
        (6, "x,xxxxxx,xx"),
    ]


def test_lines_of_json_are_treated_alike(project: TestProject) -> None:
    project.export("app.csv", HEADER)
    rows = [
        {
            "id": "1",
            "action": "opened",
            "uid": "u1",
            "at": "2026-05-01T08:00",
            "query": "ill",
            "traits": {"mail": "a@b.example"},
        },
        {"id": "2", "action": "opened", "uid": "u2", "at": "2026-05-01T09:00", "visitor": "Ann", "contact": "c@d.example"},
        {"id": "3", "action": "opened", "uid": "u2", "at": "soon", "query": "ill", "note": "x@y.example"},
    ]
    project.export("app.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    project.refresh()
    found = project.query("SELECT query, length(visitor), contact, extra FROM events ORDER BY ts")
    assert found == [(None, None, None, '{"id":"1","traits":{"mail":"[removed]"}}'), (None, 32, "c@d.example", '{"id":"2"}')]
    kept = json.loads(project.column("SELECT raw FROM quarantine")[0])
    assert (kept["query"], kept["note"], kept["uid"]) == ("[removed]", "[removed]", "u2")


def test_another_secret_reads_everything_again(project: TestProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.refresh()
    before = project.column("SELECT visitor FROM events ORDER BY ts")
    monkeypatch.setenv(VARIABLE, "a secret of the environment")
    report = project.refresh()
    assert report.rebuilt == ("the secret by which personal data is hashed changed",)
    assert before != project.column("SELECT visitor FROM events ORDER BY ts")


def test_a_project_without_hashes_has_no_secret(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.export("app.csv", "id,action,uid,at\n1,opened,u1,2026-05-01T08:00\n")
    project.refresh()
    assert not (project.root / "warehouse" / FILE).exists()


@pytest.mark.parametrize(
    "name", ["email", "userEmail", "$email", "e-mail", "phone", "phone_number", "mobileNumber", "context.email"]
)
def test_names_of_addresses_and_numbers(name: str) -> None:
    assert looks_personal(name)


@pytest.mark.parametrize("name", ["email_opened", "mobile", "microphone_on", "phones", "mailbox", "telephony", "gmail"])
def test_names_that_only_resemble_them(name: str) -> None:
    assert not looks_personal(name)
