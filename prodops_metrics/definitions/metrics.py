"""Reading metrics: own ones, and those that every feature has."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, get_args

from prodops_metrics.definitions.checks.references import unknown_standard
from prodops_metrics.definitions.checks.shape import grain_and_window, unknown_key
from prodops_metrics.definitions.checks.values import wrong_kind
from prodops_metrics.definitions.events import given
from prodops_metrics.definitions.features import ROLES, Feature
from prodops_metrics.definitions.files import PACKAGED
from prodops_metrics.definitions.keys import Mending, renamed, shape, typed
from prodops_metrics.definitions.literals import TRUTH
from prodops_metrics.definitions.model import Format, MetricDefinition
from prodops_metrics.definitions.nearest import listed, nearest
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.positions import EventMatch, EventPosition
from prodops_metrics.definitions.scope import MetricFacts
from prodops_metrics.definitions.standard import SKIP, AbsentError, MisplacedError, standard_node
from prodops_metrics.definitions.validation import Reader

ANY = EventPosition((EventMatch(None),))


class Metrics:
    """Reads metrics by the models of their types; ``features`` give them owners and eligible units.

    ``facts`` has what can be told of the faulty ones.
    """

    def __init__(
        self,
        models: Mapping[str, type[MetricDefinition]],
        reader: Reader,
        features: Mapping[str, Feature | None],
    ) -> None:
        self.models, self.reader, self.features = models, reader, features
        self.facts: dict[str, MetricFacts] = {}

    def own(self, nodes: Mapping[str, Node]) -> dict[str, MetricDefinition | None]:
        """The metrics that stand under ``metrics:``."""
        return {name: self._read(name, node) for name, node in nodes.items()}

    def standard(
        self, standard: Mapping[str, Node], nodes: Mapping[str, Node]
    ) -> tuple[dict[str, MetricDefinition | None], dict[str, str]]:
        """The standard metrics of every feature as ``search.adoption``, and those absent with the reason."""
        found: dict[str, MetricDefinition | None] = {}
        absent: dict[str, str] = {}
        self._look_at(None, {name: node for name, node in standard.items() if node.spot.place.file != PACKAGED}, standard)
        for id_, feature in self.features.items():
            overrides = self._overrides(nodes[id_], standard)
            if feature is None:
                self._look_at(id_, {name: node for name, node in overrides.items() if name in standard}, standard)
                continue
            for name, node in standard.items():
                try:
                    found[f"{id_}.{name}"] = self._standard(name, node, overrides.get(name), feature)
                except AbsentError as reason:
                    absent[f"{id_}.{name}"] = str(reason)
        return found, absent

    def _look_at(self, feature: str | None, changes: Mapping[str, Node], standard: Mapping[str, Node]) -> None:
        """Reads standard metrics as a feature that has every role would have them: no fault of one hides any of theirs."""
        roles: dict[str, Any] = {"id": feature, "name": "", **dict.fromkeys(ROLES, ANY)}
        stand_in = Feature.model_construct(None, **roles)
        for name, node in changes.items():
            with suppress(AbsentError):
                self._standard(name, standard[name], node if feature else None, stand_in)

    def _overrides(self, feature: Node, standard: Mapping[str, Node]) -> Mapping[str, Node]:
        section = feature.child("standard")
        for name, node in (section.entries if section else {}).items():
            if name not in standard:
                self.reader.report.add(node.key or node.spot, unknown_standard(name, standard))
            self._check_skip(node)
        return section.entries if section else {}

    def _check_skip(self, override: Node) -> None:
        """Asks for the one key that no metric has, which is not looked for among those of its type."""
        for key, node in override.entries.items():
            if key != SKIP and nearest(key, [SKIP]):
                self.reader.report.add(node.key or node.spot, unknown_key(key, [SKIP]))

    def _standard(self, name: str, node: Node, override: Node | None, feature: Feature) -> MetricDefinition | None:
        try:
            resolved = standard_node(node, override, feature)
        except MisplacedError as error:
            self.reader.report.add_in(error.node, error.flaws[0])
            return None
        return self._read(f"{feature.id}.{name}", resolved, feature.id)

    def _read(self, name: str, node: Node, feature_id: str | None = None) -> MetricDefinition | None:
        if not isinstance(node.value, dict):
            self.reader.report.add(node.key or node.spot, wrong_kind(node.raw(), "mapping"))
            return None
        mending = Mending()
        model, node = typed(node, self.models, mending)
        self._check_window(model, node)
        named = feature_id or _text(node, "feature")
        feature = self.features.get(self.reader.scope.features.get(named, named))
        more: dict[str, object] = {"feature": feature_id} if feature_id else {}
        if feature is not None:
            more |= {"eligible": feature.eligible}
            more |= {"launched": feature.launched} if "launched" in model.model_fields else {}
            more |= {"owner": feature.owner} if node.child("owner") is None else {}
        found = self.reader.read(model, node, {**given(name, node), **more}, self._elsewhere[model], mending)
        if found is None and not mending.guessed and (facts := self._salvaged(model, node)):
            self.facts[name] = facts
        return found

    def _salvaged(self, model: type[MetricDefinition], node: Node) -> MetricFacts | None:
        """What goals may know of a faulty metric; nothing where it cannot be told how it is read."""
        keys = renamed(node, shape(model), Mending(), {})
        word, better, entity = (keys[key].value if key in keys else None for key in ("format", "higher_is_better", "entity"))
        if word is not None and word not in get_args(Format):
            return None
        percent = word == "percent" or (word is None and model.estimator == "share")
        good = True if better is None else TRUTH.get(str(better).lower())
        known = str(entity or "user")
        return MetricFacts(percent, good, known if known in self.reader.scope.entities else "", model.axes)

    def _check_window(self, model: type[MetricDefinition], node: Node) -> None:
        """A grain and a rolling window exclude each other, unless the type gives ``window`` another meaning."""
        window, grain = node.child("window"), node.child("grain")
        redeclared = any("window" in base.__annotations__ for base in model.__mro__[: -len(MetricDefinition.__mro__)])
        if window is not None and grain is not None and not redeclared:
            self.reader.report.add(window.key or window.spot, grain_and_window())

    @cached_property
    def _elsewhere(self) -> Mapping[type[MetricDefinition], Mapping[str, str]]:
        """For each type the keys that only others have, with whose they are."""
        users: dict[str, list[str]] = defaultdict(list)
        for word, model in self.models.items():
            for key in shape(model):
                users[key].append(word)
        return {
            model: {key: f"the type {listed(words)}" for key, words in users.items() if key not in shape(model)}
            for model in self.models.values()
        }


def _text(node: Node, key: str) -> str:
    child = node.child(key)
    return str(child.value) if child else ""
