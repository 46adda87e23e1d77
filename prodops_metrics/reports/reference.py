"""What can stand in a definition: the keys of its type, and the project's events with their properties."""

import re
from dataclasses import dataclass

from prodops_metrics.definitions import Catalog, Event, Property
from prodops_metrics.definitions.docstrings import field_docs
from prodops_metrics.definitions.keys import shape
from prodops_metrics.metrics import METRIC_TYPES
from prodops_metrics.reports.starters import purpose

TYPE = re.compile(r"^\s*type:\s*(\w+)", re.MULTILINE)
WORD = re.compile(r"\w+")
NEEDED = "**needed.**"
CONDITIONS = {
    "filter": "Only some of the events: `{results: 0}`, `{rank: {at_most: 3}}`, `{plan: [pro, team]}`.",
    "where": "The same as one SQL condition, where `filter` does not reach.",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """Keys and events, each with what there is to say about it; the events that a text names come first.

    ``others`` are keys that can stand there too, of which there is nothing to say.
    """

    title: str
    keys: tuple[tuple[str, str], ...]
    others: tuple[str, ...]
    events: tuple[tuple[str, str], ...]

    def found(self, word: str) -> tuple[tuple[str, str], ...]:
        """The events with a word in their names, descriptions or properties."""
        wanted = word.strip().lower()
        return tuple((name, said) for name, said in self.events if wanted in f"{name} {said}".lower())


def reference(catalog: Catalog, text: str) -> Reference:
    """What can stand in a text, by the metric type that it names first."""
    named = next((word for word in TYPE.findall(text) if word in METRIC_TYPES), "")
    words = set(WORD.findall(text))
    events = sorted(catalog.events.values(), key=lambda event: event.id not in words)
    title = f"keys of `{named}`, and {len(events)} events" if named else f"metric types, and {len(events)} events"
    keys = _keys(named) if named else _types()
    told = tuple((key, said) for key, said in keys.items() if said)
    silent = tuple(key for key, said in keys.items() if not said)
    return Reference(title, told, silent, tuple((event.id, _event(event)) for event in events))


def _types() -> dict[str, str]:
    return {word: purpose(word) for word in METRIC_TYPES}


def _keys(word: str) -> dict[str, str]:
    """The keys of a type, those first that it cannot do without."""
    model = METRIC_TYPES[word]
    fields = model.model_fields
    docs = {fields[name].alias or name: said for name, said in field_docs(model).items() if name in fields}
    needed = {field.alias or name for name, field in fields.items() if field.is_required()} | {"type"}
    said = {key: CONDITIONS.get(key) or docs.get(key, "") for key in shape(model)}
    marked = {key: f"{NEEDED} {text}".strip() if key in needed else text for key, text in said.items()}
    return dict(sorted(marked.items(), key=lambda each: each[0] not in needed))


def _event(event: Event) -> str:
    """An event's description, and its properties with their types."""
    properties = ", ".join(f"`{name}` ({_kind(each)})" for name, each in event.properties.items())
    return f"{event.description}{': ' if event.description and properties else ''}{properties}"


def _kind(declared: Property) -> str:
    return f"{declared.type}: {', '.join(map(str, declared.enum))}" if declared.enum else declared.type
