"""Who changed what in the definition of a metric, and when: read from git at each refresh, and kept (rulings 37)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from prodops_metrics.definitions import SEMANTICS, Catalog, Commit, commits, contents_at
from prodops_metrics.errors import DefinitionError, GitError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.changes import changes, restated, reworded
from prodops_metrics.reports.redefined import former_names
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.revisions import keep_revisions, kept_revisions

Kind = Literal["added", "changed", "reworded", "restated"]
MOST = 60
"""So many steps of the definitions are looked back on at the first refresh; later ones add theirs."""
UNASKED = "no refresh has read it yet; `prodops refresh` does"


@dataclass(frozen=True, slots=True)
class Revision:
    """What one commit did to a metric.

    ``changed`` gives it another meaning, and charts a seam; ``added`` is where it begins, or where the look back does.
    ``day`` is local to the project; ``after`` counts the commits before it that cannot be read any more.
    """

    kind: Kind
    day: date
    author: str
    commit: str
    subject: str
    words: tuple[str, ...]
    after: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of a metric, the newest first.

    ``missing`` says why there are none; ``uncommitted`` whether it means something else today than in the last commit.
    """

    revisions: tuple[Revision, ...]
    missing: str = ""
    uncommitted: bool = False

    @property
    def seams(self) -> tuple[Revision, ...]:
        """Where its meaning changed, the oldest first: what was told before that day was counted by another definition."""
        return tuple(each for each in reversed(self.revisions) if each.kind == "changed")


def history(session: Session, metric: str) -> History:
    """What is kept of the history of a metric.

    Raises:
        UnknownIdError: there is no such metric.
        WarehouseError: what is kept cannot be read.
    """
    found = session.metric(metric).id
    kept = kept_revisions(session.catalog.root)
    if kept is None or kept.get("missing"):
        return History((), kept["missing"] if kept else UNASKED)
    known = kept["meanings"].get(found)
    revisions = tuple(_revisions(session, found, kept["commits"]))
    return History(revisions, uncommitted=known != session.catalog.meaning(found))


def _revisions(session: Session, name: str, steps: Sequence[Mapping[str, Any]]) -> Iterator[Revision]:
    """What was done to a metric, the newest first, also under the names that it had before."""
    calendar = session.warehouse.horizon().calendar
    for step in reversed(steps):
        done = step["metrics"].get(name)
        if done is None:
            continue
        moment = datetime.fromisoformat(step["at"]).replace(tzinfo=None)
        yield Revision(
            kind=done["kind"],
            day=calendar.local_day(moment),
            author=step["author"],
            commit=step["id"],
            subject=step["subject"],
            words=tuple(done["words"]),
            after=step["after"],
        )
        name = done["was"]


def keep_history(root: Path) -> bool:
    """Reads what git tells since the last refresh; False if nothing is new. Without git, why is kept instead.

    Raises:
        WarehouseError: what is kept cannot be read.
    """
    try:
        steps = commits(root, MOST)
    except GitError as error:
        told: Mapping[str, Any] = {"missing": str(error).rstrip(".")}
        return _keep(root, told)
    if not steps:
        return _keep(root, {"missing": "no commit holds these definitions yet"})
    kept = kept_revisions(root) or {}
    known = [each["id"] for each in kept.get("commits", ())]
    same_engine = kept.get("semantics") == SEMANTICS
    if not same_engine or not known or known[-1] not in {step.id for step in steps}:
        return _keep(root, _told(root, steps, {}))
    new = steps[[step.id for step in steps].index(known[-1]) :]
    return len(new) > 1 and _keep(root, _told(root, new, kept))


def _keep(root: Path, told: Mapping[str, Any]) -> bool:
    if kept_revisions(root) == told:
        return False
    keep_revisions(root, told)
    return True


def _told(root: Path, steps: tuple[Commit, ...], kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is kept, and each step; the first step is already known where anything is kept."""
    found: list[Mapping[str, Any]] = list(kept.get("commits", ()))
    before: Catalog | None = None
    unread = 0
    for step in steps:
        catalog = _catalog(root, step.id)
        if catalog is None:
            unread += 1
            continue
        if not kept or step is not steps[0]:
            found.append(_step(step, before, catalog, unread))
        before, unread = catalog, 0
    meanings = {name: before.meaning(name) for name in before.metrics} if before else kept.get("meanings", {})
    return {"semantics": SEMANTICS, "commits": found, "meanings": meanings}


def _catalog(root: Path, commit: str) -> Catalog | None:
    """The definitions of a commit; None where they have faults by today's checks."""
    try:
        return load_catalog(root, contents_at(root, commit))
    except DefinitionError:
        return None


def _step(step: Commit, before: Catalog | None, after: Catalog, unread: int) -> Mapping[str, Any]:
    former = former_names(before, after) if before else {}
    done = _done(before, after, former)
    metrics = {name: {"kind": kind, "words": words, "was": former.get(name, name)} for name, kind, words in done}
    told = {"id": step.id, "author": step.author, "at": step.at.astimezone(UTC).isoformat(), "subject": step.subject}
    return {**told, "after": unread, "metrics": metrics}


def _done(before: Catalog | None, after: Catalog, former: Mapping[str, str]) -> Iterator[tuple[str, Kind, list[str]]]:
    """What a commit did to each metric that it did something to."""
    for name, new in after.metrics.items():
        old = before.metrics.get(former.get(name, name)) if before else None
        renamed = [f"renamed from `{former[name]}`"] if name in former else []
        if before is None or old is None:
            yield name, "added", []
        elif before.meaning(old.id) != after.meaning(name):
            yield name, "changed", [*renamed, *([new.change_note] if new.change_note else changes(old, new, before, after))]
        elif renamed or restated(old, new):
            yield name, "restated", [*renamed, *([restated(old, new)] if restated(old, new) else [])]
        elif reworded(old, new):
            yield name, "reworded", []
