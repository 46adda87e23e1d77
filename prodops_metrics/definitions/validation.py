"""From a node to a model: every fault that keys, pydantic and our own types find, at its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from prodops_metrics.definitions.faults import FLAWS, Flaw
from prodops_metrics.definitions.fields import shown
from prodops_metrics.definitions.keys import unknown_keys
from prodops_metrics.definitions.nearest import did_you_mean
from prodops_metrics.definitions.part import Part
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.report import Report, follow
from prodops_metrics.definitions.scope import Scope

Model = TypeVar("Model", bound=Part)

EXPECTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "`true` or `false`",
    "dict": "a mapping, `key: value` on lines of their own",
    "mapping": "a mapping, `key: value` on lines of their own",
    "model": "a mapping, `key: value` on lines of their own",
    "tuple": "a list, `[one, two]`",
    "list": "a list, `[one, two]`",
}
CONSEQUENCES = frozenset({"extra_forbidden", "default_factory_not_called"})
"""Errors that only repeat another: keys are checked before, and defaults wait for the fields that they rest on."""

CODES = {"int": "E105", "float": "E105"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads models in a scope; their faults go to the report."""

    scope: Scope
    report: Report

    def read(
        self,
        model: type[Model],
        node: Node,
        given: Mapping[str, object],
        elsewhere: Mapping[str, str] | None = None,
    ) -> Model | None:
        """The model that a node describes, or None where it has faults.

        Args:
            model: What the node is read as.
            node: A mapping.
            given: Fields that no key sets.
            elsewhere: Of keys unknown here, whose they are.
        """
        if not isinstance(node.value, dict):
            flaw = Flaw("E107", f"a mapping is expected here, not {shown(node.raw())}")
            self.report.add(node.key or node.spot, flaw)
            return None
        unknown = list(unknown_keys(node, model, elsewhere or {}))
        for flaw, _ in unknown:
            self.report.add_in(node, flaw)
        meant = {(*flaw.path[:-1], near) for flaw, near in unknown}
        parents = {flaw.path[:-1] for flaw, _ in unknown}
        try:
            return model.model_validate({**_raw(node), **given}, context=self.scope)
        except ValidationError as error:
            for flaw in _flaws(node, error):
                # A mistyped key is not missing too, and its mapping not of the wrong kind.
                if flaw.path not in meant and not (flaw.code == "E107" and flaw.path in parents):
                    self.report.add_in(node, flaw)
            return None


def _raw(node: Node) -> dict[str, object]:
    return {key: child.raw() for key, child in node.entries.items()}


def _flaws(node: Node, error: ValidationError) -> Iterator[Flaw]:
    """One flaw for each fault: of what the members of a union say about one value, our own word or the first."""
    said: dict[tuple[str | int, ...], list[Flaw]] = {}
    details = error.errors(include_url=False)
    for detail in sorted(details, key=lambda each: each["type"] != FLAWS):
        if detail["type"] in CONSEQUENCES or _follows(detail, details):
            continue
        path = follow(node, detail["loc"])[1]
        where = (*path, detail["loc"][-1]) if detail["type"] == "missing" else path
        if where not in said or not path:
            said.setdefault(where, []).extend(_translated(detail, node, where))
    for flaws in said.values():
        yield from flaws


def _follows(detail: ErrorDetails, others: list[ErrorDetails]) -> bool:
    """Whether a list is too short only because some of its values are wrong."""
    loc = detail["loc"]
    if detail["type"] != "too_short" or not loc:
        return False
    return any(len(each["loc"]) > len(loc) and each["loc"][: len(loc)] == loc for each in others)


def _translated(detail: ErrorDetails, node: Node, path: tuple[str | int, ...]) -> list[Flaw]:
    context: dict[str, Any] = detail.get("ctx", {})
    if detail["type"] == FLAWS:
        return [flaw.under(*path) for flaw in context["flaws"]]
    kind = detail["type"]
    raw = detail["input"]
    if kind == "missing":
        return [Flaw("E102", f"`{path[-1]}` is missing", None, path)]
    if kind in {"literal_error", "union_tag_invalid"}:
        return [_choice(raw, context, path)]
    if kind == "union_tag_not_found":
        return [Flaw("E102", "`type` is missing", None, path)]
    expected = EXPECTED.get(kind.split("_")[0])
    if expected and kind.endswith(("_type", "_parsing", "_from_float")):
        return [Flaw(CODES.get(kind.split("_")[0], "E107"), f"{shown(raw)} is not {expected}", None, path)]
    message = str(context["error"]) if "error" in context else detail["msg"]
    return [Flaw("E116", message[:1].lower() + message[1:], None, path)]


def _choice(raw: object, context: Mapping[str, Any], path: tuple[str | int, ...]) -> Flaw:
    choices = str(context.get("expected") or context.get("expected_tags") or "").replace("'", "")
    if "tag" in context:
        raw, path = context["tag"], (*path, "type")
    names = [name.strip() for name in choices.replace(" or ", ",").split(",")]
    cure = did_you_mean(str(raw), names, otherwise=f"It is one of: {', '.join(names)}")
    return Flaw("E103", f"{shown(raw)} is not a word that can stand here", cure, path)
