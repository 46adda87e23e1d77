"""Real logs through the public commands: every number that the logs' own README gives is reproduced.

The projects here hold definitions and sources only; the logs lie beside the repository in ``shared/datasets``.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
WHOLE_COURSE = ("--from", "2019-09-09", "--to", "2019-10-27")


def prodops(project: Path, *words: str) -> Any:  # noqa: ANN401
    """What the command prints with ``--json``."""
    start = [sys.executable, "-c", "from prodops_metrics.cli import main; main()", "--project", str(project)]
    done = subprocess.run([*start, *words, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def copied(name: str, shared: Path, folder: Path, **changes: str) -> Path:
    """The project in a folder of its own, so that its warehouse leaves the repository alone."""
    shutil.copytree(HERE / name / "metric_defs", folder / "metric_defs")
    sources = folder / "metric_defs" / "sources.yml"
    text = sources.read_text().replace("../../../../shared", str(shared))
    for old, new in changes.items():
        text = text.replace(f"{old}: keep", f"{old}: {new}")
    sources.write_text(text)
    return folder


def refreshed(name: str, shared: Path, folder: Path, rows: int) -> Path:
    """The project after its first refresh, which loads every row of the log."""
    project = copied(name, shared, folder)
    totals = prodops(project, "refresh")["totals"]
    assert totals["rows_read"] == totals["loaded"] == rows
    return project


@pytest.fixture(scope="module")
def course(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return refreshed("la_course", shared, tmp_path_factory.mktemp("course"), 95_626)


@pytest.fixture(scope="module")
def shop(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return refreshed("online_retail", shared, tmp_path_factory.mktemp("shop"), 541_909)


def now(answer: dict[str, Any]) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [row for row in answer["headline"] if row["window"] == "now"]
    return rows[-1]


@pytest.mark.parametrize(
    ("metric", "percent"),
    [
        ("quiz_ever", 86.2),
        ("choice_ever", 67.7),
        ("wiki_ever", 64.6),
        ("zoom_ever", 45.4),
        ("file_submissions_ever", 97.7),
        ("submission_comments_ever", 6.2),
    ],
)
def test_share_of_the_course_that_ever_used_a_component(course: Path, metric: str, percent: float) -> None:
    found = now(prodops(course, "query", metric))
    assert found["denominator"] == 130
    assert round(100 * found["point"], 1) == percent


def test_everything_in_the_course_is_counted(course: Path) -> None:
    assert prodops(course, "query", "events", *WHOLE_COURSE, "--whole")["frame"][0]["point"] == 95_626


def test_weekly_and_daily_active_users_of_the_course(course: Path) -> None:
    weekly = prodops(course, "query", "weekly_active_users", *WHOLE_COURSE)["frame"]
    assert [row["point"] for row in weekly] == [123, 117, 126, 130, 130, 127, 124]
    assert (weekly[0]["bucket"], all(row["complete"] for row in weekly)) == ("2019-09-09", True)
    daily = [row["point"] for row in prodops(course, "query", "daily_active_users", *WHOLE_COURSE)["frame"]]
    assert len(daily) == 49
    assert round(sum(daily) / 49, 1) == 73.4


@pytest.mark.parametrize(
    ("metric", "users"),
    [
        ("submission_steps", [126, 121, 116]),
        ("submission_steps_in_a_week", [126, 116, 97]),
        ("quiz_steps", [112, 45, 35, 33]),
    ],
)
def test_users_by_step(course: Path, metric: str, users: list[int]) -> None:
    frame = prodops(course, "query", metric, *WHOLE_COURSE, "--whole")["frame"]
    assert [row["numerator"] for row in frame] == users


@pytest.mark.parametrize("feature", ["quiz", "wiki", "file_submission"])
def test_a_report_on_every_feature_of_the_course(course: Path, feature: str) -> None:
    report = prodops(course, "report", feature)
    adoption = report["cards"]["adoption"]
    assert adoption["point"] == now(prodops(course, "query", f"{feature}.adoption"))["point"]
    assert "28 days later" in adoption["change"]["reason"]


def cohort(answer: dict[str, Any], start: str) -> list[dict[str, Any]]:
    return [row for row in answer["frame"] if row["cohort"] == start]


def test_monthly_cohorts_of_customers(shop: Path) -> None:
    answer = prodops(shop, "query", "customer_retention", "--from", "2010-12-01", "--to", "2011-01-31")
    december = cohort(answer, "2010-12-01")
    complete = [row["numerator"] for row in december if row["complete"]]
    assert complete == [948, 362, 317, 367, 341, 376, 360, 336, 336, 374, 354, 474]
    assert {row["denominator"] for row in december} == {948}
    assert [row["numerator"] for row in cohort(answer, "2011-01-01")][:4] == [421, 101, 119, 102]
    assert [row["age"] for row in december if not row["complete"]] == [12], "December 2011 is not over"


def test_cohorts_without_cancellations(shop: Path) -> None:
    answer = prodops(shop, "query", "ordering_retention", "--from", "2010-12-01", "--to", "2010-12-31")
    assert [row["numerator"] for row in answer["frame"]][:2] == [885, 324]


def test_lines_without_a_customer_and_cancellations_are_counted(shop: Path) -> None:
    lines = prodops(shop, "query", "lines", "--whole")
    assert lines["frame"][0]["point"] == lines["range"]["events"] == 541_909
    assert lines["range"]["without_id"] == 135_080
    assert prodops(shop, "query", "cancelled_lines", "--whole")["frame"][0]["point"] == 9_288
    assert prodops(shop, "query", "customers", "--whole")["frame"][0]["point"] == 4_372


def test_equal_lines_are_duplicates_where_the_source_says_so(shared: Path, tmp_path: Path) -> None:
    report = prodops(copied("online_retail", shared, tmp_path, duplicates="row_once"), "refresh")
    assert report["totals"]["duplicates"] == 5_268
    assert report["totals"]["loaded"] == 541_909 - 5_268
