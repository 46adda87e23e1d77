"""Events and their properties: what the product's exports are meant to hold."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from prodops_metrics.definitions.checks.values import impossible_value
from prodops_metrics.definitions.faults import Flaw, FlawedError, refusal
from prodops_metrics.definitions.fields import Status
from prodops_metrics.definitions.literals import PropertyType, Scalar, literal
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.scope import Column


def short_form(raw: object) -> object:
    """``seats: integer`` for ``seats: {type: integer}``."""
    if not isinstance(raw, dict):
        return raw
    return {name: {"type": value} if isinstance(value, str) else value for name, value in raw.items()}


class Property(Part):
    """A property of events, or an attribute of units."""

    type: PropertyType = "string"
    """What its values are."""
    enum: tuple[str | int | float | bool, ...] = ()
    """Every value that it can have."""
    required: bool = False
    """Whether every event must carry it."""
    personal: Literal["drop", "hash"] | None = None
    """What a refresh does with personal data: leave it out, or keep a hash that only tells equal from different."""
    description: str | None = None
    """What it says, in a few words."""

    @model_validator(mode="before")
    @classmethod
    def _enum_of_type(cls, raw: object) -> object:
        if not isinstance(raw, dict) or not isinstance(raw.get("enum"), list):
            return raw
        kind = raw.get("type", "string")
        if kind not in get_args(PropertyType):
            return raw  # no such type: that is the fault to report
        values: list[Scalar] = []
        flaws: list[Flaw] = []
        for index, value in enumerate(raw["enum"]):
            try:
                values.append(literal(value, kind))
            except FlawedError as error:
                flaws += [flaw.under("enum", index) for flaw in error.flaws]
        if flaws:
            raise refusal(flaws)
        return {**raw, "enum": values}

    @model_validator(mode="after")
    def _hash_is_text(self) -> Self:
        if self.personal == "hash" and (self.type != "string" or self.enum):
            kept = "enum" if self.enum else f"{self.type}"
            cure = "Leave the type out, or say `personal: drop`."
            raise refusal([impossible_value(f"a hash is a text, and no {kept}", cure).under("personal")])
        return self

    @property
    def column(self) -> Column:
        """As conditions see it."""
        return Column(self.type, self.enum)


Properties = Annotated[Mapping[str, Property], BeforeValidator(short_form)]


class Event(Part):
    """Something that a unit did; ``aliases`` are its names in exports other than its id.

    Events with ``activity: false`` do not make a unit active.
    """

    id: Annotated[str, GIVEN]
    description: str = ""
    """What the unit did, in one sentence."""
    status: Status = "active"
    """`broken` needs an `issue`; metrics do not rest on broken and deprecated events."""
    issue: str | None = None
    """Where it says why it is broken."""
    aliases: tuple[str, ...] = ()
    """Its names in exports other than its id."""
    properties: Properties = Field(default_factory=dict)
    """What each event of this kind carries, beside the common properties."""
    activity: bool = True
    """Whether it makes a unit active."""
    place: Annotated[Place, GIVEN] = NOWHERE

    @field_validator("aliases")
    @classmethod
    def _aliases_not_empty(cls, aliases: tuple[str, ...]) -> tuple[str, ...]:
        if empty := [index for index, alias in enumerate(aliases) if not alias]:
            raise refusal(impossible_value("an alias is empty", "Leave it out.").under(index) for index in empty)
        return aliases
