"""Numbers packed into one give back what was packed, in the same order and as often."""

from pathlib import Path

import numpy as np
import pytest

from prodops_metrics.warehouse.packed import NOBODY, by_itself, counted, repeated
from tests.warehouse.projects import contents, make_project

HEAD = "id,action,uid,at\n"


def array(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


@pytest.mark.parametrize(
    ("values", "each", "times", "again"),
    [
        ((), [], [], []),
        ((7,), [7], [1], []),
        ((1, 1, 2, 2**64 - 1, 2**64 - 1, 2**64 - 1), [1, 2, 2**64 - 1], [2, 1, 3], [1, 2**64 - 1]),
    ],
)
def test_ordered_numbers_are_counted(values: tuple[int, ...], each: list[int], times: list[int], again: list[int]) -> None:
    numbers, often = counted(array(*values))
    assert (numbers.tolist(), often.tolist()) == (each, times)
    assert repeated(array(*values)).tolist() == again


def test_events_of_nobody_stand_apart() -> None:
    somebody, nobody = (3 << 48) | (5 << 16) | 9, (3 << 48) | (NOBODY << 16) | 9
    numbers, events = by_itself(array(somebody, nobody), np.array([4, 3], np.uint32))
    assert numbers.tolist() == [somebody, nobody, nobody, nobody]
    assert events.tolist() == [4, 1, 1, 1]


def test_ids_whose_hashes_are_equal_are_compared_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "1,opened,ann,2026-01-05\n2,opened,bob,2026-01-05\n1,opened,ann,2026-01-06\n3,seen,,2026-01-07\n"
    made = []
    for name in ("as they are", "all alike"):
        project = make_project(tmp_path / name)
        project.export("a.csv", HEAD + rows)
        assert project.refresh().totals["duplicates"] == 1
        made.append(contents(project))
        monkeypatch.setattr("prodops_metrics.warehouse.duplicates.repeated", np.unique)
    assert made[0] == made[1]


def test_days_that_lie_centuries_apart_are_counted(tmp_path: Path) -> None:
    feedback = "  asked: {kind: feedback, files: exports/asked.csv, time: {timezone: UTC}}\n"
    project = make_project(tmp_path)
    sources = project.root / "metric_defs" / "sources.yml"
    sources.write_text(sources.read_text() + feedback)
    project.export("a.csv", HEAD + "1,opened,ann,2026-01-05\n")
    project.export("asked.csv", "id,time,user,score\n1,1500-02-03,ann,3\n2,2026-01-06,ann,3\n")
    project.refresh()
    found = project.query("SELECT event::VARCHAR, day::VARCHAR, events FROM user_event_days ORDER BY ALL")
    assert ("opened", "2026-01-05", 1) in found
    assert [(day, events) for event, day, events in found if event != "opened"] == [("1500-02-03", 1), ("2026-01-06", 1)]
