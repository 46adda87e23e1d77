"""Questions from many threads, within the limits of the project, while snapshots come and go."""

import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from prodops_metrics.calendar import Window
from prodops_metrics.errors import DefinitionError, QueryError, UnwantedError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.metrics.question import Question, build
from prodops_metrics.reports.answers import wholes
from prodops_metrics.reports.session import Session, open_session, state_of
from prodops_metrics.warehouse.answers import KeptAnswers
from prodops_metrics.warehouse.connection import Warehouse, open_current
from prodops_metrics.warehouse.frames import few_rows, many_rows
from prodops_metrics.warehouse.patience import while_wanted
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent
from prodops_metrics.warehouse.statement import Statement
from tests.laws.test_forms import METRICS, asked, session, text
from tests.projects import LOADED_AT
from tests.warehouse.projects import TestProject, make_project

THREADS, READERS = 8, 3
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

    def answer(number: int) -> pl.DataFrame:
        frame = opened.warehouse.answer(build(questions[number], opened.catalog))
        counts = frame.select(pl.selectors.integer())  # sums of fractions differ by the order of adding
        assert {name.rstrip("12") for name in counts.columns} & {"clusters", "units"}  # of pairs, a number each
        return counts.sort(pl.all())

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
        while not done.wait(0.05):
            seen.update(opened.warehouse.table("SELECT count(*) AS n FROM events")["n"])

    assert at_once(work) == []
    assert seen == {2}
    assert open_session(tmp_path).warehouse.table("SELECT count(*) AS n FROM events")["n"].to_list() == [5]


@pytest.mark.usefixtures("nothing_kept")
def test_every_answer_is_that_of_its_snapshot_while_refreshes_publish(tmp_path: Path) -> None:
    """Eight threads open whatever is in force and ask thirty questions of it, before, while and after two more come."""
    first = session(tmp_path, 11, clustered=True)
    questions, published = drawn(first, 30), threading.Event()
    first.warehouse.close()
    seen: list[tuple[int, int, pl.DataFrame]] = []

    def counts(opened: Session, number: int) -> pl.DataFrame:
        frame = opened.warehouse.answer(build(questions[number], opened.catalog))
        return frame.select(pl.selectors.integer()).sort(pl.all())

    def publish() -> None:
        for number in range(2):
            rows = text(random.Random(number)).replace("\ne", f"\nlater{number}-")
            (tmp_path / f"events-{number}.csv").write_text(rows)
            refresh(load_catalog(tmp_path), progress=Silent(), now=LOADED_AT)
        published.set()

    def work(thread: int) -> None:
        if thread == 0:
            publish()
        last = False
        while not last:
            last = published.is_set()
            opened = open_session(tmp_path)
            snapshot, own = opened.warehouse.snapshot, range(thread, len(questions), THREADS)
            seen.extend((snapshot, number, counts(opened, number)) for number in own)
            opened.warehouse.close()
            published.wait(0.5)

    sources = tmp_path / "metric_defs" / "sources.yml"
    sources.write_text(sources.read_text().replace("events.csv", "events*.csv"))
    assert at_once(work) == []
    expected = {number: open_session(tmp_path, number) for number in {snapshot for snapshot, _, _ in seen}}
    right = {(number, one): counts(opened, one) for number, opened in expected.items() for one in range(len(questions))}
    assert all(found.equals(right[snapshot, number]) for snapshot, number, found in seen)
    first_, last_ = min(expected), max(expected)
    assert last_ == 3
    assert sum(not right[first_, one].equals(right[last_, one]) for one in range(len(questions))) > len(questions) / 2
    assert {number for snapshot, number, _ in seen if snapshot == last_} == set(range(len(questions)))


def _project(folder: Path, engine: str = "") -> TestProject:
    project = make_project(folder, project=f"project: {{name: T, timezone: UTC{engine}}}")
    project.export("a.csv", "id,action,uid,at\n1,opened,ann,2026-01-05\n2,opened,bob,2026-01-06\n")
    project.refresh()
    return project


def test_another_snapshot_of_a_number_is_seen_while_the_former_is_open(tmp_path: Path) -> None:
    project = _project(tmp_path)
    former, state = open_session(tmp_path), state_of(tmp_path)
    counted = "SELECT count(*) AS n FROM events"
    assert former.warehouse.table(counted)["n"].to_list() == [2]
    shutil.rmtree(tmp_path / "warehouse")
    project.export("b.csv", "id,action,uid,at\n3,opened,ann,2026-01-07\n")
    project.refresh()
    later = [open_session(tmp_path) for _ in range(2)]
    assert [one.warehouse.snapshot for one in (former, *later)] == [1, 1, 1]
    assert [one.warehouse.table(counted)["n"].to_list() for one in (*later, former)] == [[3], [3], [2]]
    assert state_of(tmp_path)[1] != state[1]
    assert later[0].version == later[1].version != former.version
    assert not list((tmp_path / "warehouse").glob("*.partial"))
    for one in (former, *later):
        one.warehouse.close()


def limits(warehouse: Warehouse) -> dict[str, str]:
    wanted = "name IN ('threads', 'memory_limit')"
    return dict(warehouse.table(f"SELECT name, value FROM duckdb_settings() WHERE {wanted}").iter_rows())


@pytest.mark.parametrize(
    "values",
    [
        "1 AS a, 2::BIGINT AS b, 0.1::DOUBLE AS c, 'x' AS d, DATE '2026-01-05' AS e, TRUE AS f, NULL AS g",
        "TIMESTAMP '2026-01-05 10:00:00.000001' AS a, [1.5::DOUBLE, NULL] AS b, [[1::BIGINT], []] AS c, 'nan'::DOUBLE AS d",
        "1::HUGEINT AS wide, 1.25::DECIMAL(9, 2) AS exact, {'a': 1} AS both",
        "1 AS a WHERE FALSE",
    ],
)
def test_few_rows_have_the_types_and_values_of_many(tmp_path: Path, values: str) -> None:
    _project(tmp_path)
    warehouse, statement = open_session(tmp_path).warehouse, Statement(f"SELECT {values}", {})
    few, many = warehouse.run(statement, fetch=few_rows), warehouse.run(statement, fetch=many_rows)
    assert few.schema == many.schema
    assert few.equals(many)
    warehouse.close()


def test_a_constant_with_decimals_does_not_run_a_question_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _project(tmp_path)
    warehouse = open_session(tmp_path).warehouse
    statement = Statement("SELECT range AS a, 1.0 AS b, nullif(12.34, 12.34) AS c FROM range(2)", {})
    expected = warehouse.run(statement, fetch=many_rows)
    monkeypatch.setattr("prodops_metrics.warehouse.frames.many_rows", lambda *_: pytest.fail("it ran twice"))
    found = warehouse.run(statement)
    assert found.schema == expected.schema
    assert found.equals(expected)
    warehouse.close()


def test_a_question_is_given_up_when_time_is_over(tmp_path: Path) -> None:
    _project(tmp_path)
    warehouse = open_session(tmp_path).warehouse
    with pytest.raises(QueryError, match=r"given up after 0\.2 seconds. Ask about fewer days"):
        warehouse.run(LONG, timeout=0.2)
    assert warehouse.run(Statement("SELECT 7 AS n", {}), timeout=5)["n"].to_list() == [7]


def test_a_question_is_given_up_when_nobody_waits_any_more(tmp_path: Path) -> None:
    _project(tmp_path)
    warehouse = open_session(tmp_path).warehouse
    looks: list[int] = []

    def there() -> bool:
        looks.append(1)
        return len(looks) < 3

    with pytest.raises(UnwantedError), while_wanted(there):
        warehouse.run(LONG)
    assert len(looks) == 3
    with while_wanted(lambda: True):
        assert warehouse.run(Statement("SELECT 7 AS n", {}))["n"].to_list() == [7]
        with pytest.raises(QueryError, match=r"after 0\.3 seconds"):
            warehouse.run(LONG, timeout=0.3)
    warehouse.close()


def test_what_was_given_up_is_neither_finished_outside_the_database_nor_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _project(tmp_path)
    warehouse, finished = open_session(tmp_path).warehouse, []

    def finish(rows: pl.DataFrame) -> pl.DataFrame:
        finished.append(rows.height)
        return rows.select(n=2 * pl.col("n"))

    query: Any = SimpleNamespace(from_days=None)  # what it would compile to is said instead
    monkeypatch.setattr(Warehouse, "statement", lambda *_: replace(LONG, finish=finish))
    with pytest.raises(UnwantedError), while_wanted(lambda: False):
        warehouse.answer(query)
    assert finished == []
    assert warehouse.kept_answers.get(warehouse.statement(query)) is None
    monkeypatch.setattr(Warehouse, "statement", lambda *_: Statement("SELECT 7 AS n", {}, finish))
    with while_wanted(lambda: True):
        assert [warehouse.answer(query)["n"].to_list() for _ in range(2)] == [[14], [14]]
    assert finished == [1], "the second time it was kept"
    warehouse.close()


def test_every_session_is_answered_from_its_own_snapshot_while_others_are_published(tmp_path: Path) -> None:
    """Snapshot n holds n + 1 openings; whoever opens one in the middle of a refresh sees all or nothing of it."""
    project = _project(tmp_path)
    project.define("metrics", "metrics: {openings: {type: count, event: opened, description: Openings}}")
    done = threading.Event()
    seen: set[tuple[int, float | None]] = set()

    def work(thread: int) -> None:
        if thread == 0:
            for number in range(2):
                project.export(f"more{number}.csv", f"id,action,uid,at\nn{number},opened,ann,2026-01-05T1{number}:00\n")
                project.refresh()
            done.set()
        while thread < READERS and not done.wait(0.05):
            opened = open_session(tmp_path)
            (row,) = wholes(opened, opened.metric("openings"), [Window(date(2026, 1, 5), date(2026, 1, 7))])
            seen.add((opened.warehouse.snapshot, row.numerator))
            opened.warehouse.close()

    assert at_once(work) == []
    assert all(openings == snapshot + 1 for snapshot, openings in seen), seen
    assert len(seen) > 1


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


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("threads: 0", 14, "`0` is not at or above 1"),
        ("threads: all", 14, "number"),
        ("thread: 2", 5, "Did you mean `threads`?"),
        ("memory: much", 13, "`much` is no amount of memory"),
        ("timeout: soon", 14, "`soon`"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_where_it_stands(tmp_path: Path, line: str, column: int, said: str) -> None:
    make_project(tmp_path, project=f"project:\n  name: T\n  timezone: UTC\n  engine:\n    {line}\n")
    with pytest.raises(DefinitionError) as refused:
        load_catalog(tmp_path)
    (fault,) = map(str, refused.value.faults)
    assert f"metric_defs/project.yml:5:{column}: " in fault
    assert said in fault
