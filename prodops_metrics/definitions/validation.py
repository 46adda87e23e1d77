"""From a node to a model: every fault that keys, pydantic and our own types find, at its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from prodops_metrics.definitions.checks.shape import missing_key, unknown_word
from prodops_metrics.definitions.checks.values import impossible_value, not_a_number, wrong_kind
from prodops_metrics.definitions.faults import FLAWS, Flaw
from prodops_metrics.definitions.foreign import WORDS, ours
from prodops_metrics.definitions.keys import Mending, mended
from prodops_metrics.definitions.nearest import shown
from prodops_metrics.definitions.part import Part
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.report import Report, follow
from prodops_metrics.definitions.scope import Scope

Model = TypeVar("Model", bound=Part)

NUMBERS: Mapping[str, Literal["int", "float"]] = {"int": "int", "float": "float"}
KINDS = {
    "string": "text",
    "bool": "bool",
    "dict": "mapping",
    "mapping": "mapping",
    "model": "mapping",
    "tuple": "list",
    "list": "list",
}
KEY = "[key]"
"""The last step of pydantic's path where a key of a mapping is wrong."""
BOUNDS = {"gt": "above", "ge": "at or above", "lt": "below", "le": "at or below"}
"""Limits of numbers, as pydantic calls them."""
LISTS = {"least": "Add what is missing.", "most": "Leave some out."}
CONSEQUENCES = frozenset({"extra_forbidden", "default_factory_not_called"})
"""Errors that only repeat another: keys are checked before, and defaults wait for the fields that they rest on."""


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
        mending: Mending | None = None,
    ) -> Model | None:
        """The model that a node describes, or None where it has faults.

        A mistyped key is reported, and its value read under the name that was meant: what is wrong there is found too.

        Args:
            model: What the node is read as.
            node: A mapping.
            given: Fields that no key sets.
            elsewhere: Of keys unknown here, whose they are.
            mending: What is known to be wrong with it.
        """
        if not isinstance(node.value, dict):
            self.report.add(node.key or node.spot, wrong_kind(node.raw(), "mapping"))
            return None
        mending = mending or Mending()
        node = mended(node, model, mending, elsewhere)
        for spot, flaw in mending.flaws:
            self.report.add(spot, flaw)
        try:
            found = model.model_validate({**_raw(node), **given}, context=self.scope)
        except ValidationError as error:
            for flaw in list(_flaws(node, error)) or ([] if mending.flaws else [_of_last_resort(error)]):
                if not mending.explains(flaw):
                    self.report.add_in(node, flaw)
            return None
        return None if mending.flaws else found


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
        of_key = detail["loc"][-1:] == (KEY,)
        where = (*path, detail["loc"][-1]) if detail["type"] == "missing" or of_key else path
        if where not in said or not path:
            flaws = _translated(detail, node, where)
            said.setdefault(where, []).extend(replace(flaw, at_key=flaw.at_key or of_key) for flaw in flaws)
    for flaws in said.values():
        yield from flaws


def _of_last_resort(error: ValidationError) -> Flaw:
    """What is said of a definition that cannot be read, where every error only seemed to follow from another."""
    detail = error.errors(include_url=False)[0]
    return impossible_value(detail["msg"]).under(*(step for step in detail["loc"] if step != KEY))


def _follows(detail: ErrorDetails, others: list[ErrorDetails]) -> bool:
    """Whether a list is too short only because some of its values are wrong."""
    loc = detail["loc"]
    if detail["type"] != "too_short" or not loc:
        return False
    return any(len(each["loc"]) > len(loc) and each["loc"][: len(loc)] == loc for each in others)


def _translated(detail: ErrorDetails, node: Node, path: tuple[str | int, ...]) -> list[Flaw]:
    context: dict[str, Any] = detail.get("ctx", {})
    if detail["type"] == FLAWS:
        of_key = detail["loc"][-1:] == (KEY,)
        return [replace(flaw, at_key=flaw.at_key or of_key).under(*path) for flaw in context["flaws"]]
    kind = detail["type"]
    raw = detail["input"]
    if kind == "missing":
        return [missing_key(str(path[-1])).under(*path)]
    if kind in {"literal_error", "union_tag_invalid"}:
        return [_choice(raw, context, path)]
    if kind == "union_tag_not_found":
        return [missing_key("type").under(*path)]
    if bounds := _of_bounds(kind, raw, context):
        return [bounds.under(*path)]
    return [_of_kind(kind, raw, str(context.get("error") or detail["msg"])).under(*path)]


def _of_kind(kind: str, raw: object, message: str) -> Flaw:
    first = kind.split("_")[0]
    if kind.endswith(("_type", "_parsing", "_from_float")):
        if first in NUMBERS:
            return not_a_number(raw, NUMBERS[first])
        if first in KINDS:
            return wrong_kind(raw, KINDS[first])
    return impossible_value(message)


def _of_bounds(kind: str, raw: object, context: Mapping[str, Any]) -> Flaw | None:
    """What is too little or too much, in words of ours."""
    if kind == "string_too_short":
        return impossible_value("the text is empty", "Say it in a few words.")
    if kind in {"too_short", "too_long"}:
        key, word = ("min_length", "least") if kind == "too_short" else ("max_length", "most")
        count = context.get("actual_length") or 0
        return impossible_value(f"{count} in this list, which has at {word} {context[key]}", LISTS[word])
    for key, word in BOUNDS.items():
        if key in context:
            return impossible_value(f"{shown(raw)} is not {word} {context[key]}", f"Write a number {word} {context[key]}.")
    return None


def _choice(raw: object, context: Mapping[str, Any], path: tuple[str | int, ...]) -> Flaw:
    choices = str(context.get("expected") or context.get("expected_tags") or "").replace("'", "")
    if "tag" in context:
        raw, path = context["tag"], (*path, "type")
    names = [name.strip() for name in choices.replace(" or ", ",").split(",")]
    return unknown_word(raw, names, near=ours(str(raw).lower(), names, WORDS)).under(*path)
