"""Standard metrics: the same for every feature, made from its roles.

A reference such as ``feature.used`` is replaced in the tree by the value that it stands for, before anything is
validated; text is never put together.
"""

from collections.abc import Mapping
from dataclasses import replace

from prodops_metrics.definitions.checks.references import unknown_standard
from prodops_metrics.definitions.checks.shape import missing_key
from prodops_metrics.definitions.faults import Flaw, FlawedError
from prodops_metrics.definitions.features import ROLES, Feature
from prodops_metrics.definitions.literals import Plain
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.definitions.places import Node

PREFIX = "feature."
SKIP = "skip"
FREQUENCIES = frozenset({"daily", "weekly", "monthly"})
MEASURED = ("duration", "rated")
"""Roles that are an event with a number on it."""
PARTS = ("event", "property", "unit")
REFERENCES = (*ROLES, *(f"{role}.{part}" for role in MEASURED for part in PARTS), "activation_window", "frequency")


class AbsentError(Exception):
    """The feature cannot have this metric; the text is the reason."""


class MisplacedError(FlawedError):
    """A node of a standard metric is wrong, whatever the feature."""

    def __init__(self, node: Node, flaw: Flaw) -> None:
        super().__init__(flaw)
        self.node = node


def standard_node(standard: Node, override: Node | None, feature: Feature) -> Node:
    """The definition of a standard metric for one feature, with the feature's own changes and roles in it.

    Raises:
        AbsentError: the feature skips it, or declares no such role.
        MisplacedError: a reference is wrong.
    """
    changes = override.entries if override else {}
    for key, reason in changes.items():
        if nearest(key, [SKIP]):
            raise AbsentError(f"skipped: {reason.raw() or 'no reason given'}")
    return _resolved(replace(standard, value={**standard.entries, **changes}), feature)


def _resolved(node: Node, feature: Feature) -> Node:
    value = node.value
    if isinstance(value, Plain) and value.startswith(PREFIX):
        return replace(node, value=_referred(node, value.removeprefix(PREFIX), feature))
    if isinstance(value, list):
        return replace(node, value=[_resolved(child, feature) for child in value])
    if isinstance(value, dict) and value and set(value) <= FREQUENCIES:
        return _for_frequency(node, value, feature)
    if isinstance(value, dict):
        return replace(node, value={key: _resolved(child, feature) for key, child in value.items()})
    return node


def _for_frequency(node: Node, choices: Mapping[str, Node], feature: Feature) -> Node:
    if feature.frequency not in choices:
        raise MisplacedError(node, missing_key(feature.frequency))
    return replace(choices[feature.frequency], key=node.key)


def _referred(node: Node, name: str, feature: Feature) -> object:
    if name == "frequency":
        return feature.grain
    if name == "activation_window":
        return feature.activation_window
    role, _, part = name.partition(".")
    if role in MEASURED and part in PARTS:
        return _measured(role, part, feature)
    if name not in ROLES:
        known = [PREFIX + each for each in REFERENCES]
        raise MisplacedError(node, unknown_standard(PREFIX + name, known, "role of a feature"))
    position = getattr(feature, name)
    if position is None:
        raise AbsentError(f"no `{name}` declared")
    return position


def _measured(role: str, part: str, feature: Feature) -> object:
    measured = getattr(feature, role)
    if measured is None:
        raise AbsentError(f"no `{role}` declared")
    found = getattr(measured, part)
    return Plain(found) if isinstance(found, str) else found
