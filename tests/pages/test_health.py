"""Data health without a browser: every finding with what it touches, and books that add up."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from prodops_metrics.reports.health import HealthReport, Past, health
from prodops_metrics.reports.health_books import books, history_frame, looked_frame
from prodops_metrics.reports.session import Session
from tests.pages.test_catalogue import drawn, links, texts
from tests.projects import opened, write_project

WELL = """\
events: {opened: {description: It was opened}}
features: {opening: {name: Opening, used: opened}}
"""


def page(project: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return drawn("health.page", project, monkeypatch)


@pytest.fixture(scope="module")
def report(sample: Session) -> HealthReport:
    return health(sample)


def test_every_finding_stands_with_what_it_touches(
    report: HealthReport, sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = page(sample_project, monkeypatch)
    assert not test.exception
    said = texts(test)
    assert f"**{report.sentence}**" in said
    assert report.findings, "the sample has flaws"
    for one in report.findings:
        assert one.what in said
        assert one.hint in said
        assert all(f"feature={feature}" in links(test) for feature in one.features)
    assert f"{sum(each.rows for each in report.quarantine)}" == f"{sample.warehouse.quarantine().height}"
    assert all(f"with {each.words}" in said and each.example in said for each in report.quarantine)


def test_the_books_of_every_source_add_up(
    report: HealthReport, sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = texts(page(sample_project, monkeypatch))
    found = books(report)
    assert {one.source for one in found} == set(sample.catalog.exports)
    for one in found:
        assert one.balanced
        assert f"`{one.source}` {one.rows_read:,} rows read = {one.loaded:,} loaded" in said
    assert sum(one.loaded for one in found) == int(sample.warehouse.table("SELECT sum(loaded) AS n FROM loads")["n"][0])
    assert "Does not add up" not in said


def test_nothing_wrong_says_what_was_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"u{at},opened,2024-01-{at % 28 + 1:02} 09:00\n" for at in range(60))
    project = write_project(tmp_path, WELL, f"user,event,time\n{rows}")
    found = health(opened(project))
    test = page(project, monkeypatch)
    assert not test.exception
    assert not found.findings, [one.what for one in found.findings]
    assert [each.value for each in test.success] == [found.sentence]
    assert found.sentence.startswith("Nothing is wrong: ")
    assert test.expander[0].proto.expanded, "what was checked is open"
    assert looked_frame(found).height == len(found.looked)
    assert "No row is set aside." in texts(test)


def test_a_snapshot_without_records_of_its_health_says_what_to_do(
    sample_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    shutil.rmtree(project / "warehouse")
    test = page(project, monkeypatch)
    assert "prodops refresh" in texts(test)


def test_history_has_a_row_per_snapshot_the_newest_first(report: HealthReport) -> None:
    past = (
        Past(1, date(2024, 1, 1), 1, 0, ("late:a",), ()),
        Past(2, date(2024, 1, 2), 0, 2, ("late:b", "quarantine:c", "late:d"), ("late:a",)),
    )
    assert history_frame(replace(report, history=past)).rows() == [
        ("2", "2024-01-02", "0", "2", "3: Late events (b), Rows in quarantine (c) …", "1: Late events (a)"),
        ("1", "2024-01-01", "1", "0", "1: Late events (a)", "none"),
    ]
