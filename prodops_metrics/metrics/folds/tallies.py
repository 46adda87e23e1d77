"""Rows added up by cluster, or by unit: sorted as whole numbers instead of grouped by hashes."""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from prodops_metrics.metrics.folds.bits import starts_of
from prodops_metrics.metrics.folds.rows import Numbers

NO_PARENT = 1 << 32
"""Beyond every unit key: clusters from here on, and those below zero, are units that sit in no parent."""
MARK = 2
"""The bits of a mark."""
MOST_BITS = 48
"""As many bits may tell members apart, so that some are left for groups."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A line per member of each group, in order of groups: a cluster, or a unit where there are none.

    ``member`` is the same number in every group. It has so many ``rows``, which weigh ``weight``. Of each group ``units`` is
    the number of units.
    """

    group: Numbers
    member: Numbers
    rows: Numbers
    weight: Numbers
    units: Numbers

    @classmethod
    def of(cls, group: Numbers, code: Numbers, members: "Members", mark: Numbers, weights: Numbers) -> Self:
        """Adds up rows by group and member. ``weights`` has a line per group: what rows weigh, by their mark."""
        most, top = 1 << (64 - MARK - members.width), len(weights)
        if top <= most:
            return cls._added(group, code, mark, members, weights)
        parts = []
        for low in range(0, top, most):
            own = np.flatnonzero((group >= low) & (group < low + most))
            part = cls._added(group[own] - low, code[own], mark[own], members, weights[low : low + most])
            parts.append(replace(part, group=part.group + low))
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))

    @classmethod
    def _added(cls, group: Numbers, code: Numbers, mark: Numbers, members: "Members", weights: Numbers) -> Self:
        keys = _packed(_packed(group, code, members.width), mark, MARK)
        keys.sort()
        width = np.uint64(members.width)
        units: Numbers = keys >> np.uint64(MARK)
        weight = weights.ravel()[(units >> width << np.uint64(MARK)) | (keys & np.uint64((1 << MARK) - 1))]
        of_units = starts_of(units)
        found: Numbers = members.without_units(units) if members.unit_width else units
        starts = starts_of(found) if members.unit_width else of_units
        lines, rows = found[starts], np.diff(starts, append=len(keys))
        own, added = lines & ((np.uint64(1) << width) - np.uint64(1)), np.add.reduceat(weight, starts)
        counted = np.bincount(units[of_units] >> width, minlength=len(weights))
        return cls((lines >> width).astype(np.int64), own, rows, added, counted)


@dataclass(frozen=True, slots=True)
class Members:
    """Units as numbers of so many bits, those of a cluster side by side: the cluster, then the unit.

    ``alone`` is the number of a cluster that holds all units without a parent, each of which is a member by itself.
    Without clusters ``unit_width`` is 0.
    """

    width: int
    unit_width: int
    alone: int | None

    @classmethod
    def of(cls, cluster: Numbers | None, unit: Numbers) -> tuple[Self, Numbers]:
        """The numbers of rows with these clusters and units."""
        units = _code(unit)
        if cluster is None:
            return cls(_bits(units), 0, None), units
        without = (cluster < 0) | (cluster >= NO_PARENT)
        alone = without.any()
        if alone:
            cluster = np.where(without, cluster.max(where=~without, initial=0) + 1, cluster)
        clusters = _code(cluster)
        if _bits(units) + _bits(clusters) > MOST_BITS:
            units, clusters = (np.unique(one, return_inverse=True)[1].astype(np.uint64) for one in (units, clusters))
        width, last = _bits(units), int(clusters.max(initial=0))
        return cls(width + _bits(clusters), width, last if alone else None), _packed(clusters, units, width)

    def without_units(self, keys: Numbers) -> Numbers:
        """The same number for all that a member has in a group."""
        width = np.uint64(self.unit_width)
        if self.alone is None:
            return keys >> width << width
        cluster = keys >> width
        own = cluster & np.uint64((1 << (self.width - self.unit_width)) - 1)
        return np.where(own == self.alone, keys, cluster << width)


def _packed(left: Numbers, right: Numbers, width: int) -> Numbers:
    """Both in one number, the right one in its last bits."""
    keys = left.astype(np.uint64)
    keys <<= np.uint64(width)
    keys |= right
    return keys


def _code(numbers: Numbers) -> Numbers:
    """The same from 0 on."""
    found: Numbers = (numbers - numbers.min(initial=numbers.max(initial=0))).astype(np.uint64)
    return found


def _bits(numbers: Numbers) -> int:
    return int(numbers.max(initial=0)).bit_length()
