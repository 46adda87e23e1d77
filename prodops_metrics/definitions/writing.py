"""Adding a definition to a file: the file keeps every byte that it has, comments, order and blank lines included."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from prodops_metrics.definitions.emitting import STEP, definition, flow, scalar
from prodops_metrics.definitions.parse import parse
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.report import Report
from prodops_metrics.errors import WritingError

BRACKET = re.compile(r"(?:[&!]\S*\s+)*([\[{])")
"""The start of a value in brackets, after its anchor and tag."""
COMMENT = re.compile(r"( *)#.*")

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Added:
    """A definition on its way into a file."""

    kind: str
    name: str
    values: Values


def with_definition(text: str, kind: str, name: str, values: Values) -> str:
    """The text of a file with one definition more, under its kind, after those that are there.

    Args:
        text: The file as it is, or nothing.
        kind: The top key that it goes under, such as ``metrics``; it is added where it is missing.
        name: The id.
        values: What the definition says; text that stood in YAML without quotes is ``Plain``.

    Raises:
        WritingError: the file cannot be read, has the id already, or is written so that nothing can be put in.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    old = text.removeprefix(mark)
    tree = _tree(old)
    section = tree.child(kind) if tree else None
    if section is not None and name in section.entries:
        raise WritingError(f"`{name}` is defined there already.")
    new = _inserted(old, tree, section, Added(kind, name, values))
    _check(old, new, kind, name)
    return mark + new


def _tree(text: str) -> Node | None:
    report = Report()
    report.texts["file"] = text
    tree = parse("file", text, report)
    if report.faults() or (tree is not None and not isinstance(tree.value, dict)):
        raise WritingError("The file has a fault that has to be mended first; `prodops check` shows it.")
    return tree


def _inserted(text: str, tree: Node | None, section: Node | None, added: Added) -> str:
    if tree is None:
        return _at_the_end(text, [f"{added.kind}:", *definition(added.name, added.values, STEP)])
    if section is None and _in_brackets(text, tree):
        return _in_flow(text, tree, {added.kind: {added.name: added.values}})
    if section is None:
        margin = _indent(tree)
        return _at_the_end(text, [f"{' ' * margin}{added.kind}:", *definition(added.name, added.values, margin + STEP)])
    if section.key is None or section.spot.start < section.key.start:
        raise WritingError(f"`{added.kind}` is an alias there.")
    if _in_brackets(text, section):
        return _in_flow(text, section, {added.name: added.values})
    return _after_the_last(text, tree, section, added)


def _in_brackets(text: str, node: Node) -> bool:
    return BRACKET.match(text, node.spot.start) is not None


def _indent(tree: Node) -> int:
    keys = [child.key.place.column for child in tree.entries.values() if child.key]
    return min(keys, default=1) - 1


def _at_the_end(text: str, lines: list[str]) -> str:
    """The lines after all else, a blank line before them."""
    break_ = _line_break(text)
    gap = "" if not text else break_ if text.endswith("\n") else break_ * 2
    gap = "" if text.endswith(("\n\n", "\n\r\n")) else gap
    return text + gap + break_.join(lines) + break_


def _in_flow(text: str, node: Node, values: Values) -> str:
    """The definition between the brackets of a mapping that is written on one line."""
    said = ", ".join(f"{scalar(key, inside=True)}: {flow(value)}" for key, value in values.items())
    own = [child for child in node.entries.values() if _belongs(child, node)]
    if not own:
        opening = BRACKET.match(text, node.spot.start)
        at = opening.end() if opening else node.spot.end
        return text[:at] + said + text[at:]
    at = max(_end(text, child) for child in own)
    return f"{text[:at]}, {said}{text[at:]}"


def _after_the_last(text: str, tree: Node, section: Node, added: Added) -> str:
    """The definition on lines of its own after the last of its section and the comments that belong there."""
    own = sorted((child for child in section.entries.values() if _belongs(child, section)), key=_start)
    margin = own[-1].key.place.column - 1 if own and own[-1].key else _indent(tree) + STEP
    last = _end(text, section) if own else (section.key.end if section.key else section.spot.end)
    at = _line_end(text, len(text[:last].rstrip()))
    at = _past_comments(text, at, margin)
    break_ = _line_break(text)
    lines = definition(added.name, added.values, margin, _step(own))
    gap = break_ if at and text[at - 1] != "\n" else ""
    blank = break_ if _apart(text, own) else ""
    return text[:at] + gap + blank + break_.join(lines) + break_ + text[at:]


def _belongs(child: Node, section: Node) -> bool:
    """Whether a value stands in the section itself, not where an anchor is that it was merged from."""
    return child.key is not None and section.spot.start <= child.key.start <= section.spot.end


def _start(child: Node) -> int:
    return child.key.start if child.key else child.spot.start


def _end(text: str, node: Node) -> int:
    """Where the last token of a value ends; of a block YAML itself says only where the next one starts."""
    named = node.key.end if node.key else node.spot.start
    if not isinstance(node.value, dict | list) or _in_brackets(text, node):
        return max(named, node.spot.end)
    children = node.entries.values() if isinstance(node.value, dict) else node.value
    return max([named, *(_end(text, child) for child in children if child.spot.end <= node.spot.end)])


def _line_end(text: str, position: int) -> int:
    """Where the line after this position starts, or the end of the text."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


def _past_comments(text: str, start: int, margin: int) -> int:
    """Past the comments at the end of a section that are indented like its definitions; they belong to the last one."""
    at = found = start
    while at < len(text):
        end = _line_end(text, at)
        line = text[at:end].strip("\r\n")
        comment = COMMENT.fullmatch(line)
        if line.strip() and not (comment and len(comment[1]) >= margin > 0):
            break
        found = end if comment else found
        at = end
    return found


def _step(own: list[Node]) -> int:
    """How far the keys of the definitions beside it are indented."""
    for child in own:
        keys = [inner.key.place for inner in child.entries.values() if inner.key]
        if child.key and keys and keys[0].line > child.key.place.line:
            return keys[0].column - child.key.place.column
    return STEP


def _apart(text: str, own: list[Node]) -> bool:
    """Whether definitions here are set apart by a blank line; a single one is if it is longer than a line."""
    if not own:
        return False
    if len(own) == 1:
        return "\n" in text[_start(own[0]) : _end(text, own[0])].strip()
    before = text[: _start(own[-1])].split("\n")[:-1]
    while before and before[-1].strip().startswith("#"):
        before.pop()
    return bool(before) and not before[-1].strip()


def _line_break(text: str) -> str:
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def _check(old: str, new: str, kind: str, name: str) -> None:
    """Nothing else may read differently, however the file is written."""
    before, after = _raw(old), _raw(new)
    section = after.get(kind)
    if not isinstance(section, dict) or name not in section:
        raise WritingError("The file is written in a way that nothing can be added to.")
    rest = {key: value for key, value in section.items() if key != name}
    known = {**after, kind: rest} if rest or kind in before else {key: each for key, each in after.items() if key != kind}
    if known != {**before, kind: before[kind] or {}} if kind in before else known != before:
        raise WritingError("The file is written in a way that nothing can be added to.")


def _raw(text: str) -> dict[str, object]:
    try:
        tree = _tree(text)
    except WritingError:
        return {}
    found = tree.raw() if tree else {}
    return found if isinstance(found, dict) else {}
