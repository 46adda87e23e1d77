"""Questions from many threads, within the limits of the project, while snapshots come and go."""

import random
import threading
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from prodops_metrics.errors import DefinitionError, QueryError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.metrics.question import Question, build
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.warehouse.answers import KeptAnswers
from prodops_metrics.warehouse.connection import Warehouse, open_current
from prodops_metrics.warehouse.statement import Statement
from tests.laws.test_forms import METRICS, asked, session
from tests.warehouse.projects import TestProject, make_project

THREADS = 8
LONG = Statement("SELECT sum(a.range * b.range) AS n FROM range(1000000) AS a, range(1000000) AS b", {})


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeptAnswers, "get", lambda *_: None)


def at_once(work: Callable[[int], None]) -> list[BaseException]:
    """Works in as many threads, and says what went wrong in any."""
    wrong: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - a thread would keep it to itself
            wrong.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def drawn(opened: Session, count: int) -> list[Question]:
    draw = random.Random(5)
    every = [question for name in METRICS for question in asked(opened, name, draw)]
    return [draw.choice(every) for _ in range(count)]


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("count", [24, pytest.param(200, marks=pytest.mark.long)])
def test_threads_are_answered_as_one_would_be(tmp_path: Path, count: int) -> None:
    opened = session(tmp_path, 11, clustered=True)
    questions = drawn(opened, count)
    keys = [["pair_id"] if question.pairs else ["window_id"] for question in questions]

    def answer(number: int) -> pl.DataFrame:
        frame = opened.warehouse.answer(build(questions[number], opened.catalog))
        return frame.select(*keys[number], "units").sort(pl.all())  # sums of fractions differ by the order of adding

    alone = [answer(number) for number in range(count)]
    together: dict[int, pl.DataFrame] = {}

    def work(thread: int) -> None:
        together.update({number: answer(number) for number in range(thread, count, THREADS)})

    assert at_once(work) == []
    assert all(together[number].equals(alone[number]) for number in range(count))


@pytest.mark.usefixtures("nothing_kept")
def test_a_refresh_in_between_changes_no_answer_of_an_open_session(tmp_path: Path) -> None:
    project = _project(tmp_path)
    opened = open_session(tmp_path)
    done = threading.Event()
    seen: set[int] = set()

    def work(thread: int) -> None:
        if thread == 0:
            for number in range(3):
                project.export(f"more{number}.csv", f"id,action,uid,at\nn{number},opened,ann,2026-01-07\n")
                project.refresh()
            done.set()
        while not done.is_set():
            seen.update(opened.warehouse.table("SELECT count(*) AS n FROM events")["n"])

    assert at_once(work) == []
    assert seen == {2}
    assert open_session(tmp_path).warehouse.table("SELECT count(*) AS n FROM events")["n"].to_list() == [5]


def _project(folder: Path, engine: str = "") -> TestProject:
    project = make_project(folder, project=f"project: {{name: T, timezone: UTC{engine}}}")
    project.export("a.csv", "id,action,uid,at\n1,opened,ann,2026-01-05\n2,opened,bob,2026-01-06\n")
    project.refresh()
    return project


def limits(warehouse: Warehouse) -> dict[str, str]:
    wanted = "name IN ('threads', 'memory_limit')"
    return dict(warehouse.table(f"SELECT name, value FROM duckdb_settings() WHERE {wanted}").iter_rows())


def test_a_question_is_given_up_when_time_is_over(tmp_path: Path) -> None:
    _project(tmp_path)
    warehouse = open_session(tmp_path).warehouse
    with pytest.raises(QueryError, match=r"given up after 0\.2 seconds. Ask about fewer days"):
        warehouse.run(LONG, timeout=0.2)
    assert warehouse.run(Statement("SELECT 7 AS n", {}), timeout=5)["n"].to_list() == [7]


def test_the_project_says_how_long_a_question_may_take(tmp_path: Path) -> None:
    _project(tmp_path, ", engine: {timeout: 1 minute}")
    warehouse = open_session(tmp_path).warehouse
    assert warehouse.catalog.project.engine.seconds == 60


def test_the_project_limits_the_engine(tmp_path: Path) -> None:
    _project(tmp_path, ", engine: {threads: 1, memory: 800 MB}")
    assert limits(open_session(tmp_path).warehouse) == {"threads": "1", "memory_limit": "762.9 MiB"}


def test_other_limits_wait_for_whoever_is_still_asking(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    project = _project(tmp_path, ", engine: {threads: 1}")
    first = open_current(load_catalog(tmp_path))
    project.define("project", "project: {name: T, timezone: UTC, engine: {threads: 3}}")
    second = open_current(load_catalog(tmp_path))
    assert limits(second)["threads"] == "1"
    assert "limits of the engine change when" in caplog.text
    first.close()
    second.close()
    third = open_current(load_catalog(tmp_path))
    third.kept_answers.close()
    assert third.run(Statement("SELECT current_setting('threads') AS n", {}))["n"].to_list() == [3]


@pytest.mark.parametrize("memory", ["much", "4", "10 MB", "-1 GB"])
def test_memory_is_an_amount(tmp_path: Path, memory: str) -> None:
    make_project(tmp_path, project=f"project: {{name: T, timezone: UTC, engine: {{memory: '{memory}'}}}}")
    with pytest.raises(DefinitionError, match="is no amount of memory"):
        load_catalog(tmp_path)
