"""From the text of one YAML file to a tree of values that know their places."""

import re
from dataclasses import replace

import yaml

from prodops_metrics.definitions.checks.values import wrong_kind
from prodops_metrics.definitions.checks.yaml_text import foreign_tag, key_twice, too_large
from prodops_metrics.definitions.documents import documents, line_and_column
from prodops_metrics.definitions.faults import Flaw, FlawedError
from prodops_metrics.definitions.literals import Plain
from prodops_metrics.definitions.places import Node, Place, Spot
from prodops_metrics.definitions.report import Report

DEEPEST = 40
QUOTED = frozenset("'\"|>")
MOST_NODES = 100_000
MOST_SIGNS, LONGEST = 3 * MOST_NODES, 3_000_000  # a file beyond is refused before it is parsed
UNSAFE_NESTING = 1_000  # from about 50,000 levels on, the parser written in C overruns its stack
BRACKET = re.compile(r"[\[\]{}]")
BREAKS = re.compile(r"[\r\x85\u2028\u2029]")
"""Ends of lines to YAML, and to no editor."""
LEAD = re.compile(r"^[ \-?:]+", re.MULTILINE)
MERGE = "tag:yaml.org,2002:merge"
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)


def parse(file: str, text: str, report: Report) -> Node | None:
    """The tree of a file; None where it is empty or cannot be read, which is reported."""
    if sum(map(text.count, ",:\n")) > MOST_SIGNS or len(text) > LONGEST:
        report.add_at(Place(file, 1, 1), too_large(values=MOST_NODES))
        return None
    if nesting(text) > UNSAFE_NESTING:
        report.add_at(Place(file, 1, 1), too_large(levels=DEEPEST))
        return None
    tree = _Tree(file, report)
    trees = [tree.read(root) for root in documents(file, text, report)]
    first, *others = trees or [None]
    more = [pair for other in others if other for pair in other.every]
    return replace(first, repeated=(*first.repeated, *more)) if first else None


def nesting(text: str) -> int:
    """No fewer levels than the file nests, counted without parsing it."""
    depth = deepest = 0
    for bracket in BRACKET.findall(text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest + max((len(lead) for lead in LEAD.findall(text)), default=0)


class _Tree:
    """Turns nodes of yaml into ours, while keys, tags, depth and size are checked."""

    def __init__(self, file: str, report: Report) -> None:
        self.file, self.report, self.count = file, report, 0
        text = report.texts.get(file, "")
        self.odd = text if BREAKS.search(text) else ""

    def read(self, root: yaml.Node) -> Node | None:
        try:
            return self.node(root, None, 0)
        except FlawedError as error:
            self.report.add(self.spot(root), error.flaws[0])
            return None

    def spot(self, node: yaml.Node) -> Spot:
        start, end = node.start_mark, node.end_mark
        line, column = (start.line + 1, start.column + 1) if not self.odd else line_and_column(self.odd, start.index)
        return Spot(Place(self.file, line, column), start.index, end.index)

    def node(self, node: yaml.Node, key: Spot | None, depth: int) -> Node:
        self.count += 1
        if self.count > MOST_NODES:
            raise FlawedError(too_large(values=MOST_NODES))
        spot = self.spot(node)
        if depth > DEEPEST:
            self.report.add(key or spot, too_large(levels=DEEPEST))
            return Node(None, spot, key)
        if node.tag not in TAGS:
            self.report.add(spot, foreign_tag(node.tag))
            self.report.ruined.append(spot)
        repeated: list[tuple[str, Node]] = []
        return Node(self.value(node, depth, repeated), spot, key, tuple(repeated))

    def value(self, node: yaml.Node, depth: int, repeated: list[tuple[str, Node]]) -> object:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth, repeated)
        if isinstance(node, yaml.SequenceNode):
            return [self.node(child, None, depth + 1) for child in node.value]
        if isinstance(node, yaml.ScalarNode) and node.style in QUOTED:
            return str(node.value)
        return None if node.value in NULLS else Plain(node.value)

    def mapping(self, node: yaml.MappingNode, depth: int, repeated: list[tuple[str, Node]]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        shared: dict[str, Node] = {}
        for key, value in node.value:
            if key.tag == MERGE:
                shared |= self.merge(value, depth)
            elif not isinstance(key, yaml.ScalarNode):
                self.report.add(self.spot(key), wrong_kind(_outside(key), "key"))
            elif key.value in found:
                self.report.add(self.spot(key), _duplicate(key.value, found[key.value]))
                repeated.append((key.value, self.node(value, self.spot(key), depth + 1)))
            else:
                found[key.value] = self.node(value, self.spot(key), depth + 1)
        return {**shared, **found}

    def merge(self, node: yaml.Node, depth: int) -> dict[str, Node]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Node] = {}
        for each in nodes:
            merged = {**self.node(each, None, depth + 1).entries, **merged}
        return merged


def _duplicate(key: str, first: Node) -> Flaw:
    line = first.key.place.line if first.key else first.spot.place.line
    return key_twice(key, line)


def _outside(node: yaml.Node) -> object:
    """What stands for a node of yaml in a message."""
    return {} if isinstance(node, yaml.MappingNode) else []
