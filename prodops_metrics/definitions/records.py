"""Sources of releases, feedback and identities: what their rows are, and what they give to the taxonomy.

A row of a source of releases is the event ``release_shipped`` and, where it was rolled back, also ``release_rolled_back``,
of the entity ``release``; its columns are the properties of both. A row of feedback is the event ``feedback_given``, and
features that do not say how they are rated are rated by what it says of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from prodops_metrics.definitions.addresses import Files
from prodops_metrics.definitions.checks.shape import key_of_another, no_zone, unknown_key
from prodops_metrics.definitions.faults import Flaw, refusal
from prodops_metrics.definitions.fields import EntityId, Share, one_or_many
from prodops_metrics.definitions.literals import Plain
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Node, Place
from prodops_metrics.definitions.project import Entity
from prodops_metrics.definitions.scope import scope_of
from prodops_metrics.definitions.sources import RECORD_KINDS, RecordKind, Source, TimeFormat, read_completeness
from prodops_metrics.definitions.taxonomy import Properties

RELEASE = "release"
SHIPPED, ROLLED_BACK = "release_shipped", "release_rolled_back"
RELEASE_EVENTS: Mapping[str, str] = {
    SHIPPED: "A release reached its users",
    ROLLED_BACK: "A release was taken back",
}
FEEDBACK = "feedback_given"
FEEDBACK_TYPES: Mapping[str, str] = {
    "feature": "string",
    "kind": "string",
    "score": "number",
    "scale": "number",
    "theme": "string",
}
"""What is said by an event of feedback, with its type unless the taxonomy has given the name another."""
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "releases": {"id": "id", "time": "time", "rolled_back_at": "rolled_back_at"},
    "feedback": {name: name for name in ("id", "time", *FEEDBACK_TYPES, "text")},
    "identities": {"anonymous": "anonymous_id", "known": "user_id", "time": "time"},
}
"""The roles of each kind, with the column of each unless a source says otherwise; feedback may also name entities."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "releases": ("id", "time"),
    "feedback": ("id", "time"),
    "identities": ("anonymous", "known"),
}
"""The roles whose columns every file must have; the others may be absent where the source does not name them."""


class Records(Part):
    """A source of ``releases``, of ``feedback`` (surveys, tickets), or of ``identities`` (which anonymous id is whose)."""

    id: Annotated[str, GIVEN]
    kind: RecordKind
    """What its rows are."""
    files: Files
    """The files, relative to the project folder, or `s3://` addresses; `*` and `**` stand for any."""
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
    complete_through: Annotated[str | date, BeforeValidator(read_completeness)] = "newest_day"
    """The last day that is complete: of the newest day, or the day before it."""
    max_quarantine: Annotated[Share, Field(ge=0, le=1)] = 0.05
    """The share of rows set aside above which a refresh says so to its caller."""
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

    @property
    def export(self) -> Source:
        """The same as any other export, which is how a refresh looks for its files and keeps their books."""
        return Source.model_construct(**{name: getattr(self, name) for name in type(self).model_fields})


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
    """The kinds of a project with its records apart from other sources, and what records bring with them.

    Releases bring two events, and the entity that they are of unless the project declares it itself; feedback brings
    one event, and a rating to every feature that declares none.
    """
    records = {name: node for name, node in kinds["sources"].items() if is_records(node)}
    sources = {name: node for name, node in kinds["sources"].items() if name not in records}
    apart = {**kinds, "sources": sources, "records": records}
    if feedback := _of_kind(records.values(), "feedback"):
        apart["events"] = with_feedback_event(apart, feedback)
        apart["features"] = {name: _rated(name, node) for name, node in kinds["features"].items()}
    releases = _of_kind(records.values(), "releases")
    if not releases:
        return apart, None
    entity = None if RELEASE in parents else Entity(id=RELEASE, column="release_id")
    return {**apart, "events": with_release_events(apart["events"], releases)}, entity


def _of_kind(records: Iterable[Node], kind: str) -> list[Node]:
    return [node for node in records if node.entries["kind"].value == kind]


def with_release_events(events: Mapping[str, Node], sources: list[Node]) -> dict[str, Node]:
    """The events of a taxonomy and those of releases, which carry what their sources declare.

    What the taxonomy itself says of such an event is added to it.
    """
    own = {name: node for source in sources for name, node in _properties(source).items()}
    more = {name: _event(events.get(name), sources[0], text, own) for name, text in RELEASE_EVENTS.items()}
    return {**events, **more}


def with_feedback_event(kinds: Mapping[str, Mapping[str, Node]], sources: list[Node]) -> dict[str, Node]:
    """The events of a taxonomy and that of feedback, which says what its roles say and what its sources declare.

    A score is a number, unless the taxonomy has declared a property of that name to be something else.
    """
    events, first = kinds["events"], sources[0]
    known = {**{n: p for event in events.values() for n, p in _properties(event).items()}, **kinds["properties"]}
    roles = {name: known.get(name) or _leaf(first, kind) for name, kind in FEEDBACK_TYPES.items()}
    own = {name: node for source in sources for name, node in _properties(source).items()}
    text = "Somebody told us what they think"
    return {**events, FEEDBACK: _event(events.get(FEEDBACK), first, text, {**roles, **own}, activity="false")}


def _properties(node: Node) -> dict[str, Node]:
    own = node.child("properties")
    return own.entries if own else {}


def _leaf(near: Node, text: str) -> Node:
    return replace(near, value=Plain(text), key=None, repeated=())


def _tree(near: Node, entries: Mapping[str, Node]) -> Node:
    return replace(near, value=dict(entries), key=None, repeated=())


def _event(declared: Node | None, source: Node, text: str, own: Mapping[str, Node], **more: str) -> Node:
    """An event that a kind of records brings, with what the taxonomy itself says of it laid over it."""
    base = declared or replace(source, value={})
    fields = {"description": _leaf(base, text), **{key: _leaf(base, value) for key, value in more.items()}, **base.entries}
    if own:
        fields["properties"] = _tree(base.child("properties") or base, {**own, **_properties(base)})
    return replace(base, value=fields)


def _rated(feature: str, node: Node) -> Node:
    """A feature that is rated by the scores that feedback gives it, unless it says itself how it is rated."""
    if "rated" in node.entries or not isinstance(node.value, dict):
        return node
    asked = _tree(node, {"event": _leaf(node, FEEDBACK), "filter": _tree(node, {"feature": _leaf(node, feature)})})
    role = _tree(node, {"event": asked, "property": _leaf(node, "score")})
    return replace(node, value={**node.value, "rated": role})
