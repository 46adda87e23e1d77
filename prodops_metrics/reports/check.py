"""What is wrong with the definitions of a project, and what may be better: all of it, or what a branch adds."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prodops_metrics.definitions import CHECKS, Catalog, Fault, Inspection, advice, branched_from, contents_at
from prodops_metrics.errors import WarehouseError
from prodops_metrics.metrics import inspect_project

ELSEWHERE = re.compile(r"[^\s`:]+\.ya?ml:\d+(:\d+)?|\bline \d+")
"""Where a message says that something else stands: that moves without anything being changed about it."""


@dataclass(frozen=True, slots=True)
class Against:
    """The state that a branch is held against: what ``ref`` was when the branch left it, and its faults still there."""

    ref: str
    commit: str
    remaining: int


@dataclass(frozen=True, slots=True)
class Checked:
    """All that was found, in the order of the files; the catalog if nothing has to be mended.

    ``data``: whether the definitions were held against the data, for which they have to be without faults; None if that
    was not asked.
    """

    faults: tuple[Fault, ...]
    catalog: Catalog | None
    against: Against | None = None
    data: bool | None = None

    @property
    def errors(self) -> tuple[Fault, ...]:
        """What has to be mended."""
        return tuple(fault for fault in self.faults if not fault.advice)

    @property
    def advice(self) -> tuple[Fault, ...]:
        """What may be better, and never stops anybody."""
        return tuple(fault for fault in self.faults if fault.advice)


def check_project(project: Path, *, against: str | None = None, data: bool = False) -> Checked:
    """Everything that can be found wrong with the definitions of a project.

    Args:
        project: The folder that holds ``metric_defs/``.
        against: A branch, tag or commit; what was there already when the branch left it is not told again.
        data: Whether the definitions are held against the snapshot in force, too.

    Raises:
        GitError: there is no such ref, or no repository.
        WarehouseError: there is no snapshot, or it was built by other definitions.
    """
    now = inspect_project(project)
    looked = now.catalog is not None if data else None
    if against is None:
        return Checked(tuple(_every(now, looked=looked)), now.catalog, data=looked)
    commit = branched_from(project, against)
    then = inspect_project(project, contents_at(project, commit))
    every = _every(now, then.partial, looked=looked)
    new = introduced(every, _known(then, looked=looked))
    return Checked(new, now.catalog, Against(against, commit, len(every) - len(new)), looked)


def introduced(found: Iterable[Fault], known: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults that were not known: one that only moved with its line, also to another file, was."""
    left = Counter(map(_likeness, known))
    new = []
    for fault in found:
        likeness = _likeness(fault)
        left[likeness] -= 1
        if left[likeness] < 0:
            new.append(fault)
    return tuple(new)


def _likeness(fault: Fault) -> tuple[str, str, str]:
    line = fault.excerpt.split("\n")[0].strip()
    return fault.code, ELSEWHERE.sub("", fault.message), line


def _every(found: Inspection, before: Catalog | None = None, *, looked: bool | None) -> list[Fault]:
    """Every finding, in the order of the files; ``before`` are the definitions that these replace."""
    of_data = _of_data(found, found.catalog) if looked and found.catalog else None
    order = {file: number for number, file in enumerate(found.report.texts)}
    every = [*found.faults, *advice(found, before, of_data)]
    return sorted(every, key=lambda fault: (order.get(fault.place.file, -1), fault.place))


def _of_data(found: Inspection, catalog: Catalog) -> tuple[Fault, ...]:
    from prodops_metrics.reports.data_facts import against_data  # loads the warehouse, which few checks need

    return against_data(found, catalog)


def _known(found: Inspection, *, looked: bool | None) -> list[Fault]:
    """Every finding of the state before; without those about data where the snapshot was not built by its definitions."""
    try:
        return _every(found, looked=looked)
    except WarehouseError:
        return _every(found, looked=None)


def check_values(checked: Checked) -> dict[str, Any]:
    """The findings as JSON values."""
    return {
        "definitions": checked.catalog.hash if checked.catalog else None,
        "errors": len(checked.errors),
        "advice": len(checked.advice),
        "against": asdict(checked.against) if checked.against else None,
        "data": checked.data,
        "faults": [_fault_values(fault) for fault in checked.faults],
    }


def _fault_values(fault: Fault) -> dict[str, Any]:
    known = CHECKS.get(fault.code)
    return {
        "file": fault.place.file,
        "line": fault.place.line,
        "column": fault.place.column,
        "code": fault.code,
        "check": known.name if known else None,
        "advice": fault.advice,
        "message": fault.message,
        "cure": fault.cure,
        "excerpt": fault.excerpt,
    }
