"""What the file of a metric type says of it: the docstring of its module, taken apart.

After a title, sections stand under their word: ``Unit:``, ``Denominator:``, ``Source:``; ``Says:`` is the sentence that a
metric of the type means, with its keys in braces; ``Example:`` is a metric or more, as they stand under ``metrics:``.
"""

import inspect
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from textwrap import dedent

from prodops_metrics.definitions import MetricDefinition
from prodops_metrics.definitions.docstrings import plain

HEADING = re.compile(r"^([A-Z][a-z]+):[ \t]*", re.MULTILINE)
SECTIONS = ("Unit", "Denominator", "Source", "Says", "Example")


@dataclass(frozen=True, slots=True)
class TypeDocs:
    """A metric type in words; what its file does not say is empty. ``example`` is YAML."""

    word: str
    title: str
    unit: str
    denominator: str
    source: str
    says: str
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
        example=_example(sections.get("Example", "")),
    )


def taken_apart(docstring: str) -> tuple[str, Mapping[str, str]]:
    """What stands before the first section, and the sections by their word."""
    title, *rest = HEADING.split(inspect.cleandoc(docstring))
    return title, dict(zip(rest[::2], rest[1::2], strict=True))


def _example(text: str) -> str:
    return dedent(text).strip("\n") + "\n" if text.strip() else ""
