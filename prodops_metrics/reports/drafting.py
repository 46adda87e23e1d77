"""A definition written by question and answer: what to ask, what an answer means, and what is wrong with it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from prodops_metrics.definitions import (
    GIVEN,
    Catalog,
    Contents,
    Event,
    EventPosition,
    Fault,
    Feature,
    Inspection,
    Part,
    advice,
    contents_of,
)
from prodops_metrics.definitions.docstrings import field_docs
from prodops_metrics.definitions.emitting import scalar
from prodops_metrics.definitions.experiments import Experiment
from prodops_metrics.definitions.goals import Goal
from prodops_metrics.definitions.homes import home
from prodops_metrics.definitions.values import read_value
from prodops_metrics.definitions.writing import with_definition
from prodops_metrics.errors import DefinitionError, WritingError
from prodops_metrics.metrics import METRIC_TYPES, Metric, inspect_project
from prodops_metrics.reports.starters import purpose
from prodops_metrics.reports.twins import EMPTY_WORDS

Kind = Literal["metric", "event", "feature", "goal", "experiment"]
MODELS: Mapping[Kind, type[Part]] = {
    "metric": Metric,
    "event": Event,
    "feature": Feature,
    "goal": Goal,
    "experiment": Experiment,
}
ASKED: Mapping[Kind, tuple[str, ...]] = {
    "metric": ("filter", "feature", "owner"),
    "event": ("description", "properties"),
    "feature": ("name", "description", "used", "exposed", "succeeded", "failed", "owner", "launched"),
    "goal": ("baseline", "target", "change", "start", "by", "owner"),
    "experiment": ("description", "feature", "control", "end"),
}
"""What is asked for besides the keys that a definition cannot do without; Enter leaves it out."""
UNLESS = {"owner": "feature", "change": "target", "start": "baseline"}
"""Keys that are not asked for where another was given."""
VERBATIM = frozenset({"description", "name", "question", "hypothesis", "unit", "learned", "formula", "where"})
"""Keys whose answer is text as it stands; any other answer is read as YAML."""
WORDS = {
    "description": "What does it tell, in one sentence?",
    "type": "How is it counted?",
    "event": "Which event?",
    "filter": "Only some of them, such as {results: 0}?",
    "feature": "Which feature is it about?",
    "owner": "Which team does it belong to?",
    "used": "Which event says that it was used?",
    "exposed": "Which event says that it was shown?",
    "succeeded": "Which event says that its result was had?",
    "failed": "Which event says that it failed?",
    "properties": "Its properties, such as {results: integer}?",
    "window": "How long may it take, such as 7 days?",
    "steps": "Which events, one after the other, such as `opened, submitted`?",
    "numerator": "What is above the line: an event, or {type: sum, event: ..., property: ...}?",
    "denominator": "What is below the line?",
    "baseline": "The days to compare with, such as {from: 2026-04-01, to: 2026-06-30}?",
    "metric": "Which metric is it measured by?",
    "primary": "Which metric decides it?",
    "property": "Which of its properties?",
    "name": "What is it called?",
    "launched": "Since which day is it there, such as 2026-05-04?",
    "start": "From which day on?",
    "end": "Until which day?",
    "control": "Which variant is the one without a change?",
    "target": "The number to reach, such as 30%?",
    "change": "Or the change, such as {relative: -20%} or {points: 4}?",
    "by": "Until which day?",
    "exposure": "How is it known who saw what, such as {event: experiment_viewed, variant: variant}?",
    "variants": "The variants with their shares, such as {control: 50, treatment: 50}?",
}
NEEDED: Mapping[Kind, tuple[str, ...]] = {"metric": ("description", "type"), "event": ("description",), "feature": ("used",)}
"""Keys that nothing of a kind goes without, beside those that its model asks for."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
EXAMPLES = {"integer": "{at_least: 3}", "number": "{at_least: 3}", "boolean": "true"}
MOST_NAMED = 12
"""Of more properties than these, the first are named where a filter is asked for."""
NEUTRAL = "not_named_yet"
FIRST, CONDITIONS = ("description", "question", "name", "type"), ("filter", "where")
SAYS_NOTHING = EMPTY_WORDS - {"without", "used", "week"}
LONGEST_ID, MOST_WORDS = 40, 5


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask for a key; an answer is one of ``choices`` (name and description) where there are any."""

    key: str
    words: str
    needed: bool
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition on its way: of a kind, under an id, with the values given so far, for a file."""

    kind: Kind
    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    file: str | None = None

    def having(self, key: str, value: object) -> "Draft":
        """The same with one value more."""
        return replace(self, values={**self.values, key: value})

    def without(self, key: str) -> "Draft":
        """The same without a value."""
        return replace(self, values={name: value for name, value in self.values.items() if name != key})


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft as it would stand in the project: the file with it, and what is wrong with it there."""

    file: str
    text: str
    line: int
    inspection: Inspection
    faults: tuple[Fault, ...]


def questions(catalog: Catalog, draft: Draft) -> Iterator[Question]:
    """What may still be asked, in the order in which people think."""
    model = _model(draft)
    needed = [*NEEDED.get(draft.kind, ()), *_needed(model)]
    asked = [key for key in ASKED[draft.kind] if key in _keys(model) and UNLESS.get(key) not in draft.values]
    for key in dict.fromkeys([*needed, *asked]):
        if key not in draft.values:
            words = _filter_words(catalog, draft) if key == "filter" else _words(key, model)
            yield Question(key, words, key in needed, tuple(_choices(catalog, draft, key, model)))


def _model(draft: Draft) -> type[Part]:
    return METRIC_TYPES.get(str(draft.values.get("type")), Metric) if draft.kind == "metric" else MODELS[draft.kind]


def _keys(model: type[Part]) -> dict[str, Any]:
    fields = {each.alias or name: each for name, each in model.model_fields.items() if GIVEN not in each.metadata}
    return {**fields, "filter": fields["condition"]} if "condition" in fields else fields


def _needed(model: type[Part]) -> list[str]:
    return [key for key, each in _keys(model).items() if each.is_required() and key != "type"]


def _words(key: str, model: type[Part]) -> str:
    return WORDS.get(key) or field_docs(model).get(key) or f"`{key}`?"


def _filter_words(catalog: Catalog, draft: Draft) -> str:
    """The question for a filter, with the properties that its event has."""
    event = catalog.events.get(str(draft.values.get("event")))
    declared = {**catalog.properties, **event.properties} if event else {}
    if not declared:
        return WORDS["filter"]
    name, first = next(((name, one) for name, one in declared.items() if one.enum), next(iter(declared.items())))
    value = scalar(first.enum[0]) if first.enum else EXAMPLES.get(first.type, "...")
    said = [f"{name} ({', '.join(map(scalar, one.enum)) or one.type})" for name, one in list(declared.items())[:MOST_NAMED]]
    more = f" and {len(declared) - MOST_NAMED} more" if len(declared) > MOST_NAMED else ""
    return f"Only some of them, such as {{{name}: {value}}}? They have {', '.join(said)}{more}"


def _choices(catalog: Catalog, draft: Draft, key: str, model: type[Part]) -> Iterator[tuple[str, str]]:
    if key == "type":
        yield from ((word, purpose(word)) for word in METRIC_TYPES)
    elif key == "feature":
        yield from ((one.id, one.description) for one in catalog.features.values())
    elif key == "owner":
        yield from ((one.id, one.name) for one in catalog.project.teams.values())
    elif key in {"metric", "primary"}:
        yield from ((one.id, one.description) for one in catalog.metrics.values())
    elif key == "property":
        yield from _properties(catalog, str(draft.values.get("event")))
    elif _is_events(model, key):
        yield from ((one.id, one.description) for one in catalog.events.values())


def _is_events(model: type[Part], key: str) -> bool:
    each = _keys(model).get(key)
    kinds = (each.annotation, *get_args(each.annotation)) if each else ()
    return EventPosition in kinds or key in {"numerator", "denominator"}


def _properties(catalog: Catalog, event: str) -> Iterator[tuple[str, str]]:
    declared = catalog.events[event].properties if event in catalog.events else {}
    yield from (
        (name, each.description or each.type) for name, each in declared.items() if each.type in {"integer", "number"}
    )


def understood(draft: Draft, key: str, text: str) -> object:
    """What an answer means: text as it stands, or YAML; events in a row need no brackets.

    Raises:
        WritingError: the answer cannot be read.
    """
    if key in VERBATIM:
        return text
    each = _keys(_model(draft)).get(key)
    many = each is not None and get_origin(each.annotation) is tuple
    value = read_value(f"[{text}]" if many and not text.startswith("[") else text)
    if key in {"numerator", "denominator"} and isinstance(value, str):
        return {"type": "count", "event": value}
    return value


def proposed_id(description: str) -> str:
    """An id made of a description's words: ``searches_found_nothing``."""
    words = [word for word in re.findall(r"[a-z0-9]+", description.lower()) if word not in SAYS_NOTHING]
    name = "_".join(words[:MOST_WORDS])[:LONGEST_ID].strip("_")
    return name if NAME.fullmatch(name) else ""


def drafted(catalog: Catalog, draft: Draft, held: Contents | None = None) -> Drafted:
    """A draft put into its file, in memory, and checked there with the whole project.

    Raises:
        WritingError: it cannot be added to its file.
    """
    contents = contents_of(catalog.root) if held is None else held
    kind = f"{draft.kind}s"
    file = draft.file or home(catalog, kind, draft.name, draft.values)
    old = contents.get(file, b"").decode()
    text = with_definition(old, kind, draft.name, _in_order(draft))
    found = inspect_project(catalog.root, {**contents, file: text.encode()})
    node = found.files.kinds[kind].get(draft.name)
    if node is None or node.key is None:
        raise WritingError(f"`{draft.name}` cannot be added to {file}.")
    first = node.key.place.line
    last = first + text.count("\n") - old.count("\n")
    own = (one for one in (*found.faults, *advice(found)) if one.place.file == file and first <= one.place.line < last)
    return Drafted(file, text, first, found, tuple(own))


def _in_order(draft: Draft) -> dict[str, object]:
    """The values in the order in which definitions are read: what it tells, how it is counted, then the rest."""
    model = _model(draft)
    common = Metric.model_fields if draft.kind == "metric" else {}
    keys = _keys(model)
    own = [key for key, each in keys.items() if key not in common or key == "window"]
    order = [*FIRST, *own, *CONDITIONS, *keys]
    return {key: draft.values[key] for key in dict.fromkeys([*order, *draft.values]) if key in draft.values}


def faults_of(found: Drafted, draft: Draft, key: str) -> tuple[Fault, ...]:
    """The faults of one answer: those that lie on the lines of its key."""
    node = found.inspection.files.kinds[f"{draft.kind}s"][draft.name].child(key)
    if node is None or node.key is None:
        return ()
    first = node.key.place.line
    later = [
        one.key.place.line for one in found.inspection.files.kinds[f"{draft.kind}s"][draft.name].entries.values() if one.key
    ]
    end = min((line for line in later if line > first), default=first + 10_000)
    return tuple(one for one in found.faults if first <= one.place.line < end and not one.advice)


def faults_of_id(catalog: Catalog, draft: Draft) -> str:
    """Why a draft cannot have its id, in one line; nothing where it can."""
    try:
        found, neutral = drafted(catalog, draft), drafted(catalog, replace(draft, name=NEUTRAL))
    except WritingError as error:
        return str(error)
    others = {fault.code for fault in neutral.inspection.faults}
    own = [one for one in found.inspection.faults if not one.advice and one.code not in others]
    return " ".join(f"{one.message[:1].upper()}{one.message[1:]}. {one.cure or ''}".rstrip() for one in own)


def written(root: Path, found: Drafted) -> Path:
    """Puts the file with the draft in the place of the one without it; its folder is made where there is none.

    Raises:
        DefinitionError: the draft has faults.
    """
    if any(not fault.advice for fault in found.faults):
        raise DefinitionError(found.faults)
    path = root / found.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(found.text.encode())
    return path
