"""Sources of releases, feedback and identities: what their rows are, and what a release gives to the taxonomy.

A row of a source of releases is the event ``release_shipped`` and, where it was rolled back, also ``release_rolled_back``,
of the entity ``release``; its columns are the properties of both.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from prodops_metrics.definitions.checks.shape import key_of_another, no_zone, unknown_key
from prodops_metrics.definitions.faults import Flaw, refusal
from prodops_metrics.definitions.fields import EntityId, one_or_many
from prodops_metrics.definitions.literals import Plain
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Node, Place
from prodops_metrics.definitions.project import Entity
from prodops_metrics.definitions.scope import scope_of
from prodops_metrics.definitions.sources import RECORD_KINDS, RecordKind, TimeFormat
from prodops_metrics.definitions.taxonomy import Properties

RELEASE = "release"
SHIPPED, ROLLED_BACK = "release_shipped", "release_rolled_back"
RELEASE_EVENTS: Mapping[str, str] = {
    SHIPPED: "A release reached its users",
    ROLLED_BACK: "A release was taken back",
}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "releases": {"id": "id", "time": "time", "rolled_back_at": "rolled_back_at"},
    "feedback": {"id": "id", "time": "time", "score": "score", "text": "text"},
    "identities": {"anonymous": "anonymous_id", "known": "user_id", "time": "time"},
}
"""The roles of each kind, with the column of each unless a source says otherwise; feedback may also name entities."""


class Records(Part):
    """A source of ``releases``, of ``feedback`` (surveys, tickets), or of ``identities`` (which anonymous id is whose)."""

    id: Annotated[str, GIVEN]
    kind: RecordKind
    """What its rows are."""
    files: Annotated[tuple[str, ...], BeforeValidator(one_or_many), Field(min_length=1)]
    """The files, relative to the project folder; `*` and `**` stand for any."""
    columns: Mapping[str, str] = Field(default_factory=dict, validate_default=True)
    """The column of each role."""
    time: TimeFormat | None = None
    """How times are written."""
    null_values: Annotated[tuple[str, ...], BeforeValidator(one_or_many)] = ("",)
    """Texts that mean that there is no value."""
    delimiter: Annotated[str, Field(min_length=1, max_length=4)] | None = None
    """What stands between columns, where it cannot be told."""
    entity: EntityId | None = None
    """Of identities: whose ids they are; users unless it says so."""
    properties: Properties = Field(default_factory=dict)
    """Of releases and feedback: what each row carries besides."""
    place: Annotated[Place, GIVEN] = Field(default=NOWHERE, validate_default=True)

    @field_validator("columns")
    @classmethod
    def _roles_known(cls, columns: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        kind = info.data.get("kind")
        if kind is None:
            return columns
        scope = scope_of(info)
        entities = (scope.entities if scope and not scope.no_project else tuple(columns)) if kind == "feedback" else ()
        roles = (*COLUMNS[kind], *entities)
        if unknown := [role for role in columns if role not in roles]:
            raise refusal(unknown_key(role, roles, kind="role").under(role) for role in unknown)
        return {**COLUMNS[kind], **columns}

    @field_validator("place")
    @classmethod
    def _complete_for_its_kind(cls, place: Place, info: ValidationInfo) -> Place:
        """Runs on the last field, so that it sees all that could be read and one fault hides no other."""
        if flaws := list(_flaws(info.data)):
            raise refusal(flaws)
        return place


def _flaws(fields: Mapping[str, object]) -> list[Flaw]:
    kind = fields.get("kind")
    others = {"releases": ("entity",), "feedback": ("entity",), "identities": ("properties",)}
    homes = {"entity": "sources of kind identities and units", "properties": "sources that have rows of their own"}
    flaws = [key_of_another(key, homes[key]).under(key) for key in others.get(str(kind), ()) if fields.get(key)]
    if kind in {"releases", "feedback"} and "time" in fields and fields["time"] is None:
        flaws.append(no_zone())
    return flaws


def is_records(node: Node) -> bool:
    """Whether a source that is not read yet is of one of these kinds."""
    kind = node.child("kind")
    return kind is not None and kind.value in RECORD_KINDS


def with_records(
    kinds: Mapping[str, Mapping[str, Node]], parents: Mapping[str, str | None]
) -> tuple[Mapping[str, Mapping[str, Node]], Entity | None]:
    """The kinds of a project with its records apart from other sources, and what releases bring with them.

    That is two events, and the entity that they are of unless the project declares it itself.
    """
    records = {name: node for name, node in kinds["sources"].items() if is_records(node)}
    sources = {name: node for name, node in kinds["sources"].items() if name not in records}
    apart = {**kinds, "sources": sources, "records": records}
    releases = [node for node in records.values() if node.entries["kind"].value == "releases"]
    if not releases:
        return apart, None
    entity = None if RELEASE in parents else Entity(id=RELEASE, column="release_id")
    return {**apart, "events": with_release_events(kinds["events"], releases[0])}, entity


def with_release_events(events: Mapping[str, Node], source: Node) -> dict[str, Node]:
    """The events of a taxonomy and those of releases, which carry what the source declares.

    What the taxonomy itself says of such an event is added to it.
    """
    own = source.child("properties")
    return {**events, **{name: _release_event(name, events.get(name), source, own) for name in RELEASE_EVENTS}}


def _release_event(name: str, declared: Node | None, source: Node, own: Node | None) -> Node:
    base = declared or replace(source, value={})
    fields = {"description": replace(base, value=Plain(RELEASE_EVENTS[name]), key=None), **base.entries}
    if own is not None:
        more = base.child("properties")
        fields["properties"] = replace(more or own, value={**own.entries, **(more.entries if more else {})})
    return replace(base, value=fields)
