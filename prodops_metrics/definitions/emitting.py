"""Values as YAML that a person would have written: short mappings on one line, quotes only where they are needed."""

from collections.abc import Iterable, Mapping
from datetime import date

import yaml

from prodops_metrics.definitions.literals import Plain, guess
from prodops_metrics.definitions.parse import NULLS, TAGS

STEP = 2
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
WIDEST = 110
"""How long a line may get before the mapping or list on it stands on lines of its own."""


def definition(name: str, values: Mapping[str, object], indent: int = 0, step: int = STEP) -> list[str]:
    """The lines of a definition: its id, and under it a line for each key."""
    opening = f"{' ' * indent}{scalar(name)}:"
    return [opening, *block(values, indent + step, step)] if values else [f"{opening} {{}}"]


def block(values: Mapping[str, object], indent: int = 0, step: int = STEP) -> list[str]:
    """The lines of a mapping, a key on each; ``step`` is how far it is indented under each key."""
    return [line for key, value in values.items() for line in _entry(key, value, indent, step)]


def _entry(key: str, value: object, indent: int, step: int) -> list[str]:
    margin, name = " " * indent, scalar(key)
    if isinstance(value, str) and "\n" in value.rstrip("\n") and value == value.lstrip():
        inner = " " * (indent + step)
        return [f"{margin}{name}: |", *(f"{inner}{line}".rstrip() for line in value.rstrip("\n").split("\n"))]
    line = f"{margin}{name}: {flow(value) if isinstance(value, Mapping | list | tuple) else scalar(value)}"
    if not value or not isinstance(value, Mapping | list | tuple) or (len(line) <= WIDEST and _small(value)):
        return [line]
    if isinstance(value, Mapping):
        return [f"{margin}{name}:", *block(value, indent + step, step)]
    return [f"{margin}{name}:", *(f"{margin}{' ' * step}- {flow(each)}" for each in value)]


def _small(value: object) -> bool:
    """Whether a value reads well on one line: it is a list, or holds no two mappings."""
    inner: Iterable[object] = value.values() if isinstance(value, Mapping) else ()
    return sum(isinstance(each, Mapping) for each in inner) < 2


def flow(value: object) -> str:
    """A value on one line: ``{event: search_submitted, filter: {results: 0}}``."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(key, inside=True)}: {flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(each) for each in value)}]"
    return scalar(value, inside=True)


def scalar(value: object, *, inside: bool = False) -> str:
    """One value; ``inside`` brackets more has to be quoted."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | date):
        return str(value)
    text = str(value)
    if _stands_plain(text, inside=inside) and (isinstance(value, Plain) or isinstance(guess(Plain(text)), str)):
        return text
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    return f'"{"".join(_escaped(sign) for sign in text)}"'


def _escaped(sign: str) -> str:
    """A character between double quotes; what cannot be seen by its number."""
    if sign in ESCAPES:
        return ESCAPES[sign]
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"


def _stands_plain(text: str, *, inside: bool) -> bool:
    """Whether YAML reads this text, without quotes, as this text."""
    try:
        read = yaml.compose(f"[{text}]" if inside else f"key: {text}", Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return False
    if not isinstance(read, yaml.CollectionNode) or len(read.value) != 1:
        return False
    found = read.value[0] if inside else read.value[0][1]
    plain = isinstance(found, yaml.ScalarNode) and not found.style and found.tag in TAGS
    return plain and found.value == text and text not in NULLS
