"""The benchmarks measure what they say: a project without faults, of the size that was asked for."""

import shutil
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

import benchmarks.run
from benchmarks.definitions import large, rows
from benchmarks.generate import Size, generate
from benchmarks.ours import questions
from benchmarks.peers import analyst, polars_lazy
from benchmarks.peers.asking import plain
from benchmarks.results import beside, page
from benchmarks.run import Sitting, same
from prodops_metrics.definitions import advice
from prodops_metrics.metrics import inspect_project, load_catalog
from prodops_metrics.reports.session import open_session
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent


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
    engine.prepare(sitting.exports, sitting.folder, sitting.span)
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


def test_the_page_says_where_another_engine_is_faster_and_which_answers_differ() -> None:
    def row(peer: str, form: str, seconds: float, **more: object) -> dict[str, Any]:
        return {"question": "daily_users", "events": 1_000_000, "peer": peer, "form": form, "seconds": seconds, **more}

    rows = beside(
        [
            row("ours", "cold", 0.5),
            row("ours", "kept", 0.001),
            row("clickhouse", "natural", 5.0, equal=True),
            row("clickhouse", "roll-up", 0.25, equal=True),
            row("polars_lazy", "natural", 1.0, equal=False),
        ]
    )
    assert [one["ours"] for one in rows] == [0.5] * 5
    about = {"date": "2026-11-22", "machine": "a machine", "versions": {}, "rows": rows}
    text = page({"sittings": {"1000000": about}})
    assert "| daily users | 0.500 | 1.0 | 10 x |  | 2.0 x |  | 0.50 x (roll-up) |" in text
    assert "faster than we are in: daily users (roll-up: 0.250 s to our 0.500 s)." in text
    assert "3 answers were compared in full; not equal: daily_users (polars_lazy, natural)." in text
