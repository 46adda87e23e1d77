"""From the text of one YAML file to a tree of values that know their places."""

import re

import yaml

from prodops_metrics.definitions.faults import Flaw, FlawedError
from prodops_metrics.definitions.literals import Plain
from prodops_metrics.definitions.places import Node, Place, Spot
from prodops_metrics.definitions.report import Report

DEEPEST = 40
QUOTED = frozenset("'\"|>")
MOST_NODES = 100_000
UNSAFE_NESTING = 1_000  # from about 50,000 levels on, the parser written in C overruns its stack
BRACKET = re.compile(r"[\[\]{}]")
LEAD = re.compile(r"^[ \-?:]+", re.MULTILINE)
MERGE = "tag:yaml.org,2002:merge"
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)
CURES = {
    "mapping values are not allowed": "Text that holds `: ` stands in quotes; otherwise check the indentation.",
    "undefined alias": "Text that starts with * stands in quotes.",
    "another document": "One file holds one document: remove the line `---`.",
}


def parse(file: str, text: str, report: Report) -> Node | None:
    """The tree of a file; None where it is empty or is no YAML, which is reported."""
    if nesting(text) > UNSAFE_NESTING:
        report.add_at(Place(file, 1, 1), Flaw("E006", f"the file nests more than {DEEPEST} levels deep"))
        return None
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        report.add_at(*_syntax(file, text, error))
        return None
    return _Tree(file, report).read(root) if root else None


def nesting(text: str) -> int:
    """No fewer levels than the file nests, counted without parsing it."""
    depth = deepest = 0
    for bracket in BRACKET.findall(text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest + max((len(lead) for lead in LEAD.findall(text)), default=0)


def _syntax(file: str, text: str, error: yaml.YAMLError) -> tuple[Place, Flaw]:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _unreadable(file, text, error)
    problem = str(getattr(error, "problem", "it cannot be read"))
    if text[mark.index : mark.index + 1] == "\t" or text.splitlines()[mark.line : mark.line + 1] == ["\t"]:
        flaw = Flaw("E002", "a tab stands where YAML wants spaces", "Indent with spaces, two for each level.")
    else:
        cure = next((cure for words, cure in CURES.items() if words in problem), None)
        context = getattr(error, "context", None)
        flaw = Flaw("E001", f"no valid YAML: {context + ', ' if context else ''}{problem}", cure)
    return Place(file, mark.line + 1, mark.column + 1), flaw


def _unreadable(file: str, text: str, error: yaml.YAMLError) -> tuple[Place, Flaw]:
    before = text[: getattr(error, "position", 0)]
    place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return place, Flaw("E001", "a control character stands here", "Remove it; it may be invisible in your editor.")


class _Tree:
    """Turns nodes of yaml into ours, while keys, tags, depth and size are checked."""

    def __init__(self, file: str, report: Report) -> None:
        self.file, self.report, self.count = file, report, 0

    def read(self, root: yaml.Node) -> Node | None:
        try:
            return self.node(root, None, 0)
        except FlawedError as error:
            self.report.add(self.spot(root), error.flaws[0])
            return None

    def spot(self, node: yaml.Node) -> Spot:
        start, end = node.start_mark, node.end_mark
        return Spot(Place(self.file, start.line + 1, start.column + 1), start.index, end.index)

    def node(self, node: yaml.Node, key: Spot | None, depth: int) -> Node:
        self.count += 1
        if self.count > MOST_NODES:
            raise FlawedError(Flaw("E006", f"aliases unfold to more than {MOST_NODES:,} values"))
        spot = self.spot(node)
        if depth > DEEPEST:
            self.report.add(key or spot, Flaw("E006", f"the file nests more than {DEEPEST} levels deep"))
            return Node(None, spot, key)
        if node.tag not in TAGS:
            self.report.add(spot, Flaw("E007", f"the tag {node.tag} is not allowed", "Write the plain value."))
        return Node(self.value(node, depth), spot, key)

    def value(self, node: yaml.Node, depth: int) -> object:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.node(child, None, depth + 1) for child in node.value]
        if isinstance(node, yaml.ScalarNode) and node.style in QUOTED:
            return str(node.value)
        return None if node.value in NULLS else Plain(node.value)

    def mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        shared: dict[str, Node] = {}
        for key, value in node.value:
            if key.tag == MERGE:
                shared |= self.merge(value, depth)
            elif not isinstance(key, yaml.ScalarNode):
                self.report.add(self.spot(key), Flaw("E107", "a key is one word, not a list or mapping"))
            elif key.value in found:
                self.report.add(self.spot(key), _duplicate(key.value, found[key.value]))
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
    return Flaw("E003", f"`{key}` stands here twice, first in line {line}", "Keep one of them.")
