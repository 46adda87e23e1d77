"""The documents of a YAML file: one, and whatever can be read of it around a definition that is no YAML."""

import re
from dataclasses import dataclass

import yaml

from prodops_metrics.definitions.checks.yaml_text import invalid_yaml, tab
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.places import Place
from prodops_metrics.definitions.report import Report

MOST_CUTS = 40
"""How many definitions of a file are left out at most before it is not read at all."""
COMMENT = re.compile(r"\s*(#|$)")
OPENING = re.compile(r"\t\s*[^\s#]+:\s*(#.*)?$")
CERTAIN = (
    *("mapping values are not allowed", "could not find expected ':'", "cannot start any token"),
    *("undefined alias", "control character"),
)
"""Faults that end where they stand, so that what follows is what it seems."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A text without one definition, which is blank there so that all else stands where it did; and that definition."""

    text: str
    left_out: str


def documents(file: str, text: str, report: Report) -> list[yaml.Node]:
    """Every document of a file, which should be one; what is no YAML is reported, and the rest is read without it.

    Behind a fault whose end is not certain, such as a quote that is never closed, a second one may only follow from it:
    then nothing of the file is read.
    """
    left_out: list[str] = []
    certain = True
    for _ in range(MOST_CUTS):
        try:
            found: list[yaml.Node | None] = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
        except yaml.YAMLError as error:
            if not certain:
                return []
            place, flaw = _syntax(file, text, error)
            report.add_at(place, flaw)
            certain = flaw.code == tab().code or any(words in flaw.message for words in CERTAIN)
            cut = _cut(text, place.line, error, certain=certain)
            if cut is None:
                return []
            left_out, text = [*left_out, cut.left_out], cut.text
            continue
        report.unread += left_out
        if len(found) > 1:
            _report_second(file, text, report)
        return [root for root in found if root is not None]
    return []


def _cut(text: str, line: int, error: yaml.YAMLError, *, certain: bool) -> Cut | None:
    """The text without what is at fault: where its end is not certain, from where it began if that can be read then."""
    begun = getattr(error, "context_mark", None)
    if not certain and begun is not None:
        cut = without_definition(text, line_and_column(text, begun.index)[0])
        if cut is not None and _reads(cut.text):
            return cut
    return without_definition(text, line)


def _reads(text: str) -> bool:
    try:
        yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return False
    return True


def _report_second(file: str, text: str, report: Report) -> None:
    try:
        yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        place, flaw = _syntax(file, text, error)
        report.add_at(place, flaw, len("---"))


def without_definition(text: str, number: int) -> Cut | None:
    """The text without the definition that a line belongs to; nothing where it belongs to none."""
    lines = text.split("\n")
    at = min(number, len(lines)) - 1
    header = next(
        (
            index
            for index in range(at, -1, -1)
            if lines[index] and not lines[index][0].isspace() and not COMMENT.match(lines[index])
        ),
        None,
    )
    if header is None or header == at:
        return None
    last = next((index for index in range(at + 1, len(lines)) if _indent(lines[index]) == 0), len(lines))
    depths = [depth for line in lines[header + 1 : last] if (depth := _indent(line)) and "\t" not in line[:depth]]
    margin = min(depths, default=0)
    opening = bool(OPENING.match(lines[at]))
    if opening and lines[at + 1 : last] and _indent(lines[at + 1]) == margin and not lines[at + 1].rstrip().endswith(":"):
        margin -= 1  # what stands below a tab alone is that of its definition
    first = at if opening else _upwards(lines, at, header, margin)
    end = next((index for index in range(at + 1, last) if (_indent(lines[index]) or margin + 1) <= margin), last)
    blank = [" " * len(line) for line in lines[first:end]]
    left_out = "\n".join([lines[header], *lines[first:end]])
    return Cut("\n".join([*lines[:first], *blank, *lines[end:]]), left_out)


def _upwards(lines: list[str], at: int, header: int, margin: int) -> int:
    """The line that a definition begins in, or the first one of its section."""
    return next((index for index in range(at, header, -1) if _indent(lines[index]) == margin), header + 1)


def _indent(line: str) -> int | None:
    """How far a line is indented; None where nothing but a comment stands in it."""
    return None if COMMENT.match(line) else len(line) - len(line.lstrip())


def _syntax(file: str, text: str, error: yaml.YAMLError) -> tuple[Place, Flaw]:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _unreadable(file, text, error)
    problem = str(getattr(error, "problem", "it cannot be read"))
    if text[mark.index : mark.index + 1] == "\t" or text.splitlines()[mark.line : mark.line + 1] == ["\t"]:
        flaw = tab()
    else:
        context = getattr(error, "context", None)
        begun = getattr(error, "context_mark", None)
        since = f" begun in line {line_and_column(text, begun.index)[0]}" if begun and begun.line < mark.line else ""
        flaw = invalid_yaml(f"{context}{since}, {problem}" if context else problem)
    opened = getattr(error, "context_mark", None)
    at = mark.index
    if opened is not None and not text[at:].strip():
        at = opened.index  # what is never closed is mended where it was opened
    return Place(file, *line_and_column(text.rstrip(), at)), flaw


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """Where a character stands, both from 1; behind the end, the place after the last one."""
    before = text[:index]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _unreadable(file: str, text: str, error: yaml.YAMLError) -> tuple[Place, Flaw]:
    before = text[: getattr(error, "position", 0)]
    place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return place, invalid_yaml("a control character stands here")
