"""What the file of a metric type says of it: the docstring of its module, taken apart.

After a title, sections stand under their word: ``Unit:``, ``Denominator:``, ``Source:``; ``Says:`` is the sentence that a
metric of the type means, with its keys in braces; ``Example:`` is a metric or more, as they stand under ``metrics:``.
"""

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from textwrap import dedent

from prodops_metrics.definitions import MetricDefinition
from prodops_metrics.definitions.docstrings import field_docs, plain

HEADING = re.compile(r"^([A-Z][a-z]+):[ \t]*", re.MULTILINE)
CONDITIONS = (
    ("filter", "Only the events with these values: `{results: 0}`, `{rank: {at_most: 3}}`."),
    ("where", "The same as one SQL condition, where `filter` does not reach."),
)
SECTIONS = ("Unit", "Denominator", "Source", "Says", "Example")


@dataclass(frozen=True, slots=True)
class TypeDocs:
    """A metric type in words; what its file does not say is empty. ``example`` is YAML.

    ``keys`` are those that not every metric has, each with what it is.
    """

    word: str
    title: str
    unit: str
    denominator: str
    source: str
    says: str
    keys: tuple[tuple[str, str], ...]
    example: str


@cache
def type_docs(model: type[MetricDefinition]) -> TypeDocs:
    """What the file of a metric type says of it."""
    title, sections = taken_apart(sys.modules[model.__module__].__doc__ or "")
    prose = {name: plain(sections.get(name, "")) for name in SECTIONS}
    return TypeDocs(
        word=model.__module__.rpartition(".")[2],
        title=plain(title),
        unit=prose["Unit"],
        denominator=prose["Denominator"],
        source=prose["Source"],
        says=prose["Says"],
        keys=tuple(_keys(model)),
        example=_example(sections.get("Example", "")),
    )


def _keys(model: type[MetricDefinition]) -> Iterator[tuple[str, str]]:
    """The keys of a type that the base has not, or has in another meaning."""
    docs, shared = field_docs(model), field_docs(MetricDefinition)
    for name, field in model.model_fields.items():
        own = name not in MetricDefinition.model_fields or docs.get(name) != shared.get(name)
        if own and name != "condition":
            yield field.alias or name, docs.get(name, "")
    if "condition" in model.model_fields:
        yield from CONDITIONS


def taken_apart(docstring: str) -> tuple[str, Mapping[str, str]]:
    """What stands before the first section, and the sections by their word."""
    title, *rest = HEADING.split(inspect.cleandoc(docstring))
    return title, dict(zip(rest[::2], rest[1::2], strict=True))


def _example(text: str) -> str:
    return dedent(text).strip("\n") + "\n" if text.strip() else ""
