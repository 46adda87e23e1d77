"""The numpy halves of folds against counting by hand, row by row."""

from collections import defaultdict
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops_metrics.calendar import Window
from prodops_metrics.metrics.attempts.walk import Walk
from prodops_metrics.metrics.blocks import DAYS, Blocks
from prodops_metrics.metrics.folds import bits
from prodops_metrics.metrics.folds.places import PlaceMoments, PlacePairs
from prodops_metrics.metrics.folds.presences import PresenceMoments
from prodops_metrics.metrics.folds.walked import WalkedMoments
from prodops_metrics.metrics.folds.wide import PairMoments, WindowMoments
from prodops_metrics.metrics.from_days import first_days, in_windows, lowest, smeared
from prodops_metrics.metrics.masks import Places, WindowMasks

MONDAY = date(2024, 1, 1)
MASK = st.integers(0, (1 << 62) - 1)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few rows at once that groups are cut into several blocks, and that some are larger than one."""
    monkeypatch.setattr(bits, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(bits, "MOST_IN_A_BYTE", 3)


rows = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", "é"]), MASK, MASK), max_size=60)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_windows_are_counted_by_segment_and_cluster(found: list[tuple[int, str, int, int]]) -> None:
    table = frame(found)
    masks = WindowMasks("", {None: "v"}, Places(62), "b")
    answer = WindowMoments(("segment",), masks, None, clustered=True)(table)
    expected = []
    for segment in sorted({row[1] for row in found}):
        for window in range(62):
            sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
            for cluster, own, v, b in found:
                if own == segment:
                    sums[cluster][0] += v >> window & b >> window & 1
                    sums[cluster][1] += b >> window & 1
            v, b = (sum(pair[at] for pair in sums.values()) for at in (0, 1))
            products = [sum(pair[one] * pair[two] for pair in sums.values()) for one, two in ((0, 0), (0, 1), (1, 1))]
            there = sum(1 for pair in sums.values() if pair[1])
            if b:
                expected.append((window, segment, v / b, b, there, v, b, *products))
    assert answer.rows() == sorted(expected)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_pairs_hold_clusters_of_both_sides(found: list[tuple[int, str, int, int]]) -> None:
    table, masks = frame(found).drop("segment"), WindowMasks("", {None: "v"}, Places(3))
    answer = PairMoments(("pair_id",), masks, None, ((0, 1), (2, 0)))(table).to_dicts()
    for pair, (before, now) in enumerate(((0, 1), (2, 0))):
        sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for cluster, _, v, b in found:
            sums[cluster][0] += (v & b) >> before & 1
            sums[cluster][1] += (v & b) >> now & 1
        told = [row for row in answer if row["pair_id"] == pair]
        assert len(told) == any(map(any, sums.values()))
        for row in told:
            assert row["clusters"] == sum(map(any, sums.values()))
            assert (row["v1"], row["v2"]) == tuple(sum(one[at] for one in sums.values()) for at in (0, 1))
            assert row["v2_v1"] == sum(one[0] * one[1] for one in sums.values())
            assert row["clusters2"] == sum(one[1] > 0 for one in sums.values())
            assert row["b2_b1"] == 0


def test_without_anybody_there_is_no_window_and_one_empty_pair() -> None:
    table, masks = frame([]), WindowMasks("", {None: "v"}, Places(3))
    assert WindowMoments((), masks, None, clustered=True)(table).height == 0
    (pair,) = PairMoments((), masks, None, ((0, 1),))(table).to_dicts()
    assert (pair["clusters"], pair["clusters2"], pair["v2"]) == (0, 0, None)


def test_places_of_a_pair_are_matched_by_cluster() -> None:
    table = pl.DataFrame({"window_id": [0, 0, 1, 1, 1], "cluster": [7, 9, 7, 7, 5], "mask": [1, 3, 3, 1, 1]})
    by_window = PlaceMoments(("step",), "step", ((0, 1), (1, 2)), clustered=True)(table)
    assert by_window.select("window_id", "step", "units", "clusters", "v", "vv", "vb", "bb").rows() == [
        (0, 1, 2, 2, 2.0, 2.0, 2.0, 2.0),
        (0, 2, 2, 2, 1.0, 1.0, 1.0, 2.0),
        (1, 1, 3, 2, 3.0, 5.0, 5.0, 5.0),
        (1, 2, 3, 2, 1.0, 1.0, 2.0, 5.0),
    ]
    pair = PlacePairs(("step",), "step", ((1, 2),), ((0, 1),))(table).to_dicts()[0]
    # Cluster 5 has 1 unit now, 7 has 1 before and 2 now of which 1 got there, 9 has 1 before that got there.
    assert (pair["clusters"], pair["clusters2"], pair["clusters1"], pair["units2"], pair["units1"]) == (3, 2, 2, 3, 2)
    assert (pair["v2"], pair["v1"], pair["v2_v1"], pair["b2_b1"], pair["v2_b1"]) == (1.0, 1.0, 0.0, 2.0, 1.0)


def test_presence_is_the_number_of_rows() -> None:
    table = pl.DataFrame({"window_id": [1, 1, 1, 0], "cluster": [3, 3, 4, 3]})
    assert PresenceMoments((), clustered=True)(table).select("window_id", "units", "clusters", "vv").rows() == [
        (0, 1, 1, 1.0),
        (1, 3, 2, 5.0),
    ]
    assert PresenceMoments((), clustered=False)(table)["vv"].to_list() == [1.0, 3.0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3 * DAYS - 1), max_size=12),
    st.lists(st.tuples(st.integers(-70, 200), st.integers(1, 90)), min_size=1, max_size=70),
)
def test_windows_are_told_from_days(days: list[int], spans: list[tuple[int, int]]) -> None:
    blocks = Blocks.of((Window(MONDAY, MONDAY + timedelta(days=1)),))
    blocks = Blocks(blocks.first, blocks.first + 2)
    start = blocks.span.start
    words = [np.array([sum({1 << day % DAYS for day in days if day // DAYS == block}), 0]) for block in range(3)]
    windows = [Window(start + timedelta(days=first), start + timedelta(days=first + length)) for first, length in spans]
    masks, layout = in_windows(words, blocks, windows, Places(len(windows))), Places(len(windows))
    for (mask, bit), (first, length) in zip(layout.places, spans, strict=True):
        assert masks[mask][0] >> bit & 1 == any(first <= day < first + length for day in days)
    assert all(mask[1] == 0 for mask in masks)
    length = spans[0][1]
    for place, told in ((day, smeared(words, length)[day // DAYS][0] >> day % DAYS & 1) for day in range(3 * DAYS)):
        assert told == any(place - length < day <= place for day in days)
    assert first_days(words, blocks).tolist() == [min(days, default=3 * DAYS), 3 * DAYS]


def test_the_lowest_bit() -> None:
    assert lowest(np.array([1, 12, 1 << 55, 3 << 61])).tolist() == [0, 2, 55, 61]


def frame(found: list[tuple[int, str, int, int]]) -> pl.DataFrame:
    """Rows of ``cluster, segment, v, b``; who did something was there."""
    schema = {"cluster": pl.Int64, "segment": pl.String, "v0": pl.Int64, "b0": pl.Int64}
    return pl.DataFrame([(c, s, v & b, b) for c, s, v, b in found], schema=schema, orient="row")


def test_rows_of_a_walk_may_come_in_any_pieces() -> None:
    walk = Walk(steps=2, lasts=10, windows=((0, 100),))
    fold = WindowMoments(("step",), WindowMasks("", {1: "1", 2: "2"}, walk.layout, "1"), "step", clustered=False)
    rows = pl.DataFrame(
        {"unit": [1, 2, 1], "at": [5, 7, 9], "step": [0, 0, 1]},
        schema={"unit": pl.Int64, "at": pl.Int64, "step": pl.UInt8},
    )
    pieces = pl.concat([rows[:1], rows[1:]], rechunk=False).with_columns(rows["at"])
    assert (pieces["unit"].n_chunks(), pieces["at"].n_chunks()) == (2, 1)
    told = [WalkedMoments(walk, fold, clustered=False)(one).select("step", "units", "v").rows() for one in (rows, pieces)]
    assert told == [[(1, 2, 2.0), (2, 2, 1.0)]] * 2
