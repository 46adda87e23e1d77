"""The base of every model that is read from YAML.

A model that has a field ``condition: Condition | None`` takes the two keys ``filter`` and ``where`` in its place:
on a model with event positions they look at the properties of those events, on any other at the attributes
of its ``entity``.
"""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator

GIVEN = "given by the loader"
"""Marks a field that no key of YAML sets: ``id: Annotated[str, GIVEN]``."""

CONDITION_KEYS = ("filter", "where")


class Part(BaseModel):
    """A mapping in YAML: frozen, and without keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    wording: ClassVar[frozenset[str]] = frozenset()
    """Fields that say something about a number without changing it; they are no part of its meaning."""

    @model_validator(mode="before")
    @classmethod
    def _fold_condition(cls, raw: Any, info: ValidationInfo) -> Any:  # noqa: ANN401
        from prodops_metrics.definitions.reading import fold_condition

        return fold_condition(cls, raw, info)
