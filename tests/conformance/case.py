"""One case: its words as definitions are written, and its time as local days, hours and clock times."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from prodops_metrics.calendar import DAY, INSTANT, Calendar, Window, between

OPERATORS = {"is": "=", "not": "IS DISTINCT FROM", "lte": "<=", "gte": ">="}
EXAMPLE = "The one of the case"


@dataclass(frozen=True)  # without slots: types are worked out once
class Case:
    """A case as its file has it."""

    raw: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def kind(self) -> str:
        return str(self.raw["kind"])

    @property
    def query(self) -> Mapping[str, Any]:
        return dict(self.raw["query"])

    @property
    def expected(self) -> Mapping[str, Any]:
        return dict(self.raw["expected"])

    @property
    def tolerance(self) -> float:
        return float(self.expected.get("tolerance", 1e-6))

    @property
    def events(self) -> list[tuple[str, str, datetime, Mapping[str, Any]]]:
        """User, event, naive UTC and properties, in order of arrival."""
        rows = self.raw["events"]
        return [(user, name, _moment(at), more or {}) for user, name, at, more in rows]

    @property
    def users(self) -> Mapping[str, Mapping[str, Any]]:
        return dict(self.raw.get("users") or {})

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.raw["timezone"], self.raw.get("week_start") or "monday")

    @property
    def unit(self) -> object:
        """The ``entity:`` of the metric."""
        unit = self.query.get("unit", "user")
        return {"property": column(unit.removeprefix("prop:"))} if unit.startswith("prop:") else unit

    @property
    def span(self) -> Window:
        """The range asked about; a clock time in it is included to the microsecond."""
        return between(clock(self.query["date_from"]), _end(self.query["date_to"]))

    def metric(self, type_: str, **keys: object) -> dict[str, Any]:
        """A metric's definition for the unit of the case."""
        entity = {} if self.unit == "user" else {"entity": self.unit}
        return {"type": type_, "description": EXAMPLE, **entity, **keys}

    def position(self, matcher: Mapping[str, Any]) -> object:
        """A matcher, narrowed by the query's own ``where``, as an event position."""
        tests = [*(self.query.get("where") or {}).items(), *(matcher.get("where") or {}).items()]
        found: dict[str, Any] = {"event": name_of(matcher.get("event"))}
        if tests:
            found["where"] = " AND ".join(f"({condition(name, test, self.types.get(name))})" for name, test in tests)
        if matcher.get("first_time"):
            found["first_time"] = matcher["first_time"]
        return found

    @cached_property
    def types(self) -> Mapping[str, str]:
        """The type of every property that events have or that is asked about, by all its values."""
        values: dict[str, list[object]] = {}
        for _, _, _, more in self.events:
            for name, value in more.items():
                values.setdefault(name, []).append(value)
        for name, value in _asked(self.query):
            values.setdefault(name, []).append(value)
        return {name: type_of(found) for name, found in values.items()}

    @cached_property
    def summed(self) -> frozenset[str]:
        """The properties whose numbers are added, averaged or ranked."""
        return frozenset(found["math_property"] for found in nested(self.query) if "math_property" in found)

    def until(self, span: Window) -> "Case":
        """The case without what comes after a span, where none of it counts."""
        end = self.calendar.instants(span)[1]
        return Case({**self.raw, "events": [event for event in self.raw["events"] if _moment(event[2]) < end]})

    def starts(self, interval: str) -> list[datetime]:
        """Every interval of the local clock that touches the range, as its first hour or day in it.

        Hours are those of the clock on the wall, whether they came or not.
        """
        span = self.span
        if interval != "hour":
            cut = (one.cut(span).opens for one in self.calendar.buckets(span, interval))  # type: ignore[arg-type]
            return [start_of(opens, interval) for opens in cut]
        hours, opens = [], start_of(span.opens, interval)
        while opens < span.closes:
            hours.append(opens)
            opens += timedelta(hours=1)
        return hours


def start_of(label: date, interval: str) -> datetime:
    """A label of a result frame as the hour or day it lies in, whatever the range cuts of it."""
    moment = label if isinstance(label, datetime) else datetime.combine(label, time())
    return moment.replace(hour=moment.hour if interval == "hour" else 0, minute=0, second=0, microsecond=0)


def segment_of(value: str) -> str:
    """A value of a breakdown as case and frame both write it: 1.0 is 1, True is true, none is unknown."""
    try:
        return f"{float(value):g}"
    except ValueError:
        return value.lower() if value in {"True", "False"} else value or "unknown"


def clock(text: str) -> datetime:
    """A local day or clock time."""
    return datetime.fromisoformat(text)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _end(text: str) -> datetime:
    return clock(text) + (INSTANT if "T" in text else DAY)


def matchers_in(query: object) -> Iterator[Mapping[str, Any]]:
    """Every matcher in a query."""
    return (found for found in nested(query) if "event" in found)


def column(name: str) -> str:
    """A property's name where it is a column of exports and definitions."""
    return f"p_{_plain(name)}"


def name_of(event: str | None) -> str:
    """An event's id."""
    return "any" if event is None else f"e_{_plain(event)}"


def _plain(name: str) -> str:
    """Letters, digits and underscores; what differs stays different."""
    return re.sub(r"[^a-z0-9_]", lambda found: f"_{ord(found[0]):x}_", name)


def number_column(name: str) -> str:
    """A property's name where its numbers are read, whatever else it holds."""
    return f"n_{_plain(name)}"


def nested(value: object) -> Iterator[Mapping[str, Any]]:
    """Every mapping in a query, however deep."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from nested(each)
    if isinstance(value, list):
        for each in value:
            yield from nested(each)


def _asked(query: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Properties that a query names, with the values it compares them with."""
    for found in nested(query):
        for name, test in (found.get("where") or {}).items():
            yield from ((name, value) for value in (None, *_values(test)))
        for key in ("math_property", "property"):
            if key in found:
                yield found[key], None
    if str(query.get("unit", "")).startswith("prop:"):
        yield query["unit"].removeprefix("prop:"), None


def _values(test: object) -> Iterator[object]:
    if not isinstance(test, dict):
        yield test
        return
    for word, value in test.items():
        if word not in {"is_set", "contains"}:
            yield from value if isinstance(value, list) else [value]


def type_of(values: Iterable[object]) -> str:
    """The type that holds all of some values; those that are of several kinds are read as text."""
    kinds = {type(value) for value in values if value is not None and value != ""}
    if kinds == {bool}:
        return "boolean"
    if kinds and kinds <= {int, float}:
        return "integer" if kinds == {int} else "number"
    return "string"


def cell(value: object) -> str:
    """A value as an export writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.15g}"
    return "" if value is None else str(value)


def condition(name: str, test: object, kind: str | None = None) -> str:
    """One test of a matcher in SQL: a missing property equals nothing, but passes ``not``."""
    if not isinstance(test, dict):
        return _operator(column(name), "is", test, kind)
    return " AND ".join(_operator(column(name), word, value, kind) for word, value in test.items())


def _operator(name: str, word: str, value: Any, kind: str | None) -> str:  # noqa: ANN401
    if word == "is_set" or value in (None, ""):
        return f"{name} IS {'NOT ' if word == 'not' or (word == 'is_set' and value) else ''}NULL"
    if word == "in":
        return f"{name} IN ({', '.join(literal(one, kind) for one in value)})"
    if word == "contains":
        return f"contains(CAST({name} AS VARCHAR), {literal(str(value))})"
    return f"{name} {OPERATORS[word]} {literal(value, kind)}"


def literal(value: Any, kind: str | None = None) -> str:  # noqa: ANN401
    """A value in SQL, as text where the property holds text."""
    if isinstance(value, bool | int | float) and kind != "string":
        return str(value).upper()
    quoted = cell(value).replace("'", "''")
    return f"'{quoted}'"
