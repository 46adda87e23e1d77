"""Forgetting a unit: everything that is kept of it goes, and what exports still hold of it is not taken in again.

Each kept snapshot is rewritten without the unit into a file of its own, which then takes the place of the old one by a
rename: whoever reads the old one reads on, and a crash leaves every snapshot either as it was or as it shall be. The file is
written anew, as rows that are merely deleted stay in a database file; and what follows from the rows that are left is made
anew by the steps of a refresh, so that a full rebuild from the exports would give the same. The snapshot in force gets the
next number, so that whoever serves it takes up the new one. A snapshot that cannot be rewritten is removed: one that another
version made, or that is damaged.

What is to be remembered of the forgotten is a hash of each id by the project's secret, in ``warehouse/forgotten.json``.
Their rows in later exports are control rows: read, and not loaded.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from prodops_metrics.definitions import Catalog
from prodops_metrics.errors import UnknownIdError, WarehouseError
from prodops_metrics.warehouse import snapshots
from prodops_metrics.warehouse.answers import forget_answers
from prodops_metrics.warehouse.engine import reading
from prodops_metrics.warehouse.logbook import blank
from prodops_metrics.warehouse.personal import hashed, read_secret
from prodops_metrics.warehouse.rewriting import Removed, Whom, planned_without, write_without
from prodops_metrics.warehouse.schema import is_of_another_version
from prodops_metrics.warehouse.tombstones import bury


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The outcome: the ids that are one unit, what went from each snapshot, and the snapshot in force since.

    ``given_up`` are the numbers of snapshots that could not be rewritten and were removed; ``log_lines`` of refresh.log
    were blanked.
    """

    entity: str
    ids: tuple[str, ...]
    snapshots: tuple[Removed, ...]
    current: int | None
    given_up: tuple[int, ...] = ()
    log_lines: int = 0


def forget(catalog: Catalog, unit: str, entity: str) -> Forgotten:
    """Removes a unit from every kept snapshot, and sees to it that it stays away.

    Args:
        catalog: The definitions of the project.
        unit: An id as exports have it; ids that are merged with it go too.
        entity: What it is, such as ``user``.

    Raises:
        UnknownIdError: there is no such entity.
        WarehouseError: a refresh runs, or a snapshot cannot be read or written; snapshots done so far stay done.
    """
    if entity not in catalog.project.entities:
        raise UnknownIdError("entity", entity, tuple(catalog.project.entities))
    root = catalog.root
    with snapshots.locked(root):
        snapshots.sweep(root)
        paths = [one.path for one in snapshots.kept(root)]
        try:
            whom = Whom(catalog, entity, _merged_with(root, unit, entity))
            bury(root, entity, whom.ids)
            return _forget(whom)
        except (duckdb.Error, OSError) as fault:
            raise WarehouseError(
                f"Forgetting stopped: {fault}. What was done stays done; run the same command again."
            ) from fault
        finally:
            for path in paths:
                forget_answers(path)  # which may list units, or rows that were set aside
            snapshots.sweep(root)


def _forget(whom: Whom) -> Forgotten:
    root = whom.root
    current = snapshots.current_number(root)
    if current is not None and planned_without(whom, snapshots.path_of(root, current)) is None:
        raise WarehouseError(
            f"Snapshot {current}, which is in force, cannot be rewritten: it was made by another version of prodops, for "
            "other entities than project.yml has now, or it is damaged. The ids are written down already, so that no "
            "refresh takes them in: run `prodops refresh`, then the same command again for the snapshots before it."
        )
    removed, given_up = [], []
    for one in snapshots.kept(root):
        if not one.current:
            outcome = _rewrite(whom, one)
            removed += [outcome] if outcome else []
            given_up += [] if outcome else [one.number]
    if current is not None:
        removed.append(_renew(whom, current))
    lines = blank(root, re.compile(whom.mentioned))
    return Forgotten(whom.entity, whom.ids, tuple(removed), snapshots.current_number(root), tuple(given_up), lines)


def known(catalog: Catalog, unit: str, entity: str) -> tuple[str, ...]:
    """All ids that are one unit with this one in any kept snapshot, itself included."""
    return _merged_with(catalog.root, unit, entity)


def _merged_with(root: Path, unit: str, entity: str) -> tuple[str, ...]:
    ids, secret = {unit}, read_secret(root, make=False)
    if secret:
        ids.add(hashed(unit, secret))  # where the column of ids is hashed, it is known by this
    for one in snapshots.kept(root):
        with suppress(duckdb.Error):  # a damaged one is removed later
            ids |= _merged_in(one.path, ids, entity)
    return tuple(sorted(ids, key=lambda each: (each != unit, each)))


def _merged_in(path: Path, ids: set[str], entity: str) -> set[str]:
    with reading(path) as connection:
        if is_of_another_version(connection):
            return set()
        found = connection.execute(
            "WITH met AS (SELECT unnest($ids::VARCHAR[]) AS id), whole AS ("
            "SELECT id FROM met UNION SELECT m.canonical FROM merges AS m JOIN met USING (id) WHERE m.entity = $entity) "
            "SELECT id FROM whole UNION SELECT m.id FROM merges AS m JOIN whole AS w ON w.id = m.canonical "
            "WHERE m.entity = $entity",
            {"ids": sorted(ids), "entity": entity},
        )
        return {row[0] for row in found.fetchall()}


def _rewrite(whom: Whom, one: snapshots.Snapshot) -> Removed | None:
    """What was taken out; None where it could not be rewritten and was removed."""
    planned = planned_without(whom, one.path)
    if planned is None:
        one.path.unlink()
        return None
    partial = one.path.with_name(f"{one.path.name}.partial")
    removed = write_without(whom, planned, partial, one.number)
    if removed.total:
        snapshots.sync(partial)
        partial.replace(one.path)
        snapshots.sync(one.path.parent)
    return removed


def _renew(whom: Whom, current: int) -> Removed:
    """The snapshot in force under the next number, and the old one gone."""
    root = whom.root
    number, partial = snapshots.begin(root, copy=False)
    planned = planned_without(whom, snapshots.path_of(root, current))
    assert planned is not None  # it was looked at before anything was changed
    removed = write_without(whom, planned, partial, number)
    if removed.total:
        snapshots.publish(root, number, partial)
        snapshots.path_of(root, current).unlink()
    return removed
