"""JSON Schemas of models: their keys, each with what its annotation admits and what the code says of it."""

from collections.abc import Callable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BeforeValidator, PlainValidator
from pydantic.fields import FieldInfo

from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.docstrings import field_docs, summary
from prodops_metrics.definitions.json_shapes import BASICS, READ, WHERE, Schema, anything, nullable
from prodops_metrics.definitions.links import KINDS
from prodops_metrics.definitions.numeric import NumericProperty
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.positions import EventPosition
from prodops_metrics.definitions.reading import position_keys

NUMBER_BOUNDS: Mapping[type[object], tuple[str, str]] = {
    Ge: ("ge", "minimum"),
    Gt: ("gt", "exclusiveMinimum"),
    Le: ("le", "maximum"),
    Lt: ("lt", "exclusiveMaximum"),
}
LENGTH_BOUNDS: Mapping[type[object], tuple[str, Mapping[str, str]]] = {
    MinLen: ("min_length", {"string": "minLength", "array": "minItems", "object": "minProperties"}),
    MaxLen: ("max_length", {"string": "maxLength", "array": "maxItems", "object": "maxProperties"}),
}
PROPOSED: Mapping[object, str] = {**KINDS, get_args(NumericProperty)[1]: "numbers"}
"""The check of a text that names something, with the kind of what it names."""


class Writer:
    """Schemas of annotations; those of models are gathered in ``definitions`` and referred to."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def model(self, model: type[Part]) -> Schema:
        """A reference to the schema of a model, which is written if it is new."""
        name = model.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # it may hold itself
            self.definitions[name] = self.mapping(model)
        return {"$ref": f"#/definitions/{name}"}

    def mapping(self, model: type[Part]) -> Schema:
        """The schema of a model."""
        properties = dict(self.keys(model))
        fields = {key_of(name, field): field for name, field in _fields(model).items()}
        needed = [key for key, field in fields.items() if field.is_required() and key != "condition"]
        found: Schema = {
            "title": model.__name__,
            "type": "object",
            "description": summary(model),
            "properties": properties,
            "required": needed,
            "additionalProperties": False,
        }
        if "condition" in fields and fields["condition"].is_required():
            found["anyOf"] = [{"required": ["filter"]}, {"required": ["where"]}]
        return {key: value for key, value in found.items() if value != []}

    def keys(self, model: type[Part]) -> Iterator[tuple[str, Schema]]:
        """The keys of a model with the schema of what stands there."""
        docs = field_docs(model)
        for name, field in _fields(model).items():
            if name == "condition":
                events = bool(position_keys(model))
                yield "filter", {"$ref": f"#/definitions/filter_{'events' if events else 'units'}"}
                yield "where", WHERE
            else:
                yield key_of(name, field), self._documented(field, docs.get(name, ""))

    def _documented(self, field: FieldInfo, text: str) -> Schema:
        found = self.annotation(field.annotation, tuple(field.metadata))
        found = {"allOf": [found]} if "$ref" in found else dict(found)
        if text:
            found["description"] = text
        if isinstance(field.default, str | int | float) and field.default != "":
            found["default"] = field.default
        return found

    def annotation(self, annotation: Any, metadata: tuple[object, ...] = ()) -> Schema:  # noqa: ANN401
        """The schema of what an annotation admits; ``metadata`` came with it, outermost last."""
        if get_origin(annotation) is Annotated:
            inner, *more = get_args(annotation)
            return self.annotation(inner, (*_flat(more), *metadata))
        kind = next((PROPOSED[each] for each in metadata if isinstance(each, AfterValidator) and each in PROPOSED), None)
        if kind is not None:
            return {"$ref": f"#/definitions/{kind}_name"}
        found = self._plain(annotation)
        for each in metadata:
            if isinstance(each, BeforeValidator | PlainValidator):
                found = READ.get(each.func, anything)(found)
        return _bounded(found, metadata)

    def _plain(self, annotation: Any) -> Schema:  # noqa: ANN401
        basic = BASICS.get(annotation)
        if basic is not None:
            return basic
        if annotation in {EventPosition, Condition}:
            return {"$ref": f"#/definitions/{'event' if annotation is EventPosition else 'condition'}"}
        if isinstance(annotation, type) and issubclass(annotation, Part):
            return self.model(annotation)
        write = self._generic(get_origin(annotation))
        return write(get_args(annotation)) if write else {}

    def _generic(self, origin: object) -> Callable[[tuple[Any, ...]], Schema] | None:
        if origin is Literal:
            return lambda words: {"enum": list(words)}
        if origin in {tuple, list, frozenset}:
            return lambda items: {"type": "array", "items": self.annotation(items[0])}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self._table
        return self._union if origin in {Union, UnionType} else None

    def _table(self, arguments: tuple[Any, ...]) -> Schema:
        key, value = (self.annotation(each) for each in arguments)
        names = {"propertyNames": {"pattern": key["pattern"]}} if "pattern" in key else {}
        return {"type": "object", "additionalProperties": value, **names}

    def _union(self, options: tuple[Any, ...]) -> Schema:
        real = [option for option in options if option is not NoneType]
        models = [option for option in real if isinstance(option, type) and issubclass(option, Part)]
        if len(models) == len(real) > 1 and all(word_of(model) for model in models):
            found = self.tagged({str(word_of(model)): model for model in models})
        else:
            each = [self.annotation(option) for option in real]
            found = each[0] if len(each) == 1 else {"anyOf": each}
        return nullable(found) if len(real) < len(options) else found

    def tagged(self, models: Mapping[str, type[Part]], key: str = "type") -> Schema:
        """One of several models, told apart by the word under one of their keys."""
        return {
            "type": "object",
            "required": [key],
            "properties": {key: {"enum": list(models)}},
            "allOf": [
                {"if": {"properties": {key: {"const": word}}, "required": [key]}, "then": self.model(model)}
                for word, model in models.items()
            ],
        }


def key_of(name: str, field: FieldInfo) -> str:
    """The key that people write for a field."""
    return field.alias or name


def word_of(model: type[Part]) -> str | None:
    """The word under ``type`` that means this model."""
    field = model.model_fields.get("type")
    words = get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()
    return str(words[0]) if len(words) == 1 else None


def _fields(model: type[Part]) -> dict[str, FieldInfo]:
    """The fields that keys of YAML set."""
    every = model.model_fields.items()
    return {name: field for name, field in every if GIVEN not in field.metadata and field.annotation is not NoneType}


def _flat(metadata: list[object]) -> Iterator[object]:
    """Metadata with that of ``Field(ge=1)`` taken out of it."""
    for each in metadata:
        yield from each.metadata if isinstance(each, FieldInfo) else (each,)


def _bounded(schema: Schema, metadata: tuple[object, ...]) -> Schema:
    found = dict(schema)
    types = found.get("type", ())
    for bound in metadata:
        if type(bound) in NUMBER_BOUNDS:
            attribute, word = NUMBER_BOUNDS[type(bound)]
            found[word] = getattr(bound, attribute)
        elif type(bound) in LENGTH_BOUNDS:
            attribute, words = LENGTH_BOUNDS[type(bound)]
            found |= {words[each]: getattr(bound, attribute) for each in words if each in types}
    return found
