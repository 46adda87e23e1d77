"""The benchmarks measure what they say: a project without faults, of the size that was asked for."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, TypeVar

import polars as pl
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import NewSession

import benchmarks.run
from benchmarks import visits
from benchmarks.comparing import same
from benchmarks.definitions import large, rows
from benchmarks.generate import Size, generate
from benchmarks.ours import questions
from benchmarks.page import page
from benchmarks.peers import analyst, polars_lazy
from benchmarks.peers.asking import plain
from benchmarks.results import amend, beside
from benchmarks.running import run
from benchmarks.sitting import Sitting
from benchmarks.visits import LOOKED, Runs, Seen, View, overlap, routes, spread, views_of
from prodops_metrics.definitions import advice
from prodops_metrics.metrics import inspect_project, load_catalog
from prodops_metrics.reports.session import open_session
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent

Told = TypeVar("Told")


def test_the_large_project_has_as_many_metrics_and_events_as_asked_for() -> None:
    found = inspect_project(Path(), large(metrics=70, events=180))
    assert found.catalog is not None, found.faults
    assert len([name for name in found.catalog.metrics if "." not in name]) == 70
    assert len(found.catalog.events) == 180
    assert {fault.code for fault in advice(found)} <= {"W503"}


def test_the_benchmark_reads_it_with_and_without_faults() -> None:
    names, times, limits = zip(*rows(metrics=70, events=180, runs=1), strict=True)
    assert len(set(names)) == 4
    assert min(times) > 0
    assert limits == (1.5, 1.5, None, None)


EVENTS = 300_000


@pytest.fixture(scope="module")
def sitting(tmp_path_factory: pytest.TempPathFactory) -> Sitting:
    """A small product, generated and refreshed as the benchmark does it."""
    folder = tmp_path_factory.mktemp("large")
    made = Sitting(Size(EVENTS), folder, Path(), runs=1, questions="")
    shutil.copytree(Path(benchmarks.run.__file__).with_name("project"), made.project)
    generate(made.exports, made.size)
    refresh(load_catalog(made.project), progress=Silent())
    return made


def test_the_same_seed_writes_the_same_events_in_every_format(tmp_path: Path) -> None:
    size = Size(3_000, days=30)
    written = [generate(tmp_path / kind, size, kind)[0] for kind in ("parquet", "csv", "jsonl")]
    rows = [pl.read_parquet(written[0]), pl.read_csv(written[1]), pl.read_ndjson(written[2])]
    assert [frame.height for frame in rows] == [3_000] * 3
    assert len({tuple(sorted(frame["event_id"])) for frame in rows}) == 1
    assert rows[0]["time"].min() >= datetime(2026, 1, 5)  # type: ignore[operator]
    assert rows[0]["time"].max() < datetime(2026, 2, 4)  # type: ignore[operator]


def test_units_and_events_follow_a_power_law(sitting: Sitting) -> None:
    rows = pl.read_parquet(sitting.exports / "*.parquet")
    of_users = rows["user_id"].value_counts(sort=True)["count"]
    assert rows["event"].n_unique() == 50
    assert of_users[: len(of_users) // 10].sum() > 0.3 * EVENTS


@pytest.mark.parametrize("peer", [analyst, polars_lazy])
def test_our_answers_are_those_of_other_engines(sitting: Sitting, peer: ModuleType) -> None:
    engine = peer.Engine()
    engine.open(sitting.exports, sitting.folder, sitting.span)
    asked = engine.forms()
    session, compared = open_session(sitting.project), 0
    for question in questions(sitting.span):
        ours = [tuple(map(plain, row)) for row in question.answer(session)]
        for form, ask in asked.get(question.id, {}).items():
            theirs = [tuple(map(plain, row)) for row in ask()]
            assert same(ours, theirs), (question.id, form)
            compared += 1
    assert compared >= 13


def test_an_answer_that_differs_in_one_number_is_not_the_same() -> None:
    ours = [("2026-01-05", 3), ("2026-01-06", 0)]
    assert same(ours, [("2026-01-05", 3), ("2026-01-07", 1)])
    assert not same(ours, [("2026-01-05", 4)])
    assert not same(ours, [])
    assert not same([], ours)
    assert same([("w", 1, 2)], [("w", 1, 2)])
    assert not same([("w", 1, 2)], [("w", 9, 2)])


def _row(peer: str, form: str, seconds: float | None, question: str = "daily_users", **more: object) -> dict[str, Any]:
    return {"question": question, "events": 1_000_000, "peer": peer, "form": form, "seconds": seconds, **more}


def _page(*rows: dict[str, Any], finished: bool = True) -> str:
    about = {"date": "2026-11-22", "machine": "a machine", "versions": {}, "load": [0.1, 0.2], "finished": finished}
    return page({"sittings": {"1000000": about}, "rows": beside(rows)})


OURS = (
    _row("ours", "cold", 0.7, words="daily users", cpu=0.5),
    _row("ours", "open", 0.5, words="daily users", cpu=0.5),
    _row("ours", "kept", 0.001),
)


def test_the_page_says_who_is_fastest_and_what_there_is_no_number_for() -> None:
    text = _page(
        *OURS,
        _row("clickhouse", "natural", 5.0, equal=True, cpu=10.0),
        _row("clickhouse", "bitmaps", 0.25, equal=True),
        _row("clickhouse", "roll-up", 0.1, equal=False),
        _row("analyst", "natural", None, fault="stopped after 300 s"),
        _row("polars_lazy", "natural", 1.0, equal=False),
        _row("metricflow", "natural", None, cannot="no such metric"),
    )
    cells = ["daily users", "0.500", "0.700", "1.0", "ClickHouse, bitmaps", "10 x (5.000 s)", "stopped after 300 s"]
    cells += ["another answer (1.000 s)", "cannot express", "0.50 x (0.250 s), bitmaps"]
    assert f"| {' | '.join(cells)} |" in text
    assert "faster than we are in: daily users (bitmaps: 0.250 s to our 0.500 s)." in text
    assert "takes 10 x as long as ours in its natural form (7.1 x as long as our new session, 20 x by" in text
    assert ", 0.50 x in the fastest we found (medians of 1 questions)." in text
    assert "bitmaps of users, made before, takes 0.50 x as long as ours (median of 1), over its events 10 x." in text
    assert "3 answers" not in text
    assert (
        "4 answers were compared in full; not equal: daily_users (ClickHouse, roll-up), daily_users (polars, natural)."
        in text
    )
    assert "- analyst, daily_users natural: stopped after 300 s" in text


def test_the_page_says_which_targets_are_met_and_by_how_much_others_are_missed() -> None:
    built = {"rate": 300_000.0, "megabytes": 2048, "bare": 10.0, "file_megabytes": 100, "reports": 1.0}
    text = _page(
        *OURS,
        _row("clickhouse", "natural", 5.0, equal=True),
        _row("clickhouse", "gaps", 0.4, equal=True),
        _row("analyst", "natural", 5.0, equal=True),
        _row("ours", "Parquet", 25.0, "build", **built),
        _row("ours", "5,555 events", 2.5, "one more day", megabytes=100, full=25.0, reports=1.5),
        finished=False,
    )
    assert "| slower in 1 of 1, at worst 1.2 times (daily users) | no, missed 1.2 times over |" in text
    assert "| ClickHouse in its natural form takes at least 5 times as long (median) | 10.0 times | yes |" in text
    assert (
        "| analyst's SQL in its natural form takes at least 20 times as long (median) | 10.0 times | no, missed 2.0" in text
    )
    assert "| build from Parquet: 600,000 events/s | 300,000 events/s | no, missed 2.0 times over |" in text
    assert "| build from Parquet: 3 times a bare CREATE TABLE AS | 2.5 times | yes |" in text
    assert "Not built at this size from CSV and JSON lines." in text
    assert "| one more day: 5 % of a full build | 10.0 % | no, missed 2.0 times over |" in text
    assert "stopped before its end" in text


PAGE = (
    _row("ours", "floor", 0.1, "page: change of window", queries=0.0),
    _row("ours", "warm", 0.4, "page: change of window", queries=0.05),
    _row("ours", "cold", 2.5, "page: change of window", queries=1.5),
    _row("ours", "at once", 30.0, "page: 8 visitors", visitors=8, views=96, different=6, unlike=[], wrong=[])
    | {"each": [1.24, 7.0], "alone": []},
    _row("ours", "", None, "page: memory of the server", views=500, held=[400, 410, 408], megabytes=410, wrong=["an error"]),
)


def test_the_page_in_a_browser_is_split_into_streamlit_queries_and_drawing() -> None:
    text = _page(*OURS, *PAGE)
    assert "### The page" in text
    assert "| change of window | 0.10 | 0.40 | 0.05 | 0.25 | 2.50 | 1.50 | 0.90 |" in text
    assert "looked at 96 pages in 30 s, of 6 views (a page took 1.2 s in the middle, 7.0 s at most). Told" in text
    assert "by a server that counted everything anew: none. Errors: none." in text
    assert "400 MB after the first tenth, 410 MB after the second, 408 MB at the end (+2 %), 410 MB at most. Errors:" in text
    assert "### The page" not in _page(*OURS)


def test_a_visitor_who_is_told_otherwise_and_an_error_are_said() -> None:
    wrong = PAGE[3] | {"unlike": ["/feature?feature=search"], "wrong": ["an error"]}
    text = _page(*OURS, *PAGE[:3], wrong)
    assert "counted everything anew: /feature?feature=search. Errors: an error." in text


def test_the_page_takes_the_place_of_its_former_rows_in_a_recorded_sitting(tmp_path: Path) -> None:
    made = Sitting(Size(1_000_000), tmp_path, Path(), runs=1, questions="", shown_in=tmp_path)
    made.add("daily_users", "cold", 1.0, words="daily users")
    for seconds in (3.0, 2.5):
        amend(tmp_path, 1_000_000, "page", [row | {"seconds": seconds} if row["form"] == "cold" else row for row in PAGE])
    rows = json.loads((tmp_path / "results.json").read_text())["rows"]
    assert [(row["question"], row["form"], row["seconds"]) for row in rows if row["form"] == "cold"] == [
        ("daily_users", "cold", 1.0),
        ("page: change of window", "cold", 2.5),
    ]
    assert len(rows) == 1 + len(PAGE)
    assert "| change of window | 0.10 | 0.40 |" in (tmp_path / "RESULTS.md").read_text()


def test_what_two_questions_take_at_once_counts_once() -> None:
    asked = [(1.0, 2.0), (1.5, 3.0), (4.0, 5.0), (0.0, 0.5), (4.2, 4.4)]
    assert overlap(asked, 0.75, 4.5) == 2.5
    assert overlap([], 0.0, 1.0) == 0.0


def test_visitors_go_their_own_ways_the_same_in_every_run() -> None:
    views = views_of(["search"])
    first = routes(views, 3, 20)
    assert first == routes(views, 3, 20)
    assert len({tuple(route) for route in [*first, *routes(views, 2, 20, first=3)]}) == 5
    assert all(before != after for route in first for before, after in pairwise(route))
    assert {view for route in first for view in route} == set(views)


def test_what_only_one_of_many_was_told_is_found() -> None:
    view, other = views_of(["search"])[:2]
    alone = Seen({view: {"5 users"}, other: {"7 users"}})
    assert Seen({view: {"5 users"}, other: {"7 users"}}).unlike(alone) == []
    assert Seen({view: {"5 users"}, other: {"7 users", "5 users"}}).unlike(alone) == [other.path]
    assert Seen({view: {"5 users"}}).unlike(Seen()) == [view.path]
    assert spread([3.0, 1.0, 2.0]) == [2.0, 3.0]
    assert spread([]) == []


def apart(waiting: Coroutine[Any, Any, Told]) -> Told:
    """In a thread of its own: where a browser is open for other tests, this one has a loop that runs."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, waiting).result()


def test_a_visitor_waits_for_the_end_of_a_run_that_began_after_the_click() -> None:
    runs, ended = Runs(), ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY
    began, finished = ForwardMsg(new_session=NewSession(name="page")), ForwardMsg(script_finished=ended)

    async def clicked() -> list[bool]:
        waiting = asyncio.ensure_future(runs.past(1))
        told = []
        for message in (finished, began, ForwardMsg(), finished):
            runs.heard(message.SerializeToString())
            await asyncio.sleep(3 * LOOKED)
            told.append(waiting.done())
        return told

    runs.heard(began.SerializeToString())
    runs.heard("words")
    assert (runs.begun, runs.running) == (1, True)
    assert apart(clicked()) == [False, False, False, True]


def test_visitors_who_wait_in_vain_go_home_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(one: object, address: str, before: View | None, after: View) -> None:
        if after.weeks == "4":
            raise TimeoutError
        await asyncio.sleep(60)

    @asynccontextmanager
    async def nobody(browser: object) -> AsyncIterator[Any]:
        yield SimpleNamespace(wrong=[])

    monkeypatch.setattr(visits, "_switched", slow)
    monkeypatch.setattr(visits, "visitor", nobody)
    monkeypatch.setattr(visits, "LONGEST", 0.05)
    tours = [[View("search", weeks, "user")] * 2 for weeks in ("4", "26")]
    seen = apart(visits.at_once(None, "", tours, str))  # type: ignore[arg-type]
    path = "/feature?feature=search&weeks=4&entity=user"
    assert seen.wrong == [f"{path} was waited for in vain", "stopped after 0 s and 0 of 4 page views"]


def test_results_are_kept_as_they_come_and_a_sitting_takes_the_place_of_the_former(tmp_path: Path) -> None:
    for seconds in (1.0, 0.5):
        made = Sitting(Size(1_000_000), tmp_path, Path(), runs=1, questions="", shown_in=tmp_path)
        made.add("daily_users", "cold", seconds, words="daily users")
        made.add("daily_users", "natural", 2.0, peer="analyst", equal=True)
    book = json.loads((tmp_path / "results.json").read_text())
    assert [(row["seconds"], row["ours"], row["equal"]) for row in book["rows"]] == [(0.5, 0.5, None), (2.0, 0.5, True)]
    assert book["sittings"]["1000000"]["finished"] is False
    made.show()
    assert "4.0 x (2.000 s)" in (tmp_path / "RESULTS.md").read_text()
    assert all((tmp_path / f"{name}.svg").stat().st_size > 1000 for name in ("growth", "window", "memory"))


SLOW_AT_ONE = """
import json, sys, time
done = json.loads(sys.argv[sys.argv.index("--done") + 1])
for name in ("first", "second", "third"):
    if [name, "natural"] not in done:
        print(json.dumps({"asking": [name, "natural"]}), flush=True)
        time.sleep(60 if name == "second" else 0)
        print(json.dumps({"question": name, "form": "natural", "seconds": 0.1, "rows": []}), flush=True)
"""


def test_a_form_that_takes_too_long_is_stopped_and_the_others_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_at_one.py").write_text(SLOW_AT_ONE)
    monkeypatch.setattr("benchmarks.sitting.LONGEST", 0.5)
    heard: list[dict[str, Any]] = []
    made = Sitting(Size(1_000), tmp_path, Path(), runs=1, questions="")
    found = made.forms("a peer", Path(sys.executable), ["slow_at_one"], heard.append)
    assert [(said["question"], said.get("fault")) for said in heard] == [
        ("first", None),
        ("second", "stopped after 0.5 s"),
        ("third", None),
    ]
    assert not found.fault
    assert found.seconds < 30


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    code = "import sys; print('so far'); sys.exit('the disk is full')"
    found = run([sys.executable, "-c", code], os.environ, tmp_path)
    assert found.fault == "ended with 1: the disk is full"
