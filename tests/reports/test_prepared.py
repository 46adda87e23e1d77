"""After a refresh the standard reports ask the engine nothing more, in whatever process."""

from pathlib import Path

import polars as pl
import pytest

from prodops_metrics.reports import refreshed
from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.overview import overview
from prodops_metrics.reports.plain import overview_values, report_values
from prodops_metrics.reports.prepared import prepare
from prodops_metrics.reports.refreshed import keep
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.reports.settled import STANDARD
from prodops_metrics.warehouse.answers import forget_answers
from prodops_metrics.warehouse.connection import Fetch, Warehouse
from prodops_metrics.warehouse.snapshots import path_of
from prodops_metrics.warehouse.statement import Statement
from tests.reports.worlds import Fate, world


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world(tmp_path_factory.mktemp("prepared"), {"works": Fate(), "other": Fate()}, weeks=8).catalog.root


def test_prepared_reports_are_those_that_would_be_counted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_answers(path_of(root, 1))
    session = open_session(root)
    counted = report_values(feature_report(session, "works")), overview_values(overview(session))
    session.warehouse.close()
    forget_answers(path_of(root, 1))
    session = open_session(root)
    assert (prepare(session), prepare(session)) == (3, 0)
    session.warehouse.close()
    large: list[int] = []
    run = Warehouse.run

    def noted(self: Warehouse, statement: Statement, *, fetch: Fetch) -> pl.DataFrame:
        found = run(self, statement, fetch=fetch)
        large.append(found.height)
        return found

    session = open_session(root)
    with monkeypatch.context() as patch:
        patch.setattr(Warehouse, "run", noted)
        report, shown = feature_report(session, "works"), overview(session)
    assert all(height > 1000 for height in large), large
    assert (report_values(report), overview_values(shown)) == counted


def test_reports_that_cannot_be_had_take_nothing_from_a_refresh(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "metric_defs" / "broken.yml"
    path.write_text("metrics: {broken: {type: count, description: No such event, event: nothing_like_it}}\n")
    try:
        kept = keep(root)
    finally:
        path.unlink()
    assert [problem for problem in kept.problems if "standard reports of this snapshot could not be kept" in problem]


def test_what_nobody_foresaw_takes_away_only_itself(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Session) -> None:
        raise ZeroDivisionError

    keepers = [(what, doing, broken if what == "figures" else keeper) for what, doing, keeper in refreshed.KEEPERS]
    monkeypatch.setattr(refreshed, "KEEPERS", keepers)
    forget_answers(path_of(root, 1))
    kept = keep(root, reports=False)
    (problem,) = kept.problems
    assert problem.startswith("The figures could not be kept: ZeroDivisionError; reference ")
    assert "ZeroDivisionError" in (root / "warehouse" / "refresh.log").read_text()
    assert kept.health is not None
    assert (root / "warehouse" / "verdicts" / "1.json").is_file()
    assert list(kept.seconds) == ["verdicts", "figures", "history of the definitions", "health of the data"]
    session = open_session(root)
    assert not session.warehouse.kept_answers.is_whole(STANDARD, session.catalog.hash)
    session.warehouse.close()
