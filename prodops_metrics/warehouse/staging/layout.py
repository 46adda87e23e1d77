"""How a vendor lays out its export: what of a row is the event, its time, its unit and its identity, said in SQL.

Expressions are SQL over the row as the vendor wrote it; ``{name}`` in them is the text of a field, ``{a.b}`` of a field
inside of an object, NULL where a row has none.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from prodops_metrics.definitions import TimeFormat
from prodops_metrics.warehouse.containers import Kind
from prodops_metrics.warehouse.staging.area import Values

_FIELD = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Same:
    """A row says that ``id`` is the unit that is also known as ``known``, from its time on; NULL in either says nothing."""

    id: str
    known: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What the rows of a format mean.

    ``event``, ``time`` and ``unit`` are expressions; ``id`` is what makes two rows the same event (None: nothing does).
    ``control`` is true for rows that are no events. ``same`` are the identities that rows tell. ``received`` names the
    field, by any of its spellings, by which the latest of two versions is known, written as ``received_as`` says.
    ``bags`` are the objects whose keys are properties; ``spent`` fields are no properties. ``rows`` makes the vendor's
    row, ``raw``, into one object, or into many with ``unnest``; no field in it stands in braces. ``names`` are the
    columns of a table without header. An export that has all fields of one of the ``signs`` is likely in this format.
    """

    event: str
    time: str | Callable[[TimeFormat | None], str]
    unit: str
    id: str | None = None
    time_as: TimeFormat = field(default_factory=lambda: TimeFormat(timezone="UTC"))
    time_type: Literal["VARCHAR", "TIMESTAMP"] = "VARCHAR"
    control: str = "FALSE"
    same: tuple[Same, ...] = ()
    received: tuple[str, ...] = ()
    received_as: TimeFormat = field(default_factory=lambda: TimeFormat(timezone="UTC"))
    bags: tuple[str, ...] = ()
    spent: tuple[str, ...] = ()
    rows: str = "raw"
    kind: Kind | None = None
    names: tuple[str, ...] = ()
    signs: tuple[tuple[str, ...], ...] = ()

    def documents(self, relation: str, values: Values) -> str:
        """The query that makes ``raw`` and ``doc``, the object with the properties, of the vendor's rows."""
        steps = [f"s0 AS (SELECT {self.rows} AS raw, load_id, ordinal FROM {relation})"]
        steps += [
            f"s{at} AS (SELECT {_opened(bag)} AS raw, load_id, ordinal FROM s{at - 1})"
            for at, bag in enumerate(self.bags, 1)
        ]
        at, taken = len(self.bags) + 1, values.bind(_nothing(self.spent))
        steps.append(f"s{at} AS (SELECT raw, json_merge_patch(raw, {taken}::JSON) AS doc, load_id, ordinal FROM s{at - 1})")
        for next_, bag in enumerate(self.bags, at + 1):
            steps.append(f"s{next_} AS (SELECT raw, {_lifted(bag)} AS doc, load_id, ordinal FROM s{next_ - 1})")
        return f"WITH {', '.join(steps)} SELECT * FROM s{at + len(self.bags)}"


PLAIN = Layout(event="", time="", unit="")
"""The layout of rows whose meaning the source itself says."""


def pointer(name: str, *, inner: bool = True) -> str:
    """The path of a field as JSON functions take it; of a plain key, or along its dots."""
    keys = name.split(".") if inner else [name]
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def filled(expression: str, values: Values) -> str:
    """An expression with its fields as SQL over ``raw``."""
    return _FIELD.sub(lambda found: f"json_extract_string(raw, {values.bind(pointer(found[1]))})", expression)


def joined(*fields: str) -> str:
    """An id of several fields."""
    texts = ", ".join(f"coalesce({{{name}}}, '')" for name in fields)
    return f"concat_ws(chr(31), {texts})"


def _opened(bag: str) -> str:
    """The row with a bag that arrives as text (in tables, in Parquet) as an object."""
    text = f"json_extract_string(raw, '{pointer(bag)}')"
    return (
        f"CASE WHEN json_type(raw, '{pointer(bag)}') <> 'VARCHAR' THEN raw WHEN json_valid({text}) "
        f"THEN json_merge_patch(raw, json_object('{bag}', {text}::JSON)) ELSE raw END"
    )


def _lifted(bag: str) -> str:
    """The properties with those of a bag among them."""
    inside = f"json_extract(doc, '{pointer(bag)}')"
    apart = f"json_merge_patch(doc, '{{\"{bag}\": null}}')"
    return f"CASE WHEN json_type({inside}) = 'OBJECT' THEN json_merge_patch({apart}, {inside}) ELSE doc END"


def _nothing(names: tuple[str, ...]) -> str:
    """The JSON that, merged into a row, takes fields out of it."""
    patch: dict[str, Any] = {}
    for name in names:
        *outer, last = name.split(".")
        within = patch
        for key in outer:
            within = within.setdefault(key, {})
        within[last] = None
    return json.dumps(patch)
