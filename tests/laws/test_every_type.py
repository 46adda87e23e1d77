"""What holds of a metric of any type, whatever the events: found by listing the types, over random events."""

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from prodops_metrics.metrics import METRIC_TYPES, Metric
from prodops_metrics.metrics.query import KnownUnits, Source
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse import sources
from tests.laws.every_type import (
    RANGE,
    USERS,
    Answer,
    Row,
    answer,
    answers,
    definitions,
    drawn,
    in_parts,
    project,
    stream,
)

SEEDS = st.integers(0, 2**20)
FEW, MANY = 1, 40
CLOSE = 1e-9
MOST = 6
"""Definitions of a type whose receipts are counted again."""
WHOLE = Asked(*RANGE, Shape(whole=True))
ADDING = frozenset({"count", "total", "share", "ratio"})
"""Estimators of sums over units, or of one sum in another."""

Law = Callable[[int], None]


def held(law: Law, examples: int) -> None:
    """Every example is a project of its own, so one that fails is not made smaller."""
    phases, slow = [Phase.explicit, Phase.generate], [HealthCheck.too_slow]
    tried: Callable[[], None] = given(SEEDS)(law)
    settings(max_examples=examples, phases=phases, suppress_health_check=slow)(tried)()


def same(one: Answer, other: Answer, what: str) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert one == other, what
        return
    assert one.columns == other.columns, what
    keys = [name for name, kind in one.schema.items() if kind != pl.Float64]
    try:
        assert_frame_equal(one.sort(keys), other.sort(keys), rel_tol=CLOSE, abs_tol=CLOSE)
    except AssertionError as error:
        raise AssertionError(f"{what}: {definitions().metrics[what.split(':')[0].split()[0]]}\n{error}") from error


def nothing_changes(
    seed: int, changed: Callable[[Path, Sequence[Row]], Session], keep: Callable[[Metric], bool] | None = None
) -> None:
    """A definition of every type answers alike before and after a change of the events or of how they arrive."""
    rows = stream(seed)
    with TemporaryDirectory() as folder:
        before, after = project(Path(folder) / "before", rows, seed), changed(Path(folder) / "after", rows)
        for _, name in drawn(seed):
            if keep is None or keep(before.metric(name)):
                one, other = answers(before, name), answers(after, name)
                for question, found in one.items():
                    same(found, other[question], question)


def permuted(seed: int) -> None:
    def change(folder: Path, rows: Sequence[Row]) -> Session:
        return project(folder, random.Random(seed).sample(rows, len(rows)), seed)

    nothing_changes(seed, change)


def split(seed: int) -> None:
    draw = random.Random(seed)

    def change(folder: Path, rows: Sequence[Row]) -> Session:
        parts: list[list[Row]] = [[] for _ in range(draw.choice([2, 3, 5]))]
        for row in rows:
            draw.choice(parts).append(row)
        return in_parts(folder, [part for part in parts if part], seed)

    nothing_changes(seed, change)


def noisy(seed: int) -> None:
    """Events that a metric does not name, of its users and of others: where it reads only what it names."""

    def change(folder: Path, rows: Sequence[Row]) -> Session:
        draw = random.Random(seed)
        noise = [
            {
                **draw.choice(rows),
                "id": f"n{place}",
                "event": "noise",
                "user": draw.choice(["", f"u{draw.randrange(2 * USERS)}"]),
            }
            for place in range(80)
        ]
        return project(folder, [*rows, *noise], seed)

    nothing_changes(seed, change, named)


def named(metric: Metric) -> bool:
    """Whether a metric counts events that it names and those who are active, not everyone there is."""
    relations = metric.relations()
    positions = (relation.position for relation in relations if isinstance(relation, Source))
    return not any(isinstance(one, KnownUnits) for one in relations) and all(one.events for one in positions)


def adding(seed: int) -> None:
    """Segments that everyone is in one of add up; numbers that cannot be added are at least those of their units."""
    with TemporaryDirectory() as folder:
        session = project(Path(folder), stream(seed), seed)
        for _, name in drawn(seed):
            metric = session.metric(name)
            for segment in ("tier", "teams"):
                parts = answer(session, name, Asked(*RANGE, Shape(whole=True, by=segment)))
                whole = answer(session, name, Asked(*RANGE, Shape(whole=True)))
                if metric.estimator in ADDING and not isinstance(parts, str) and not isinstance(whole, str):
                    same(summed(parts, metric), summed(whole, metric), name)


def summed(frame: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    axes = [name for name in ("bucket", "cohort", *metric.axes) if name in frame.columns]
    added = frame.group_by(axes).agg(pl.col("numerator", "denominator").sum(), pl.col("units").sum())
    return added.filter(pl.col("units") > 0).sort(axes)


def from_events(seed: int) -> None:
    """Roll-ups are only a shorter way to what the events say."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        session = project(Path(folder), stream(seed), seed)
        short = {name: answers(session, name) for _, name in drawn(seed)}
        patch.setattr(sources._Compiler, "_rollup_answers", lambda *_: False)
        for name, found in short.items():
            long = answers(session, name)
            for question, one in found.items():
                same(one, long[question], question)


LAWS = {
    "the_order_of_rows_changes_nothing": permuted,
    "the_grouping_into_files_changes_nothing": split,
    "unrelated_events_and_users_change_nothing": noisy,
    "parts_add_up": adding,
    "roll_ups_answer_as_events_do": from_events,
}


@pytest.mark.parametrize("law", LAWS)
def test_law(law: str) -> None:
    held(LAWS[law], FEW)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("law", LAWS)
def test_law_many_times(law: str) -> None:
    held(LAWS[law], MANY)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return project(tmp_path_factory.mktemp("every"), stream(7), 7)


def test_every_type_has_a_definition_here() -> None:
    assert all(definitions().by_type[kind] for kind in METRIC_TYPES)


def readings(session: Session) -> list[str]:
    """Metrics of every type, and all other figures that they give."""
    own = [name for names in definitions().by_type.values() for name in names[:MOST]]
    return [*own, *(f"{name}:{reading}" for name in own for reading in session.metric(name).readings)]


def test_every_receipt_can_be_counted_again(session: Session, tmp_path: Path) -> None:
    """As a person would: the SQL pasted into DuckDB, opened on (a copy of) the snapshot."""
    snapshot = shutil.copy(session.catalog.root / query(session, "count_0", Asked()).receipt.snapshot_file, tmp_path)
    names, told = readings(session), 0
    with duckdb.connect(snapshot, read_only=True) as connection:
        for name in names:
            found = query(session, name, Asked())
            rows = connection.sql(found.receipt.sql).pl().to_dicts()
            headline = found.headlines[-1]
            if headline.now.units == 0 or headline.now.point is None:
                continue
            own = [row for row in rows if all(row[axis] == value for axis, value in headline.at.items())]
            assert [row["point"] for row in own] == [pytest.approx(headline.now.point)], (name, own)
            told += 1
    assert told > len(names) / 3
