"""The JSON Schema of definition files, for editors: what may stand where, made from the models that read them.

It knows shapes, and so marks every unknown key and every word, date or duration that is none. Names of events, metrics and
other things of the project are proposed and never enforced, since a name may have been declared a moment ago.
"""

from collections.abc import Iterable, Mapping

from prodops_metrics.definitions.catalog import Catalog
from prodops_metrics.definitions.docstrings import summary
from prodops_metrics.definitions.examples import MetricTest
from prodops_metrics.definitions.experiments import Experiment
from prodops_metrics.definitions.features import Feature, Segment
from prodops_metrics.definitions.goals import Goal
from prodops_metrics.definitions.insights import Insight
from prodops_metrics.definitions.json_models import Writer
from prodops_metrics.definitions.json_shapes import WHEN, Schema, condition, filter_of, named, position, values
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.naming import ID, LOOSE
from prodops_metrics.definitions.part import Part
from prodops_metrics.definitions.project import Project
from prodops_metrics.definitions.records import Records
from prodops_metrics.definitions.sources import RECORD_KINDS, Constant, Extract, Source
from prodops_metrics.definitions.standard import FREQUENCIES, PREFIX, REFERENCES
from prodops_metrics.definitions.taxonomy import Event, Property
from prodops_metrics.definitions.verdicts import Verdicts
from prodops_metrics.definitions.work import WorkItem

DIALECT = "http://json-schema.org/draft-07/schema#"
MODELS: Mapping[str, type[Part]] = {
    "events": Event,
    "features": Feature,
    "segments": Segment,
    "goals": Goal,
    "experiments": Experiment,
    "tests": MetricTest,
    "work": WorkItem,
    "insights": Insight,
}
"""The kinds whose ids all hold one model."""
SOURCES: Mapping[str, type[Part]] = {
    **dict.fromkeys(("events", "units"), Source),
    **dict.fromkeys(RECORD_KINDS, Records),
}
"""The model of a source by the word under its ``kind``."""
SAID = {
    "sources": "The exports of the project, and how to read them; `kind` says what their rows are.",
    "properties": "Properties that every event has.",
    "metrics": "What is measured: a few lines each, of which `type` says how.",
    "standard": "The metrics that every feature has; in metric_defs/standard.yml only.",
}
PROPERTY = {"$ref": "#/definitions/property"}
REFERRED: tuple[Schema, ...] = (
    {"enum": [PREFIX + name for name in REFERENCES]},
    {"type": "object", "required": sorted(FREQUENCIES), "propertyNames": {"enum": sorted(FREQUENCIES)}},
)
"""What may stand in a standard metric in place of a value: a reference to the feature, or one value for each frequency."""
NAMED = ("events", "features", "metrics", "entities", "teams", "numbers", "standard")
SKIP = {"description": "Leave it out of this feature: the reason, in words."}
LOOSELY_NAMED = frozenset({"sources"})


def json_schema(types: Mapping[str, type[MetricDefinition]], catalog: Catalog | None = None) -> Schema:
    """A JSON Schema (draft 7) of every file under ``metric_defs/``.

    Args:
        types: The model of each metric type by its word.
        catalog: Whose names to propose.
    """
    writer, names = Writer(), names_of(catalog)
    kinds = {"project": writer.model(Project), "verdicts": writer.model(Verdicts), **_kinds(writer, types)}
    _complete_feature(writer, types, names["standard"])
    return {
        "$schema": DIALECT,
        "title": "Definitions of prodops-metrics",
        "type": "object",
        "properties": kinds,
        "additionalProperties": False,
        "definitions": {**_shared(catalog, names), **writer.definitions},
    }


def names_of(catalog: Catalog | None) -> Mapping[str, Mapping[str, str]]:
    """What the project calls things, by kind, each with what it is; ``numbers`` are properties that can be added up."""
    if catalog is None:
        return {kind: {} for kind in NAMED}
    project, types = catalog.project, catalog.property_types
    standard = (name.partition(".")[2] for name in (*catalog.metrics, *catalog.absent) if "." in name)
    return {
        "events": {name: event.description for name, event in catalog.events.items()},
        "features": {name: feature.name for name, feature in catalog.features.items()},
        "metrics": {name: metric.description for name, metric in catalog.metrics.items()},
        "entities": dict.fromkeys(project.entities, "An entity of project.yml."),
        "teams": {name: team.name for name, team in project.teams.items()},
        "numbers": {name: kind for name, kind in types.items() if kind in {"integer", "number"}},
        "standard": dict.fromkeys(standard, "A metric that every feature has."),
    }


def _complete_feature(writer: Writer, types: Mapping[str, type[MetricDefinition]], standard: Iterable[str]) -> None:
    """What the model of a feature does by validators: names itself, needs ``used``, changes standard metrics."""
    changes = {"type": "object", "properties": {"skip": SKIP, **_any_key(writer, types)}, "additionalProperties": False}
    writer.definitions["changes"] = changes
    feature = writer.definitions["Feature"]
    feature["required"] = []
    feature |= {"if": {"properties": {"stage": {"const": "idea"}}, "required": ["stage"]}, "else": {"required": ["used"]}}
    feature["properties"]["standard"] |= {
        "properties": {name: {"$ref": "#/definitions/changes"} for name in standard},
        "additionalProperties": {"$ref": "#/definitions/changes"},
    }


def _kinds(writer: Writer, types: Mapping[str, type[MetricDefinition]]) -> Mapping[str, Schema]:
    found = {kind: _by_id(writer.model(model), kind, summary(model)) for kind, model in MODELS.items()}
    found["sources"] = _by_id({"title": "Source", **writer.tagged(SOURCES, "kind")}, "sources", SAID["sources"])
    found["metrics"] = _by_id(_metric(writer, types), "metrics", SAID["metrics"])
    found["standard"] = _by_id(_any_type(writer, types), "standard", SAID["standard"])
    writer.model(Property)
    writer.model(Constant)
    writer.model(Extract)
    return {**found, "properties": {"type": "object", "description": SAID["properties"], "additionalProperties": PROPERTY}}


def _by_id(schema: Schema, kind: str, said: str) -> Schema:
    pattern = (LOOSE if kind in LOOSELY_NAMED else ID).pattern
    table = {"additionalProperties": schema, "propertyNames": {"pattern": f"^{pattern}$"}}
    return {"type": ["object", "null"], "description": said, **table}


def _metric(writer: Writer, types: Mapping[str, type[MetricDefinition]]) -> Schema:
    """A metric: with its type, the keys of that type; before that, those that all types share."""
    keys = [dict(writer.keys(model)) for model in types.values()]
    shared = {key: schema for key, schema in writer.keys(MetricDefinition) if all(key in each for each in keys)}
    words = "; ".join(f"`{word}`: {_said(model)}" for word, model in types.items())
    properties = {**shared, "type": {"enum": list(types), "description": words}}
    return {"title": "Metric", **writer.tagged(types), "required": ["type", "description"], "properties": properties}


def _said(model: type[MetricDefinition]) -> str:
    """What the docstring of a type says behind its word."""
    return (summary(model).partition("`: ")[2] or summary(model)).rstrip(".")


def _any_type(writer: Writer, types: Mapping[str, type[MetricDefinition]]) -> Schema:
    """A standard metric: any key of any type, with references to the feature in place of values."""
    properties = {**_any_key(writer, types), "type": {"enum": list(types)}}
    return {"type": "object", "required": ["type"], "properties": properties, "additionalProperties": False}


def _any_key(writer: Writer, types: Mapping[str, type[MetricDefinition]]) -> Mapping[str, Schema]:
    found: dict[str, list[Schema]] = {}
    for model in types.values():
        for key, schema in writer.keys(model):
            others = found.setdefault(key, [])
            others += [] if schema in others else [schema]
    return {key: {"anyOf": [*schemas, *REFERRED]} for key, schemas in found.items()}


def _shared(catalog: Catalog | None, names: Mapping[str, Mapping[str, str]]) -> Mapping[str, Schema]:
    """The definitions that models refer to: names, events and conditions, with what the project's properties are."""
    entities = catalog.project.entities if catalog else ()
    attributes = {name: kind for entity in entities for name, kind in catalog.attributes(entity).items()} if catalog else {}
    return {
        **{f"{kind}_name": named(each) for kind, each in names.items()},
        "event": position(names["events"]),
        **values(),
        "filter_events": filter_of(catalog.property_types if catalog else {}),
        "filter_units": filter_of(attributes),
        "condition": condition(attributes),
        "when": WHEN,
    }
