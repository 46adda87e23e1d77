"""Sources: the exports of a project, and how to read them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from prodops_metrics.definitions.faults import Flaw, refusal
from prodops_metrics.definitions.fields import EntityId, Share, read_day, shown
from prodops_metrics.definitions.nearest import did_you_mean, listed
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.project import TimeZone
from prodops_metrics.definitions.scope import scope_of
from prodops_metrics.definitions.taxonomy import Properties, Property

LATER_KINDS = ("releases", "feedback", "identities")
EVENT_ROLES = ("event", "time", "id", "received")
UNIT_ROLES = ("since",)
NEWEST = re.compile(r"newest_day(?:_minus_([0-9]{1,3}))?")

Duplicates = Literal["id", "row", "row_once", "keep"]


class Constant(Part):
    """The same value for every row, where an export has no such column."""

    constant: str = Field(min_length=1)


class TimeFormat(Part):
    """How times are written: in which zone, as a count of units since 1970, or in a strptime format."""

    timezone: TimeZone | None = None
    unit: Literal["s", "ms", "us", "ns"] | None = None
    format: str | None = None

    @model_validator(mode="after")
    def _zone_known(self) -> Self:
        if self.timezone is None and self.unit is None:
            cure = "Add `time: {timezone: UTC}` with the zone of its times, or `unit:` where they are counts since 1970."
            raise refusal([Flaw("E113", "times without a time zone cannot be placed", cure)])
        if self.unit is not None and self.format is not None:
            raise refusal([Flaw("E116", "`unit` and `format` exclude each other", path=("format",))])
        return self


def one_or_many(raw: object) -> object:
    """A single text for a list of one."""
    return [raw] if isinstance(raw, str) else raw


def read_column(raw: object) -> object:
    """The name of a column, or ``{constant: value}``."""
    if isinstance(raw, str | dict | Constant) and raw:
        return raw
    raise refusal([Flaw("E107", f"{shown(raw)} is not a column", "Write a column's name, or {constant: value}.")])


def read_completeness(raw: object) -> str | date:
    """The words ``newest_day`` and ``newest_day_minus_N``, or a date."""
    if isinstance(raw, str) and NEWEST.fullmatch(raw):
        return raw
    if isinstance(raw, str) and raw[:1].isalpha():
        cure = "Write `newest_day`, `newest_day_minus_1` or a date such as 2026-05-04."
        raise refusal([Flaw("E103", f"{shown(raw)} says nothing about which days are complete", cure)])
    return read_day(raw)


def by_id(fields: Mapping[str, object]) -> Duplicates | None:
    """Equal ids are duplicates, where an export has ids; without them somebody has to choose."""
    match fields:
        case {"kind": "events", "columns": {"id": _}}:
            return "id"
    return None


class Source(Part):
    """One export: its files, relative to the project folder, and what its columns mean.

    ``kind: events`` maps the roles ``event``, ``time``, ``id``, ``received`` and entities to columns; ``kind: units``
    describes the units of ``entity`` by their ``key`` column and ``properties``, and may map parents and ``since``, the
    local day from which a row holds.
    """

    id: Annotated[str, GIVEN]
    kind: Literal["events", "units"]
    files: Annotated[tuple[str, ...], BeforeValidator(one_or_many), Field(min_length=1)]
    format: Literal["generic"] = "generic"
    columns: Mapping[str, Annotated[str | Constant, BeforeValidator(read_column)]] = Field(default_factory=dict)
    time: TimeFormat | None = None
    duplicates: Duplicates | None = Field(default_factory=by_id)
    complete_through: Annotated[str | date, BeforeValidator(read_completeness)] = "newest_day_minus_1"
    null_values: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ("",)
    delimiter: Annotated[str, Field(min_length=1, max_length=4)] | None = None
    entity: EntityId | None = None
    key: str | None = None
    properties: Properties = Field(default_factory=dict)
    max_quarantine: Annotated[Share, Field(ge=0, le=1)] = 0.05
    place: Annotated[Place, GIVEN] = NOWHERE

    @field_validator("columns")
    @classmethod
    def _roles_known(cls, columns: Mapping[str, str | Constant], info: ValidationInfo) -> Mapping[str, str | Constant]:
        if "kind" not in info.data:
            return columns
        scope, of_events = scope_of(info), info.data["kind"] == "events"
        roles = (*(EVENT_ROLES if of_events else UNIT_ROLES), *(scope.entities if scope else columns))
        if unknown := [role for role in columns if role not in roles]:
            raise refusal(_unknown_role(role, roles) for role in unknown)
        return {"event": "event", "time": "time", **columns} if of_events else columns

    @model_validator(mode="after")
    def _complete_for_its_kind(self) -> Self:
        flaws = events_flaws(self) if self.kind == "events" else units_flaws(self)
        if flaws:
            raise refusal(flaws)
        return self


def _unknown_role(role: str, roles: tuple[str, ...]) -> Flaw:
    cure = did_you_mean(role, roles, otherwise=f"Roles are: {listed(roles)}")
    return Flaw("E101", f"`{role}` is no role that a column can have", cure, (role,), at_key=True)


def events_flaws(source: Source) -> list[Flaw]:
    """What an export of events must say, and what it must not."""
    flaws = [
        Flaw("E110", f"`{key}` belongs to sources of kind units", path=(key,))
        for key in ("entity", "key", "properties")
        if getattr(source, key)
    ]
    if source.time is None:
        cure = "Add `time: {timezone: UTC}` with the zone of its times, or `time: {unit: ms}` for counts since 1970."
        flaws.append(Flaw("E113", "`time` is missing: the zone that times are written in", cure))
    if "id" not in source.columns and source.duplicates in {None, "id"}:
        cure = "Map a column to `id`, or choose `duplicates: row`, `row_once` or `keep`."
        flaws.append(Flaw("E112", "without a column for `id`, somebody must say what a duplicate is", cure))
    return flaws


def units_flaws(source: Source) -> list[Flaw]:
    """What an export of units must say, and what it must not."""
    flaws = [
        Flaw("E102", f"`{key}` is missing", cure)
        for key, cure in (("entity", "Say whose attributes these are."), ("key", "Name the column with their ids."))
        if not getattr(source, key)
    ]
    flaws += [
        Flaw("E116", f"`{role}` is read from a column of a units file, not a constant", path=("columns", role))
        for role, column in source.columns.items()
        if isinstance(column, Constant)
    ]
    if source.duplicates is not None:
        flaws.append(Flaw("E110", "`duplicates` belongs to sources of kind events", path=("duplicates",)))
    return flaws


def attributes(line: Iterable[str], sources: Iterable[Source]) -> dict[str, Property]:
    """What the units of an entity carry; ``line`` is the entity and its parents, of which the nearer wins."""
    tables = list(sources)
    found: dict[str, Property] = {}
    for entity in line:
        for source in tables:
            if source.kind == "units" and source.entity == entity:
                found = {**source.properties, **found}
    return found
