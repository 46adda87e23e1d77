"""Metrics that are near another one: the same calculation, the same events, or the same words.

A metric that exists already is found before it is defined a second time.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from prodops_metrics.definitions import Catalog, MetricDefinition
from prodops_metrics.reports.changes import events_of
from prodops_metrics.reports.sentences import meant
from prodops_metrics.reports.spoken import key_of, spoken, values_of

MOST = 5
LEAST = 0.3
"""Below this nearness two metrics have little to do with each other."""
WORD = re.compile(r"[a-z0-9]+")
EMPTY_WORDS = frozenset(
    WORD.findall(
        "a an and any are as at by did do for from how in is it its many metric much number of on one or per share that the "
        "their them they this to used was week were what when which who whose with without"
    )
)
SAID = 3


@dataclass(frozen=True, slots=True)
class Twin:
    """A metric near the one asked about; ``same`` if both give the same number always.

    ``words`` says why it is near and wherein it differs.
    """

    metric: MetricDefinition
    same: bool
    nearness: float
    words: str


def twins(catalog: Catalog, metric: MetricDefinition, known: Catalog | None = None) -> tuple[Twin, ...]:
    """The metrics nearest to one of the catalog, the same calculation first.

    Args:
        catalog: The definitions that ``metric`` is one of.
        metric: What is compared.
        known: The definitions to search; those of ``catalog`` if not given.
    """
    candidates = [one for one in (known or catalog).metrics.values() if one.id != metric.id]
    own = catalog.meaning(metric.id)
    found = [_compared(one, metric, same=catalog.meaning(one.id) == own) for one in candidates if one.id in catalog.metrics]
    return _nearest(found)


def named_alike(catalog: Catalog, words: str, events: Iterable[str] = ()) -> tuple[Twin, ...]:
    """The metrics nearest to a few words and events, before anything is defined."""
    asked, wanted = _words(words), frozenset(events)
    return _nearest(_found(one, asked, wanted) for one in catalog.metrics.values())


def _nearest(found: Iterable[Twin]) -> tuple[Twin, ...]:
    near = sorted((one for one in found if one.nearness >= LEAST), key=_rank)
    return tuple(near[:MOST])


def _rank(twin: Twin) -> tuple[float, bool, str]:
    """The nearest first; of equally near ones those that somebody wrote before the standard ones of a feature."""
    return -twin.nearness, "." in twin.metric.id, twin.metric.id


def _found(one: MetricDefinition, asked: Mapping[str, str], wanted: frozenset[str]) -> Twin:
    shared = asked.keys() & _words(f"{one.id} {one.description} {one.question or ''}").keys()
    events = wanted & events_of(one)
    alike, overlap = _share(shared, asked), _share(events, wanted)
    said = [f"same words: {', '.join(asked[stem] for stem in asked if stem in shared)}"] if shared else []
    said += [f"counts {', '.join(f'`{event}`' for event in sorted(events))}"] if events else []
    nearness = 0.7 * alike + 0.3 * (overlap if wanted else alike)
    return Twin(one, same=False, nearness=nearness, words="; ".join(said))


def _compared(other: MetricDefinition, metric: MetricDefinition, *, same: bool) -> Twin:
    if same:
        return Twin(other, same=True, nearness=2.0, words="the same calculation")
    events, theirs = events_of(metric), events_of(other)
    overlap = _share(events & theirs, events | theirs)
    words = _words(f"{metric.id} {metric.description}")
    alike = _share(words.keys() & _words(f"{other.id} {other.description}").keys(), words)
    nearness = 0.5 * overlap + 0.3 * alike + (0.2 if overlap and other.type == metric.type else 0.0)
    if other.type != metric.type:
        which = "the same" if overlap == 1 else "some of the same" if overlap else "other"
        clause = meant(other)
        said = f"of {which} events, {clause[:1].lower()}{clause[1:]}"
    else:
        said = _differences(other, metric)
    return Twin(other, same=False, nearness=nearness, words=said)


def _differences(other: MetricDefinition, metric: MetricDefinition) -> str:
    """Wherein another metric of the same type differs, as the values that it has."""
    theirs, mine = values_of(other), values_of(metric)
    keys = [name for name in theirs if name not in type(other).wording and theirs[name] != mine.get(name)]
    said = [f"`{key_of(other, name)}` is {spoken(theirs[name])}" for name in keys[:SAID]]
    more = f" and {len(keys) - SAID} more" if len(keys) > SAID else ""
    return f"{', '.join(said)}{more} there" if said else "differs in what it rests on"


def _words(text: str) -> dict[str, str]:
    """The words of a text that say something, by their stems."""
    found = [word for word in WORD.findall(text.lower().replace("_", " ")) if word not in EMPTY_WORDS]
    return {_stem(word): word for word in found}


def _stem(word: str) -> str:
    """A word without the ending that only its grammar gives it."""
    for ending in ("ing", "ers", "er", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _share(part: Collection[str], whole: Collection[str]) -> float:
    return len(part) / len(whole) if whole else 0.0
