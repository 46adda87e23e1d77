"""Reading metrics: own ones, and those that every feature has."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from prodops_metrics.definitions.checks.references import unknown_standard
from prodops_metrics.definitions.checks.shape import grain_and_window, missing_key, unknown_key, unknown_word
from prodops_metrics.definitions.checks.values import wrong_kind
from prodops_metrics.definitions.events import given
from prodops_metrics.definitions.features import Feature
from prodops_metrics.definitions.foreign import TYPES, ours
from prodops_metrics.definitions.keys import shape
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.nearest import listed, nearest
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.standard import AbsentError, MisplacedError, standard_node
from prodops_metrics.definitions.validation import Reader


class Metrics:
    """Reads metrics by the models of their types; ``features`` give them owners and eligible units."""

    def __init__(
        self,
        models: Mapping[str, type[MetricDefinition]],
        reader: Reader,
        features: Mapping[str, Feature | None],
    ) -> None:
        self.models, self.reader, self.features = models, reader, features

    def own(self, nodes: Mapping[str, Node]) -> dict[str, MetricDefinition | None]:
        """The metrics that stand under ``metrics:``."""
        return {name: self._read(name, node) for name, node in nodes.items()}

    def standard(
        self, standard: Mapping[str, Node], nodes: Mapping[str, Node]
    ) -> tuple[dict[str, MetricDefinition | None], dict[str, str]]:
        """The standard metrics of every feature as ``search.adoption``, and those absent with the reason."""
        found: dict[str, MetricDefinition | None] = {}
        absent: dict[str, str] = {}
        for id_, feature in self.features.items():
            overrides = self._overrides(nodes[id_], standard)
            if feature is None:
                continue
            for name, node in standard.items():
                try:
                    found[f"{id_}.{name}"] = self._standard(name, node, overrides.get(name), feature)
                except AbsentError as reason:
                    absent[f"{id_}.{name}"] = str(reason)
        return found, absent

    def _overrides(self, feature: Node, standard: Mapping[str, Node]) -> Mapping[str, Node]:
        section = feature.child("standard")
        for name, node in (section.entries if section else {}).items():
            if name not in standard:
                self.reader.report.add(node.key or node.spot, unknown_standard(name, standard))
        return section.entries if section else {}

    def _standard(self, name: str, node: Node, override: Node | None, feature: Feature) -> MetricDefinition | None:
        try:
            resolved = standard_node(node, override, feature)
        except MisplacedError as error:
            self.reader.report.add_in(error.node, error.flaws[0])
            return None
        return self._read(f"{feature.id}.{name}", resolved, feature.id)

    def _read(self, name: str, node: Node, feature_id: str | None = None) -> MetricDefinition | None:
        model = self._model(node)
        if model is None:
            return None
        self._check_window(model, node)
        named = feature_id or _text(node, "feature")
        feature = self.features.get(self.reader.scope.features.get(named, named))
        more: dict[str, object] = {"feature": feature_id} if feature_id else {}
        if feature is not None:
            more |= {"eligible": feature.eligible}
            more |= {"owner": feature.owner} if node.child("owner") is None else {}
        return self.reader.read(model, node, {**given(name, node), **more}, self._elsewhere[model])

    def _model(self, node: Node) -> type[MetricDefinition] | None:
        if not isinstance(node.value, dict):
            self.reader.report.add(node.key or node.spot, wrong_kind(node.raw(), "mapping"))
            return None
        word = node.child("type")
        if word is None:
            if "type" not in self._unknown_to_all(node):
                self.reader.report.add(node.named, missing_key("type", self.models))
            return None
        model = self.models.get(str(word.value))
        if model is None:
            near = ours(str(word.value), self.models, TYPES)
            self.reader.report.add(word.spot, unknown_word(word.raw(), self.models, "metric type", near=near))
            self._unknown_to_all(node)
        return model

    def _unknown_to_all(self, node: Node) -> set[str]:
        """Reports the keys of a metric without a type that no type has; the keys that were likely meant."""
        known = dict.fromkeys(["type", *(key for model in self.models.values() for key in shape(model))])
        meant: set[str] = set()
        for key in node.entries:
            if key not in known:
                near = ours(key, known) or nearest(key, known)
                self.reader.report.add_in(node, unknown_key(key, known, near=near).under(key))
                meant |= set(near[:1])
        return meant

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
