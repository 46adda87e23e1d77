"""Event positions and conditions as they stand in YAML, read in the scope of their project."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationInfo

from prodops_metrics.definitions.checks.references import unknown_event
from prodops_metrics.definitions.checks.shape import missing_key, unknown_key, unknown_word
from prodops_metrics.definitions.checks.values import wrong_kind
from prodops_metrics.definitions.conditions import Condition, Pieces
from prodops_metrics.definitions.faults import Flaw, FlawedError, refusal
from prodops_metrics.definitions.filters import filter_pieces, joined
from prodops_metrics.definitions.part import CONDITION_KEYS
from prodops_metrics.definitions.positions import POSITION_KEYS, EventMatch, EventPosition, FirstTime
from prodops_metrics.definitions.scope import Columns, Scope, scope_of

Read = TypeVar("Read")

ANY = "any"


@dataclass(frozen=True, slots=True)
class Unread:
    """The keys ``filter`` and ``where`` of a model, with the columns that they may use."""

    keys: Mapping[str, object]
    columns: Columns


def fold_condition(model: type[BaseModel], raw: Any, info: ValidationInfo) -> Any:  # noqa: ANN401
    """Puts a model's keys ``filter`` and ``where`` together as its field ``condition``."""
    if "condition" not in model.model_fields or not isinstance(raw, dict):
        return raw
    keys = {key: raw[key] for key in CONDITION_KEYS if key in raw}
    if not keys:
        return raw
    unread = Unread(keys, _columns_of(model, raw, scope_of(info)))
    return {**{key: value for key, value in raw.items() if key not in keys}, "condition": unread}


def _columns_of(model: type[BaseModel], raw: Mapping[str, object], scope: Scope | None) -> Columns:
    if scope is None:
        return None
    positions = position_keys(model)
    if not positions:
        return scope.unit_columns(str(raw.get("entity", "user")))
    return scope.event_columns(name for key in positions for name in names_in(raw.get(key)))


@cache
def position_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a model under which events stand."""
    fields = model.model_fields.items()
    return tuple(field.alias or name for name, field in fields if _holds_position(field.annotation))


def _holds_position(annotation: object) -> bool:
    return annotation is EventPosition or any(_holds_position(part) for part in get_args(annotation))


def names_in(raw: object) -> Iterator[str | None]:
    """The names of the events of a position that is not read yet; None for any event."""
    match raw:
        case str():
            yield None if raw == ANY else raw
        case dict():
            yield from names_in(raw.get("event"))
        case list():
            for each in raw:
                yield from names_in(each)
        case EventPosition(alternatives):
            yield from (match.event for match in alternatives)


def read_condition(raw: object, info: ValidationInfo) -> Condition:
    """A condition: the keys of a model, ``{filter, where}``, or a filter alone."""
    if isinstance(raw, Condition):
        return raw
    if isinstance(raw, Unread):
        return _checked(lambda: condition_of(raw.keys, raw.columns))
    scope = scope_of(info)
    columns = scope.unit_columns(str(info.data.get("entity", "user"))) if scope else None
    if isinstance(raw, dict) and raw and set(raw) <= set(CONDITION_KEYS):
        return _checked(lambda: condition_of(raw, columns))
    return _checked(lambda: Condition(filter_pieces(raw, columns)))


def _checked(read: Callable[[], Read]) -> Read:
    try:
        return read()
    except FlawedError as error:
        raise refusal(error.flaws) from None


def condition_of(keys: Mapping[str, object], columns: Columns) -> Condition:
    """What the keys ``filter`` and ``where`` ask together.

    Raises:
        FlawedError: either is wrong; the flaws of both at once.
    """
    parts: list[Pieces] = []
    flaws: list[Flaw] = []
    for key, read in (("filter", filter_pieces), ("where", _where_pieces)):
        try:
            parts += [read(keys[key], columns)] if key in keys else []
        except FlawedError as error:
            flaws += [flaw.under(key) for flaw in error.flaws]
    if flaws:
        raise FlawedError(*flaws)
    return Condition(joined(" AND ", parts))


def _where_pieces(raw: object, columns: Columns) -> Pieces:
    from prodops_metrics.definitions.where import where_pieces  # which loads a grammar of SQL, and many have no ``where``

    return where_pieces(raw, columns)


def read_position(raw: object, info: ValidationInfo) -> EventPosition:
    """An event position in any of its forms."""
    scope = scope_of(info)
    return _checked(lambda: EventPosition(tuple(_alternatives(raw, scope))))


def _alternatives(raw: object, scope: Scope | None) -> list[EventMatch]:
    match raw:
        case EventPosition(alternatives):
            return list(alternatives)
        case str():
            return [EventMatch(_event(raw, scope))]
        case dict():
            return _narrowed(raw, scope)
        case list() if raw:
            return _any_of(raw, scope)
    raise FlawedError(wrong_kind(raw, "event"))


def _any_of(raw: list[object], scope: Scope | None) -> list[EventMatch]:
    found: list[EventMatch] = []
    flaws: list[Flaw] = []
    for index, each in enumerate(raw):
        try:
            found += _alternatives(each, scope)
        except FlawedError as error:
            flaws += [flaw.under(index) for flaw in error.flaws]
    if flaws:
        raise FlawedError(*flaws)
    return found


def _event(name: str, scope: Scope | None) -> str | None:
    if name == ANY:
        return None
    if scope is None:
        return str(name)
    if name in scope.events:
        return scope.events[name]
    if scope.may_be_unread(name):
        return name
    raise FlawedError(unknown_event(name, scope.events))


def _narrowed(raw: Mapping[str, object], scope: Scope | None) -> list[EventMatch]:
    """The alternatives under ``event``, each with the condition and first time that stand beside it."""
    flaws = [unknown_key(key, POSITION_KEYS).under(key) for key in raw if key not in POSITION_KEYS]
    found = _attempt(lambda: _under_event(raw, scope), flaws)
    condition = _attempt(lambda: _beside(raw, scope), flaws)
    first_time = _attempt(lambda: _first_time(raw), flaws)
    if flaws:
        raise FlawedError(*flaws)
    matches = [match.narrowed(condition) for match in found or ()]
    return [replace(match, first_time=first_time) for match in matches] if first_time else matches


def _attempt(read: Callable[[], Read], flaws: list[Flaw]) -> Read | None:
    """What is read, or None and its flaws among the others."""
    try:
        return read()
    except FlawedError as error:
        flaws += error.flaws
        return None


def _under_event(raw: Mapping[str, object], scope: Scope | None) -> list[EventMatch]:
    if "event" not in raw:
        raise FlawedError(missing_key("event"))
    try:
        return _alternatives(raw["event"], scope)
    except FlawedError as error:
        raise FlawedError(*(flaw.under("event") for flaw in error.flaws)) from None


def _beside(raw: Mapping[str, object], scope: Scope | None) -> Condition | None:
    if not any(key in raw for key in CONDITION_KEYS):
        return None
    return condition_of(raw, scope.event_columns(names_in(raw.get("event"))) if scope else None)


def _first_time(raw: Mapping[str, object]) -> FirstTime | None:
    match raw.get("first_time"):
        case None:
            return None
        case "event":
            return "event"
        case "matching":
            return "matching"
        case other:
            flaw = unknown_word(other, ("event", "matching"), kind="kind of first time")
            raise FlawedError(flaw.under("first_time"))
