"""Rows added up by group and member, however many bits it takes to tell these apart; windows cut into pieces."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from prodops_metrics.calendar import DAY, Window, between
from prodops_metrics.metrics.folds.tallies import NO_PARENT, Members, Tally
from prodops_metrics.metrics.pieces import Pieces

FIRST = date(2024, 3, 1)


@pytest.mark.parametrize(("groups", "spread"), [(5, 1), (5, 1 << 19), (1 << 20, 1 << 20), (1 << 40, 1 << 19)])
def test_members_are_added_up_one_by_one(groups: int, spread: int) -> None:
    draw = np.random.default_rng(groups + spread)
    unit = draw.integers(-20, 40, 600)
    parent = np.where(unit % 3 == 0, NO_PARENT + unit * spread, unit % 7 * spread)
    cluster = np.where(unit < 0, unit * spread, parent)
    unit, mark, group = unit * spread, draw.integers(0, 3, 600), draw.choice([0, 1, 2, groups - 1], 600)
    weights = np.array([1.0, 0.25, 0.0, 0.0])
    members, code = Members.of(cluster, unit)

    if groups > 1 << 20:  # too many for a line each
        group, groups = group % 1000, 1000
    found = Tally.of(group, code, members, mark.astype(np.uint8), np.tile(weights, (groups, 1)))

    rows = list(zip(group.tolist(), cluster.tolist(), unit.tolist(), mark.tolist(), strict=True))
    told = {key: [row for row in rows if row[:2] == key] for key in {row[:2] for row in rows}}
    expected = sorted((key[0], len(own), sum(weights[row[3]] for row in own)) for key, own in told.items())
    assert sorted(zip(found.group.tolist(), found.rows.tolist(), found.weight.tolist(), strict=True)) == expected
    assert sorted(found.group.tolist()) == found.group.tolist()
    assert len({*zip(found.group.tolist(), found.member.tolist(), strict=True)}) == len(told)
    assert len(set(found.member.tolist())) == len(set(cluster.tolist()))
    units = {key: {row[2] for row in rows if row[0] == key} for key in {row[0] for row in rows}}
    assert {place: count for place, count in enumerate(found.units.tolist()) if count} == {
        key: len(own) for key, own in units.items()
    }


def test_windows_are_cut_where_any_begins_or_ends() -> None:
    def days(first: int, after: int) -> Window:
        return Window(FIRST + first * DAY, FIRST + after * DAY)

    found = Pieces.of([days(0, 7), days(3, 9), days(12, 14), days(5, 5), days(3, 9)])

    assert found.windows == (days(0, 3), days(3, 7), days(7, 9), days(12, 14))
    assert found.spans == ((0, 2), (1, 3), (3, 4), (0, 0), (1, 3))
    assert Pieces.of([days(2, 2)]) == Pieces((days(2, 2),), ((0, 1),))
    noon = datetime(2024, 3, 2, 12)
    assert Pieces.of([days(0, 2), between(noon - timedelta(days=1), noon)]).windows == (
        between(datetime(2024, 3, 1), noon - timedelta(days=1)),
        between(noon - timedelta(days=1), noon),
        between(noon, datetime(2024, 3, 3)),
    )
