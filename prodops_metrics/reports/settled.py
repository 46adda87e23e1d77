"""Whether all that a refresh keeps for later is kept, told without a look at the data or what would count it."""

from pathlib import Path
from typing import get_args

from prodops_metrics.definitions import SEMANTICS, Catalog, commits
from prodops_metrics.errors import GitError, WarehouseError
from prodops_metrics.warehouse import snapshots
from prodops_metrics.warehouse.answers import KeptAnswers, stamp_of
from prodops_metrics.warehouse.revisions import kept_revisions
from prodops_metrics.warehouse.sayings import Topic, was_said

STANDARD = "standard reports"


def settled(catalog: Catalog, *, reports: bool) -> bool:
    """Whether nothing is left to keep of the snapshot in force under these definitions; ``reports``: those as well."""
    root, number = catalog.root, snapshots.current_number(catalog.root)
    try:
        if number is None or not all(was_said(root, topic, number, catalog.hash) for topic in get_args(Topic)):
            return False
        return _nothing_new_in_git(root) and (not reports or _counted(catalog, number))
    except WarehouseError:
        return False  # whoever keeps it says what is wrong


def _nothing_new_in_git(root: Path) -> bool:
    kept = kept_revisions(root) or {}
    try:
        newest = commits(root, 1)
    except GitError as error:
        return kept.get("missing") == str(error).rstrip(".")
    known = [each["id"] for each in kept.get("commits", ())]
    if not newest:
        return bool(kept.get("missing"))
    return kept.get("semantics") == SEMANTICS and known[-1:] == [newest[-1].id]


def _counted(catalog: Catalog, number: int) -> bool:
    path = snapshots.path_of(catalog.root, number)
    answers = KeptAnswers(path, stamp_of(path))
    try:
        return answers.is_whole(STANDARD, catalog.hash)
    finally:
        answers.close()
