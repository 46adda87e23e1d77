"""Ids: what definitions may be called."""

import re
from collections.abc import Mapping

from prodops_metrics.definitions.checks.shape import not_an_id
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.report import Report

ID = re.compile(r"[a-z][a-z0-9_]*")
LOOSE = re.compile(r"[a-z][a-z0-9_-]*")
RESERVED: Mapping[str, Mapping[str, str]] = {
    "events": {"any": "an event position that takes any event"},
    "entities": {
        **dict.fromkeys(("event", "time", "id", "received", "since"), "a role that a column can have"),
        "arrived": "the rows that a refresh has just read",
    },
    "segments": {"unknown": "units of which it is not known whether they belong"},
}
"""Words that are no ids, as they already mean something: of which kind, and what."""


def proposed_id(name: str) -> str:
    """The id that comes nearest to a name; empty where no letter of it can begin one."""
    proposal = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return proposal if ID.fullmatch(proposal) else ""


def check_ids(kind: str, nodes: Mapping[str, Node], report: Report, *, pattern: re.Pattern[str] = ID) -> None:
    """Reports every id of a kind that cannot be one."""
    for name, node in nodes.items():
        spot = node.key or node.spot
        if not pattern.fullmatch(name):
            report.add(spot, not_an_id(name, proposed_id(name)))
        elif name in (reserved := RESERVED.get(kind, {})):
            report.add(spot, not_an_id(name, "", reserved[name]))
