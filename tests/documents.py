"""The examples in documents and docstrings: found, and put together as projects."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from prodops_metrics.definitions import files

REPOSITORY = Path(__file__).parents[1]
REFERENCE = REPOSITORY / "docs" / "definitions.md"
FENCE = re.compile(r"(?:^ *`([\w./-]+)`:\n\n)?^( *)```(\w+)[^\n]*\n(.*?)^\2```$", re.MULTILINE | re.DOTALL)
KINDS = frozenset({*files.KINDS, *files.HOME})


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a document: its language, the file that it is called, and the line that it starts on."""

    path: Path
    line: int
    language: str
    file: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.path.relative_to(REPOSITORY)}:{self.line}"


def blocks(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start(4)) + 1
        yield Block(path, line, found[3], found[1] or "", dedent(found[4]))


def reference_files() -> Mapping[str, bytes]:
    """The project of the reference: every block that stands under the name of a file."""
    return {block.file: block.text.encode() for block in blocks(REFERENCE) if block.file}


def documents() -> list[Path]:
    return sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])


def yaml_blocks() -> list[Block]:
    """Every block of YAML in a document, but for those of the reference project."""
    return [block for path in documents() for block in blocks(path) if block.language == "yaml" and not block.file]


def replaced(project: Mapping[str, bytes], text: str) -> dict[str, bytes]:
    """The reference project with this text in it: what it defines takes the place of what has the same name there.

    Tests, goals and other things that rest on what is replaced are left out.
    """
    new = yaml.load(text, yaml.BaseLoader) or {}
    kept = {name: content for name, content in project.items() if name.endswith(".yml")}
    result = {name: _without(content, new) for name, content in kept.items()}
    target = next((files.HOME[kind] for kind in new if kind in files.HOME), "metric_defs/of_document.yml")
    return {**result, target: text.encode()}


def _without(content: bytes, new: Mapping[str, Any]) -> bytes:
    old = yaml.load(content, yaml.BaseLoader)
    for kind, section in new.items():
        if kind in old and isinstance(section, dict):
            old[kind] = {name: each for name, each in old[kind].items() if name not in section}
    return yaml.safe_dump(old, sort_keys=False).encode()


def docstrings() -> Iterator[tuple[str, str]]:
    """Every docstring of the package by its place."""
    for path in sorted((REPOSITORY / "prodops_metrics").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
                yield f"{path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 1)}", text
