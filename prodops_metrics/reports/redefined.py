"""What a change of the definitions does beside the metrics: settings, sources, events, segments, goals and the like."""

from collections.abc import Iterator
from dataclasses import dataclass

from prodops_metrics.definitions import Catalog, Part
from prodops_metrics.reports.changes import KINDS, altered, restated, reworded
from prodops_metrics.reports.goals import standing
from prodops_metrics.reports.session import Session

METRICS = "metrics"
OF_EVERY_METRIC = frozenset({"timezone", "week_start", "exclusions", "entities"})
"""Settings of the project that every metric names already where they change."""
RENAMED_BY_ALIAS = (METRICS, "features")


@dataclass(frozen=True, slots=True)
class Redefinition:
    """A definition other than a metric that says something else than before, and the goals that stand elsewhere by it."""

    kind: str
    name: str
    words: tuple[str, ...]
    flips: tuple[str, ...] = ()


def redefined(before: Catalog, after: Catalog, sessions: tuple[Session, Session] | None) -> Iterator[Redefinition]:
    """Everything but metrics that both versions have and that changed in more than words.

    Args:
        before: The definitions as they were.
        after: The definitions of today.
        sessions: Both on a snapshot, if there is one.
    """
    words = tuple(each for each in altered(before.project, after.project) if not _of_every_metric(each))
    if words:
        yield Redefinition("project", after.project.name, words)
    for kind in KINDS:
        for name, (old, new) in _both(before, after, kind):
            if found := altered(old, new):
                flips = tuple(_flips(sessions, name)) if kind == "goals" and sessions else ()
                yield Redefinition(_one(kind), name, found, flips)


def _of_every_metric(words: str) -> bool:
    return words.strip("`").partition("`")[0].partition(".")[0] in OF_EVERY_METRIC


def _flips(sessions: tuple[Session, Session], name: str) -> Iterator[str]:
    """Where a goal stands under each version, if that is not the same."""
    old, new = (standing(session, session.catalog.goals[name]).state for session in sessions)
    if old != new:
        yield f"goal `{name}`: {old} → **{new}**"


def only_words(before: Catalog, after: Catalog) -> Iterator[str]:
    """The definitions of which only the words changed."""
    for kind in (METRICS, *KINDS):
        yield from (f"{_one(kind)} {name}" for name, (old, new) in _both(before, after, kind) if reworded(old, new))


def others(before: Catalog, after: Catalog) -> Iterator[str]:
    """What goes by another name, stands otherwise than it did, came or went; metrics come and go elsewhere."""
    for kind in (METRICS, *KINDS):
        former = _former(before, after, kind)
        yield from (f"{_one(kind)} {old} is now {new}" for new, old in former.items() if "." not in new)
        for name, (old, new) in _both(before, after, kind):
            if said := restated(old, new):
                yield f"{_one(kind)} {name}: {said}"
        if kind != METRICS:
            old, new = getattr(before, kind), getattr(after, kind)
            yield from (f"{_one(kind)} {name} added" for name in new if name not in old and name not in former)
            yield from (f"{_one(kind)} {name} removed" for name in old if name not in new and name not in former.values())


def former_names(before: Catalog, after: Catalog) -> dict[str, str]:
    """The metrics that go by another name today, each with the one before; standard metrics go with their feature."""
    return _former(before, after, METRICS)


def _former(before: Catalog, after: Catalog, kind: str) -> dict[str, str]:
    if kind not in RENAMED_BY_ALIAS:
        return {}
    names, old, new = after.names.get(_one(kind), {}), getattr(before, kind), getattr(after, kind)
    return {names[name]: name for name in old if name not in new and names.get(name) in new}


def _both(before: Catalog, after: Catalog, kind: str) -> Iterator[tuple[str, tuple[Part, Part]]]:
    """Every definition of a kind that both versions have, by its name of today."""
    old, new, former = getattr(before, kind), getattr(after, kind), _former(before, after, kind)
    yield from ((name, (old[was], new[name])) for name in new if (was := former.get(name, name)) in old)


def _one(kind: str) -> str:
    return kind.removesuffix("s")
