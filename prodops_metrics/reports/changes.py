"""What changed between two states of the definitions, in words: key by key, as the YAML says it."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from prodops_metrics.definitions import Catalog, Event, EventPosition, MetricDefinition, Part
from prodops_metrics.reports.spoken import key_of, spoken, values_of

KINDS = ("sources", "events", "features", "segments", "goals", "experiments", "work", "insights")
SAID_ALONE = {"status", "deprecated", "issue"}
"""What is said of a definition's standing, beside what it means and how it is worded."""
WORDING = {"id", "description", "name", "owner", "question", "links", "contact", "product", "markets", "place"}
"""Fields of any kind that say something about numbers without changing one; some kinds have more."""


def changes(old: MetricDefinition, new: MetricDefinition, before: Catalog, after: Catalog) -> tuple[str, ...]:
    """Why a metric means something else: its own keys first, then what it rests on in the project."""
    own = [*_fields("", old, new), *_aliases(old, new, before, after)]
    return (*own, *_grounds(before, after)) or ("the way this version computes it",)


def reworded(old: Part, new: Part) -> bool:
    """Whether two definitions differ, and only in their words."""
    return not any(True for _ in _fields("", old, new)) and _worded(old) != _worded(new)


def altered(old: Part, new: Part) -> tuple[str, ...]:
    """What two definitions of one thing say otherwise, beside their words."""
    return tuple(_fields("", old, new))


def restated(old: Part, new: Part) -> str:
    """How a definition stands now, where it stood otherwise: ``draft → active``; else nothing."""
    left, right = (getattr(part, "status", None) or "active" for part in (old, new))
    return f"{left} → {right}" if left != right else ""


def _wording(part: BaseModel) -> frozenset[str]:
    """The fields of a model that no number hangs on; the aliases of an event are its names in the exports."""
    own = part.wording if isinstance(part, Part) else frozenset()
    return own | WORDING | SAID_ALONE | (frozenset() if isinstance(part, Event) else {"aliases"})


def _worded(part: Part) -> dict[str, object]:
    return {name: value for name, value in values_of(part).items() if name in _wording(part) - SAID_ALONE}


def _fields(path: str, old: BaseModel, new: BaseModel) -> Iterator[str]:
    """A sentence for each field of two models that differs, nested ones field by field."""
    before, after = values_of(old), values_of(new)
    for name in dict.fromkeys([*before, *after]):
        if name not in _wording(old):
            yield from _values(f"{path}{key_of(old if name in before else new, name)}", before.get(name), after.get(name))


def _values(key: str, left: object, right: object) -> Iterator[str]:
    if left == right:
        return
    if isinstance(left, BaseModel) and isinstance(right, BaseModel):
        yield from _fields(f"{key}.", left, right)
    elif isinstance(left, Mapping) and isinstance(right, Mapping):
        for name in dict.fromkeys([*left, *right]):
            yield from _values(f"{key}.{name}", left.get(name), right.get(name))
    else:
        yield f"`{key}`: {spoken(left)} → {spoken(right)}"


def _aliases(old: MetricDefinition, new: MetricDefinition, before: Catalog, after: Catalog) -> Iterator[str]:
    for event in sorted(events_of(old) & events_of(new)):
        left, right = before.events.get(event), after.events.get(event)
        if left and right and set(left.aliases) != set(right.aliases):
            yield f"names of `{event}` in exports: {spoken(left.aliases)} → {spoken(right.aliases)}"


def events_of(value: object) -> frozenset[str]:
    """The events that a definition names, however deep."""
    match value:
        case EventPosition(alternatives):
            return frozenset(match.event for match in alternatives if match.event)
        case BaseModel():
            return frozenset().union(*(events_of(each) for each in values_of(value).values()))
        case tuple() | list():
            return frozenset().union(*(events_of(each) for each in value))
        case Mapping():
            return frozenset().union(*(events_of(each) for each in value.values()))
    return frozenset()


def _grounds(before: Catalog, after: Catalog) -> Iterator[str]:
    """What every metric rests on, where it changed."""
    if before.grounds == after.grounds:
        return
    for name in ("timezone", "week_start"):
        left, right = getattr(before.project, name), getattr(after.project, name)
        if left != right:
            yield f"project `{name}`: {left} → {right}"
    for word, left, right in (
        ("events that are no activity", before.activity_off, after.activity_off),
        ("exclusions", _exclusions(before), _exclusions(after)),
        ("entities", _entities(before), _entities(after)),
        ("attributes", _attributes(before), _attributes(after)),
    ):
        if left != right:
            yield f"{word}: {_sets(left - right, right - left)}"


def _exclusions(catalog: Catalog) -> frozenset[str]:
    return frozenset(f"{each.entity} where {each.condition.text}" for each in catalog.project.exclusions.values())


def _entities(catalog: Catalog) -> frozenset[str]:
    each = catalog.project.entities.values()
    return frozenset(f"{one.id} (column {one.column}, in {one.parent or 'nothing'})" for one in each)


def _attributes(catalog: Catalog) -> frozenset[str]:
    entities = catalog.project.entities
    return frozenset(f"{entity}.{name}: {kind}" for entity in entities for name, kind in catalog.attributes(entity).items())


def _sets(gone: frozenset[str], come: frozenset[str]) -> str:
    parts = [f"without {', '.join(sorted(gone))}"] if gone else []
    return "; ".join([*parts, *([f"with {', '.join(sorted(come))}"] if come else [])])
