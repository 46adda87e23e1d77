"""JSON Schemas of single values: what a date, a duration, a share, an event or a filter may look like in YAML."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from prodops_metrics.definitions.aims import metric_alone
from prodops_metrics.definitions.examples import read_points
from prodops_metrics.definitions.experiments import read_weight
from prodops_metrics.definitions.features import Stage
from prodops_metrics.definitions.fields import (
    UNITS,
    one_or_many,
    read_amount,
    read_day,
    read_duration,
    read_entity,
    read_number,
    read_share,
)
from prodops_metrics.definitions.insights import one_support
from prodops_metrics.definitions.literals import PropertyType
from prodops_metrics.definitions.positions import FirstTime
from prodops_metrics.definitions.project import keyed
from prodops_metrics.definitions.rulings import READINGS, WEEKS, read_when
from prodops_metrics.definitions.sources import FORMATS, read_column, read_completeness, read_format, read_kind
from prodops_metrics.definitions.taxonomy import short_form

Schema = dict[str, Any]
Wrapping = Callable[[Schema], Schema]

SIGNED = r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"
TEXT: Schema = {"type": ["string", "number", "boolean"]}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
ONE_OR_MANY: Schema = {"anyOf": [SCALAR, {"type": "array", "items": SCALAR, "minItems": 1}]}
BOUND: Schema = {"type": ["number", "string"]}
COLUMN: Schema = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"$ref": "#/definitions/Constant"},
        {"$ref": "#/definitions/Extract"},
    ]
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def written(pattern: str, example: str, *types: str) -> Schema:
    """Text of one form; editors that can show the example where it is not met."""
    return {"type": ["string", *types], "pattern": f"^{pattern}$", "patternErrorMessage": f"Write it as {example}."}


ENTITY: Schema = {
    "anyOf": [
        _ref("entities_name"),
        {
            "type": "object",
            "properties": {"property": {"type": "string", "description": "The values of this event property are counted."}},
            "required": ["property"],
            "additionalProperties": False,
        },
    ]
}


def any_case(word: str) -> str:
    """A pattern of a word in any mixture of capitals."""
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


LENGTHS = "|".join(any_case(unit) for unit in sorted(UNITS, key=len, reverse=True))
DURATION = written(rf"\s*[0-9]+(\.[0-9]+)?\s*({LENGTHS})[sS]?\s*", "`7 days`, `1 hour`, `30 minutes` or `2 weeks`")
DURATION["examples"] = ["7 days", "28 days", "1 hour", "30 minutes"]
DAY = written(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "2026-05-04")
DAY["format"] = "date"
COMPLETE = written(r"(newest_day(_minus_[0-9]{1,3})?|[0-9]{4}-[0-9]{2}-[0-9]{2})", "`newest_day_minus_1` or 2026-05-04")
AMOUNT = written(rf"{SIGNED}(%|pp)?\s*", "`12`, `30%` or, in points, `4pp`", "number")
COMPLETE["examples"] = ["newest_day_minus_1", "newest_day"]


def anything(_: Schema) -> Schema:
    """What a field admits that is read by a function of which nothing is known: rather too much than too little."""
    return {}


def _as_it_is(schema: Schema) -> Schema:
    return schema


def _always(schema: Schema) -> Wrapping:
    return lambda _: schema


def _points(many: Schema) -> Schema:
    """Numbers, or what is expected of points, by the day."""
    each = many["items"]
    alternatives = {"anyOf": [{"type": ["number", "string"]}, each, many]}
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": DAY["pattern"]},
        "additionalProperties": alternatives,
    }


READ: Mapping[Callable[..., Any], Wrapping] = {
    read_duration: _always(DURATION),
    read_day: _always(DAY),
    read_share: _always({**written(rf"{SIGNED}%?\s*", "`30%` or `0.30`", "number"), "minimum": -1, "maximum": 1}),
    read_number: _always(written(rf"{SIGNED}%?\s*", "`12`, `0.30` or `30%`", "number")),
    read_amount: _always(AMOUNT),
    read_weight: _always(AMOUNT),
    read_completeness: _always(COMPLETE),
    read_entity: _always(ENTITY),
    read_column: _always(COLUMN),
    read_format: _always({"enum": list(FORMATS)}),
    keyed: _as_it_is,
    read_kind: _as_it_is,
    short_form: _always({"type": "object", "additionalProperties": _ref("property")}),
    one_or_many: lambda many: {"anyOf": [TEXT, many]},
    one_support: lambda many: {"anyOf": [many["items"], many]},
    metric_alone: lambda guardrail: {"anyOf": [_ref("metrics_name"), guardrail]},
    read_when: lambda _: _ref("when"),
    read_points: lambda table: _points(table["additionalProperties"]),
}
"""What stands in YAML where a field is read by one of these functions, from the schema of what they return."""

BASICS: Mapping[object, Schema] = {
    str: TEXT,
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    object: {},
}

BOUNDS: Schema = {
    "type": "object",
    "properties": {
        "above": {**AMOUNT, "description": "More than this."},
        "below": {**AMOUNT, "description": "Less than this."},
        "or_absent": {"type": "boolean", "description": "Also where there is no number."},
    },
    "anyOf": [{"required": ["above"]}, {"required": ["below"]}],
    "additionalProperties": False,
}
STAGE: Schema = {"enum": list(get_args(Stage))}
SEVERAL: Schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/when"}}
WHEN: Schema = {
    "anyOf": [
        {"const": "always"},
        {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "any": {**SEVERAL, "description": "At least one of these."},
                "all": {**SEVERAL, "description": "Each of these."},
                "stage": {"anyOf": [STAGE, {"type": "array", "minItems": 1, "items": STAGE}]},
                WEEKS: BOUNDS,
                "health": {"const": "failing", "description": "The events of the feature cannot be trusted."},
                "goal": {"const": "behind", "description": "A goal of the feature is surely behind its path."},
            },
            "patternProperties": {rf"^[a-z][a-z0-9_]*\.({'|'.join(READINGS).replace('.', '[.]')})$": BOUNDS},
            "additionalProperties": False,
        },
    ]
}
"""When a rule of verdicts holds."""

NOTHING: Schema = {"not": {"type": ["string", "number", "boolean", "array", "object"]}}
"""No value; said like this, editors do not propose the word `null`."""

OPERATORS: Mapping[str, Schema] = {
    "at_least": {**BOUND, "description": "This or more."},
    "at_most": {**BOUND, "description": "This or less."},
    "between": {
        "type": "array",
        "items": BOUND,
        "minItems": 2,
        "maxItems": 2,
        "description": "From the first to the second, both included.",
    },
    "not": {**ONE_OR_MANY, "description": "None of these; rows without a value pass."},
    "contains": {**ONE_OR_MANY, "description": "Text that holds this, or a list that holds one of these."},
    "is_set": {"type": "boolean", "description": "`true`: there is a value; `false`: there is none."},
}
WHERE: Schema = {
    "type": "string",
    "minLength": 1,
    "description": "One SQL condition, where `filter` does not reach, such as \"plan = 'pro' and seats > 10\".",
}


def nullable(schema: Schema) -> Schema:
    """The same, or nothing; of words one has to be chosen, so that editors do not propose nothing among them."""
    if "enum" in schema:
        return schema
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": [*types, "null"]}
    return {"anyOf": [schema, NOTHING]} if schema else schema


def filter_of(columns: Mapping[str, str]) -> Schema:
    """A filter; ``columns`` are the known properties, each with what it is."""
    return {
        "type": "object",
        "minProperties": 1,
        "description": "A value, a list of values or {operator: value} for each property; all of them must hold.",
        "properties": {name: {"allOf": [_ref("test")], "description": what} for name, what in columns.items()},
        "additionalProperties": _ref("test"),
    }


def values(property_types: tuple[str, ...] = get_args(PropertyType)) -> Mapping[str, Schema]:
    """The definitions that all filters share, and the short form of a property."""
    return {
        "test": {
            "type": ["string", "number", "boolean", "array", "object"],
            "items": SCALAR,
            "minItems": 1,
            "properties": dict(OPERATORS),
            "additionalProperties": False,
            "minProperties": 1,
        },
        "property": {"anyOf": [{"enum": list(property_types)}, _ref("Property")]},
    }


def condition(columns: Mapping[str, str]) -> Schema:
    """A condition that stands under a key of its own: a filter alone, or ``{filter, where}``."""
    found = filter_of(columns)
    return {**found, "properties": {**found["properties"], "where": WHERE, "filter": _ref("filter_units")}}


def named(names: Mapping[str, str]) -> Schema:
    """A name of something; those that there are, each with what it is, are proposed."""
    return {"type": "string", "minLength": 1, **_proposals(names)}


def _proposals(names: Mapping[str, str]) -> Schema:
    """What editors propose and nobody enforces; the key is one that editors know and validators pass over."""
    snippets = [{"label": name, "body": name, "description": what} for name, what in names.items()]
    return {"defaultSnippets": snippets} if snippets else {}


def position(names: Mapping[str, str]) -> Schema:
    """An event position: a name, ``{event, filter, where, first_time}``, or a list of these."""
    return {
        "type": ["string", "object", "array"],
        "minLength": 1,
        **_proposals({**names, "any": "Any event."}),
        "items": _ref("event"),
        "minItems": 1,
        "required": ["event"],
        "properties": {
            "event": {"allOf": [_ref("event")], "description": "The event, `any`, or a list of which any will do."},
            "filter": _ref("filter_events"),
            "where": WHERE,
            "first_time": {
                "enum": list(get_args(FirstTime)),
                "description": "A unit's first only: `event` the first of that event, matching or not; "
                "`matching` the first that matches.",
            },
        },
        "additionalProperties": False,
    }
