"""Sources: the exports of a project, and how to read them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from prodops_metrics.definitions.addresses import Files
from prodops_metrics.definitions.checks.shape import (
    both_given,
    duplicates_undecided,
    key_of_another,
    missing_key,
    no_zone,
    unknown_key,
    unknown_word,
)
from prodops_metrics.definitions.checks.values import impossible_value, wrong_kind
from prodops_metrics.definitions.faults import Flaw, refusal
from prodops_metrics.definitions.fields import Duration, EntityId, Share, one_or_many, read_day
from prodops_metrics.definitions.foreign import WORDS, ours
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.project import TimeZone
from prodops_metrics.definitions.scope import scope_of
from prodops_metrics.definitions.taxonomy import Properties, Property

RecordKind = Literal["releases", "feedback", "identities"]
RECORD_KINDS: tuple[RecordKind, ...] = ("releases", "feedback", "identities")
SourceKind = Literal["events", "units", RecordKind]
SOURCE_KINDS: tuple[SourceKind, ...] = ("events", "units", *RECORD_KINDS)
EVENT_ROLES = ("event", "time", "id", "received", "anonymous")
UNIT_ROLES = ("since",)
NEWEST = re.compile(r"newest_day(?:_minus_([0-9]{1,3}))?")

Duplicates = Literal["id", "row", "row_once", "keep"]
FORMATS = tuple(one.name for one in iter_modules([str(Path(__file__).parent.parent / "warehouse" / "formats")]))
"""How exports may be laid out: the names of the modules that read them, which are not loaded for that."""
GENERIC = "generic"
STATED_ZONE = (GENERIC, "mixpanel", "moodle")
"""Formats whose times mean nothing without the zone that the source states; those of all others are in UTC."""
WITHOUT_ID = (GENERIC, "moodle")
"""Formats in which nothing tells one event from an equal one, unless a column is mapped to ``id``."""
_BEYOND_RE2 = re.compile(r"\(\?(<?[=!]|P=|\()|\\[1-9]|[*+?}]\+")


class Constant(Part):
    """The same value for every row, where an export has no such column."""

    constant: str = Field(min_length=1)
    """The value that stands for the missing column."""


class Extract(Part):
    """A value that stands inside the text of a column, such as the id in `The user with id '4' viewed …`."""

    column: str = Field(alias="from", min_length=1)
    """The column with the text."""
    pattern: str = Field(min_length=1)
    """A regular expression (RE2) with one group, which is the value; where nothing matches there is none."""

    @field_validator("pattern")
    @classmethod
    def _one_group(cls, pattern: str) -> str:
        cure = "Write it as in `[Uu]ser with id '(\\d+)'`, the value in one pair of round brackets."
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise refusal([impossible_value(f"the pattern cannot be read: {error}", cure)]) from error
        if _BEYOND_RE2.search(pattern):
            raise refusal([impossible_value("the pattern looks around or back or is possessive, which RE2 cannot", cure)])
        if groups != 1:
            raise refusal([impossible_value(f"the pattern has {groups} groups instead of one", cure)])
        return pattern


class TimeFormat(Part):
    """How times are written: in which zone, as a count of units since 1970, or in a strptime format."""

    timezone: TimeZone | None = None
    """The zone that times without an offset are in."""
    unit: Literal["s", "ms", "us", "ns"] | None = None
    """What counts since 1970 count."""
    format: str | None = None
    """How times are written, in the words of strptime."""

    @model_validator(mode="after")
    def _zone_known(self) -> Self:
        if self.timezone is None and self.unit is None:
            raise refusal([no_zone()])
        if self.unit is not None and self.format is not None:
            raise refusal([both_given("unit", "format").under("format")])
        return self


def read_column(raw: object) -> object:
    """The name of a column, ``{constant: value}``, or ``{from: column, pattern: …}``."""
    if isinstance(raw, str | dict | Constant | Extract) and raw:
        return raw
    raise refusal([wrong_kind(raw, "column")])


def _form(raw: object) -> str:
    if isinstance(raw, Extract) or (isinstance(raw, dict) and {"from", "pattern"} & raw.keys()):
        return "extract"
    return "constant" if isinstance(raw, Constant | dict) else "name"


Mapped = Annotated[
    Annotated[str, Tag("name")] | Annotated[Constant, Tag("constant")] | Annotated[Extract, Tag("extract")],
    Discriminator(_form),
]


def read_format(raw: object) -> object:
    """The name of a format."""
    if raw in FORMATS:
        return raw
    raise refusal([unknown_word(raw, FORMATS, kind="format")])


def read_completeness(raw: object) -> str | date:
    """The words ``newest_day`` and ``newest_day_minus_N``, or a date."""
    if isinstance(raw, str) and NEWEST.fullmatch(raw):
        return raw
    if isinstance(raw, str) and raw[:1].isalpha():
        words = ("newest_day", "newest_day_minus_1", "2026-05-04")
        raise refusal([unknown_word(raw, words, kind="word for the days that are complete")])
    return read_day(raw)


def read_kind(raw: object) -> object:
    """What the rows of a source are; those of other kinds than events and units are read as ``Records``."""
    if raw in SOURCE_KINDS:
        return raw
    raise refusal([unknown_word(raw, SOURCE_KINDS, kind="kind of source", near=ours(str(raw), SOURCE_KINDS, WORDS))])


class Source(Part):
    """One export: its files, relative to the project folder, and what its columns mean.

    ``kind: events`` maps the roles ``event``, ``time``, ``id``, ``received``, ``anonymous`` (who it was where nobody was
    logged in) and entities to columns; ``kind: units``
    describes the units of ``entity`` by their ``key`` column and ``properties``, and may map parents and ``since``, the
    local day from which a row holds.
    """

    id: Annotated[str, GIVEN]
    kind: Annotated[SourceKind, BeforeValidator(read_kind)]
    """What its rows are: events, or units with their attributes."""
    files: Files
    """The files, relative to the project folder, or `s3://` addresses; `*` and `**` stand for any."""
    format: Annotated[str, BeforeValidator(read_format)] = GENERIC
    """How the export is laid out."""
    columns: Mapping[str, Annotated[Mapped, BeforeValidator(read_column)]] = Field(
        default_factory=dict, validate_default=True
    )
    """The column of each role; the rest become properties."""
    time: TimeFormat | None = None
    """How times are written."""
    duplicates: Duplicates | None = None
    """What a repeated row is: the same `id`, the same `row` as often as in any one file, the same row once, or nothing."""
    complete_through: Annotated[str | date, BeforeValidator(read_completeness)] = "newest_day_minus_1"
    """The last day that is complete: of the newest day, or the day before it."""
    null_values: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ("",)
    """Texts that mean that there is no value."""
    delimiter: Annotated[str, Field(min_length=1, max_length=4)] | None = None
    """What stands between columns, where it cannot be told."""
    entity: EntityId | None = None
    """Whose attributes these are."""
    key: str | None = None
    """The column that holds the id of the unit."""
    properties: Properties = Field(default_factory=dict)
    """The attributes that its units carry."""
    max_quarantine: Annotated[Share, Field(ge=0, le=1)] = 0.05
    """The share of rows set aside above which a refresh says so to its caller."""
    expected_every: Duration | None = None
    """How often something new is due; nothing for twice as long, and data health calls the source overdue."""
    place: Annotated[Place, GIVEN] = Field(default=NOWHERE, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _same_by_id(cls, raw: Any) -> Any:  # noqa: ANN401
        """Equal ids are duplicates, where an export has ids; without them somebody has to choose."""
        match raw:
            case {"kind": "events", "columns": {"id": _}} if "duplicates" not in raw:
                return {**raw, "duplicates": "id"}
            case {"kind": "events", "format": str(name)} if "duplicates" not in raw and name not in WITHOUT_ID:
                return {**raw, "duplicates": "id"}
        return raw

    @field_validator("columns")
    @classmethod
    def _roles_known(cls, columns: Mapping[str, Mapped], info: ValidationInfo) -> Mapping[str, Mapped]:
        if "kind" not in info.data:
            return columns
        scope, of_events = scope_of(info), info.data["kind"] == "events"
        roles = (
            *(EVENT_ROLES if of_events else UNIT_ROLES),
            *(scope.entities if scope and not scope.no_project else columns),
        )
        if unknown := [role for role in columns if role not in roles]:
            raise refusal(unknown_key(role, roles, kind="role").under(role) for role in unknown)
        plain = of_events and info.data.get("format", GENERIC) == GENERIC
        return {"event": "event", "time": "time", **columns} if plain else columns

    @field_validator("place")
    @classmethod
    def _complete_for_its_kind(cls, place: Place, info: ValidationInfo) -> Place:
        """Runs on the last field, so that it sees all that could be read and one fault hides no other."""
        kinds = {"events": events_flaws, "units": units_flaws}
        if flaws := kinds[info.data["kind"]](info.data) if "kind" in info.data else []:
            raise refusal(flaws)
        return place


def events_flaws(fields: Mapping[str, Any]) -> list[Flaw]:
    """What an export of events must say, and what it must not, from the fields that could be read."""
    flaws = [
        key_of_another(key, "sources of kind units").under(key) for key in ("entity", "key", "properties") if fields.get(key)
    ]
    layout = fields.get("format")
    if "time" in fields and fields["time"] is None and layout in STATED_ZONE:
        flaws.append(no_zone())
    undecided = "id" not in fields.get("columns", {"id": ""}) and fields.get("duplicates", "") in {None, "id"}
    if undecided and layout in WITHOUT_ID:
        flaws.append(duplicates_undecided())
    return flaws


def units_flaws(fields: Mapping[str, Any]) -> list[Flaw]:
    """What an export of units must say, and what it must not, from the fields that could be read."""
    flaws = [missing_key(key).under(key) for key in ("entity", "key") if key in fields and not fields[key]]
    cure = "Name a column, or leave it out."
    flaws += [
        impossible_value(f"`{role}` is read from a column of a units file as it stands", cure).under("columns", role)
        for role, column in fields.get("columns", {}).items()
        if not isinstance(column, str)
    ]
    if fields.get("format", GENERIC) != GENERIC:
        flaws.append(key_of_another("format", "sources of kind events").under("format"))
    if fields.get("duplicates") is not None:
        flaws.append(key_of_another("duplicates", "sources of kind events").under("duplicates"))
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
