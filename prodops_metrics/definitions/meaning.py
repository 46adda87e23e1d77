"""The meaning of a metric: a hash over everything that can change its value, and over nothing else."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel

from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.fields import Amount, PropertyEntity
from prodops_metrics.definitions.part import Part
from prodops_metrics.definitions.positions import EventMatch, EventPosition

if TYPE_CHECKING:
    from prodops_metrics.definitions.catalog import Catalog
    from prodops_metrics.definitions.features import Segment
    from prodops_metrics.definitions.model import MetricDefinition

SEMANTICS = 1
"""Raised whenever the engine gives another number for the same definitions."""

DIGITS = 12
TYPE = "type"
"""A model has its own word here by default, so it is kept: without it a count would mean what a distinct count does."""


def meaning(metric: "MetricDefinition", catalog: "Catalog") -> str:
    """Twelve hex digits over the resolved metric and all that it rests on in the project."""
    return digest([SEMANTICS, plain(metric, catalog), catalog.grounds])


def grounds(catalog: "Catalog") -> str:
    """Twelve hex digits over what every metric of a project rests on."""
    project = catalog.project
    entities = {name: [entity.column, entity.parent] for name, entity in project.entities.items()}
    return digest(
        {
            "timezone": project.timezone,
            "week_start": project.week_start,
            "activity_off": sorted(catalog.activity_off),
            "entities": entities,
            "attributes": {entity: dict(catalog.attributes(entity)) for entity in entities},
            "exclusions": sorted(f"{each.entity}: {each.condition.text}" for each in project.exclusions.values()),
        }
    )


def segment_meaning(segment: "Segment", catalog: "Catalog") -> str:
    """Twelve hex digits over what decides who belongs to a segment, and what it is called in answers."""
    types = catalog.attributes(segment.entity)
    attributes = {name: types.get(name) for name in sorted(segment.condition.columns)}
    return digest([SEMANTICS, segment.id, segment.entity, segment.condition.text, attributes])


def plain(value: object, catalog: "Catalog") -> object:
    """A value of a definition as JSON, without wording and without what equals its default."""
    match value:
        case EventPosition(alternatives):
            return [_match(match, catalog) for match in alternatives]
        case Condition():
            return _condition(value, catalog)
        case PropertyEntity():
            return {"property": str(value), "type": catalog.property_types.get(value)}
        case BaseModel():
            return _model(value, catalog)
        case Mapping():
            return {str(key): plain(each, catalog) for key, each in value.items()}
        case tuple() | list():
            return [plain(each, catalog) for each in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    match value:
        case Amount(number, unit):
            return [number, unit]
        case timedelta():
            return value.total_seconds()
    return value


def _match(match: EventMatch, catalog: "Catalog") -> object:
    event = catalog.events.get(match.event or "")
    aliases = sorted(event.aliases) if event else []
    condition = match.condition and _condition(match.condition, catalog)
    return [match.event, aliases, condition, match.first_time]


def _condition(condition: Condition, catalog: "Catalog") -> object:
    types = catalog.property_types
    return [condition.text, {name: types.get(name) for name in sorted(condition.columns)}]


def _model(model: BaseModel, catalog: "Catalog") -> object:
    wording = model.wording if isinstance(model, Part) else frozenset()
    fields = {name: field for name, field in type(model).model_fields.items() if name not in wording}
    return {
        name: plain(getattr(model, name), catalog)
        for name, field in fields.items()
        if name == TYPE or getattr(model, name) != field.get_default(call_default_factory=False)
    }


def digest(value: object) -> str:
    """Twelve hex digits over a JSON value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
