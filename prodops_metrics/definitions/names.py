"""Every name that a feature or metric goes by: its id, and the aliases that it had before."""

import re
from collections.abc import Iterable, Iterator, Mapping

from prodops_metrics.definitions.checks.lifecycle import former_name_taken, looks_alike
from prodops_metrics.definitions.checks.shape import not_an_id
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.naming import ID
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.scope import MetricFacts

BETWEEN_DIGITS = re.compile(r"(?<![0-9])_|_(?![0-9])")
LONE_DIGIT = re.compile(r"(?<![0-9_])[01](?![0-9_])")
LETTERS = {"0": "o", "1": "l"}

Names = Mapping[str, str]
"""Each name with the id that it stands for."""


def names(nodes: Mapping[str, Node], report: Report) -> Names:
    """The names of a kind, read leniently, as its definitions are not read yet; a name that two claim is reported."""
    owners = {id_: id_ for id_ in nodes}
    for id_, node in nodes.items():
        for index, alias in enumerate(raw_aliases(node)):
            if not ID.fullmatch(alias):
                report.add_in(node, not_an_id(alias, "").under("aliases", index))
            elif owners.setdefault(alias, id_) != id_:
                report.add_in(node, former_name_taken(alias, owners[alias]).under("aliases", index))
    return owners


def raw_aliases(node: Node) -> tuple[str, ...]:
    """The aliases of a definition that is not read yet, or cannot be."""
    aliases = node.child("aliases")
    return tuple(str(each.value) for each in aliases.value) if aliases and isinstance(aliases.value, list) else ()


def metric_names(own: Names, features: Names, standard: Iterable[str]) -> Names:
    """The names of all metrics, the standard ones of every feature as ``search.adoption`` among them."""
    return {**own, **dict(_of_features(features, tuple(standard)))}


def _of_features(features: Names, standard: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name, id_ in features.items():
        yield from ((f"{name}.{each}", f"{id_}.{each}") for each in standard)


def facts(metrics: Mapping[str, MetricDefinition | None]) -> dict[str, MetricFacts]:
    """What other definitions need to know of every metric that could be read."""
    return {
        id_: MetricFacts(each.percent, each.higher_is_better, each.entity, each.axes)
        for id_, each in metrics.items()
        if each is not None
    }


def check_lookalikes(nodes: Mapping[str, Node], report: Report) -> None:
    """Reports every id of a kind that is easily taken for one before it."""
    seen: dict[str, Node] = {}
    ids: dict[str, str] = {}
    for id_, node in nodes.items():
        skeleton = bones(id_)
        if skeleton in seen:
            report.add(node.key or node.spot, looks_alike(id_, ids[skeleton], seen[skeleton].named.place))
        else:
            seen[skeleton], ids[skeleton] = node, id_


def bones(id_: str) -> str:
    """What two ids have in common that are easily taken for each other: no underscores, no lone digits like letters."""
    letters = LONE_DIGIT.sub(lambda found: LETTERS[found[0]], id_)
    return BETWEEN_DIGITS.sub("", letters)
