"""The files of a project: found, read, parsed, and merged by kind and id."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prodops_metrics.definitions import foreign
from prodops_metrics.definitions.checks.shape import key_of_another, unknown_key
from prodops_metrics.definitions.checks.values import wrong_kind
from prodops_metrics.definitions.checks.yaml_text import id_twice, no_project, not_utf8
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.foreign import ours
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.definitions.parse import parse
from prodops_metrics.definitions.places import Node, Place
from prodops_metrics.definitions.report import Report

FOLDER = "metric_defs"
PROJECT = f"{FOLDER}/project.yml"
STANDARD = f"{FOLDER}/standard.yml"
PACKAGED = "prodops_metrics/definitions/standard.yml"
SUFFIXES = frozenset({".yml", ".yaml"})

KINDS = (
    *("sources", "properties", "events", "features", "metrics", "segments"),
    *("goals", "experiments", "tests", "work", "insights"),
)
HOME = {"project": PROJECT, "standard": STANDARD, "verdicts": STANDARD}
OVERRIDDEN = ("standard", "verdicts")
"""What the package brings, and a project overrides key by key."""

Kinds = Mapping[str, Mapping[str, Node]]
Contents = Mapping[str, bytes]
"""The bytes of every definition file by its name relative to the project, such as ``metric_defs/search.yml``."""


@dataclass(frozen=True, slots=True)
class Files:
    """Definitions that are not read yet, by kind and id; ``hash`` covers every byte of them.

    ``unread`` has the texts that are no YAML: what they declare is not known, so names that occur there may exist.
    ``again`` are definitions under the id of another, each with its kind: they are looked at, and not used.
    """

    kinds: Kinds
    project: Node | None
    hash: str
    unread: tuple[str, ...] = ()
    no_project: bool = False
    again: tuple[tuple[str, str, Node], ...] = ()

    def may_hold(self, kind: str) -> bool:
        """Whether a file that could not be read may declare things of this kind."""
        return any(re.search(rf"^{kind}\s*:", text, re.MULTILINE) for text in self.unread)


def read_files(contents: Contents, report: Report) -> Files:
    """Every file of a project, and the standard metrics of this package, which the project's own override."""
    contents = {**contents, PACKAGED: packaged_standard()}
    trees = {file: _tree(file, content, report) for file, content in contents.items()}
    kinds: dict[str, dict[str, Node]] = {kind: {} for kind in (*KINDS, *OVERRIDDEN)}
    packaged = trees.pop(PACKAGED)
    again: list[tuple[str, str, Node]] = []
    for file, tree in trees.items():
        if tree is not None:
            _merge(file, tree, kinds, again, report)
    if packaged is not None:
        for kind in OVERRIDDEN:
            kinds[kind] = {**packaged.entries[kind].entries, **kinds[kind]}
        kinds["verdicts"]["health"] = _over(packaged.entries["verdicts"].entries["health"], kinds["verdicts"]["health"])
    unread = {file: report.texts[file] for file, tree in trees.items() if tree is None and report.faults_in(file)}
    project = _project(trees, report)
    texts = (*unread.values(), *report.unread)
    return Files(kinds, project, hash_of(contents), texts, project is None and PROJECT not in unread, tuple(again))


def _over(packaged: Node, own: Node) -> Node:
    """A mapping whose keys take the place of those of the package; anything else as it is, to be reported."""
    return replace(own, value={**packaged.entries, **own.entries}) if isinstance(own.value, dict) else own


def packaged_standard() -> bytes:
    """The standard metrics that this package brings."""
    return Path(__file__).with_name("standard.yml").read_bytes()


def contents_of(root: Path) -> Contents:
    """The bytes of every file under ``metric_defs/`` of a project folder, as they lie on disk."""
    paths = (path for path in (root / FOLDER).rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return in_order({path.relative_to(root).as_posix(): path.read_bytes() for path in paths})


def in_order(contents: Contents) -> Contents:
    """The files of a project in the order that they are read in: project.yml first."""
    return {name: contents[name] for name in sorted(contents, key=lambda name: (name != PROJECT, name))}


def hash_of(contents: Mapping[str, bytes]) -> str:
    """Twelve hex digits over every byte and name, in this order; a project's files are followed by the packaged ones."""
    total = hashlib.sha256()
    for name, content in contents.items():
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:12]


def _tree(file: str, content: bytes, report: Report) -> Node | None:
    text = content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    report.texts[file] = text
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        before = content[content.rfind(b"\n", 0, error.start) + 1 : error.start]
        report.add_at(Place(file, line, len(before.decode("utf-8-sig")) + 1), not_utf8())
        if b"\0" in content:
            return None  # two bytes for each letter
    tree = parse(file, text, report)
    if tree is not None and not isinstance(tree.value, dict):
        report.add(tree.spot, wrong_kind(tree.raw(), "file"))
        return None
    return tree


def _merge(
    file: str, tree: Node, kinds: dict[str, dict[str, Node]], again: list[tuple[str, str, Node]], report: Report
) -> None:
    for kind, section in tree.every:
        flaw = misplaced(kind, file)
        if flaw is not None:
            report.add(section.named if section.key is None else section.key, flaw)
        if not isinstance(section.value, dict | None):
            report.add(section.spot, wrong_kind(section.raw(), "section"))
        elif meant := _meant(kind, flaw):
            again += _add(meant, section, kinds[meant], report)


def _meant(kind: str, flaw: Flaw | None) -> str | None:
    """The kind that a section is read as, even where its name or file is wrong: one fault hides no other."""
    known = (*KINDS, *OVERRIDDEN) if flaw is None else KINDS
    return kind if kind in known else next(iter(nearest(kind, KINDS)), None)


def misplaced(kind: str, file: str) -> Flaw | None:
    """What is wrong with a file's top key, if anything."""
    if kind in HOME and HOME[kind] != file:
        return key_of_another(kind, HOME[kind])
    if kind not in HOME and file in HOME.values():
        own = next(name for name, home in HOME.items() if home == file)
        return key_of_another(kind, "another file", (own,))
    if kind not in KINDS and kind not in HOME:
        return unknown_key(kind, KINDS, near=ours(kind, KINDS, foreign.KINDS), kind="kind")
    return None


def _add(kind: str, section: Node, known: dict[str, Node], report: Report) -> Iterator[tuple[str, str, Node]]:
    """Adds what is not known yet; the rest is reported, and given back with its kind."""
    for name, node in section.every:
        first = known.setdefault(name, node)
        if first is not node:
            if section.entries.get(name) is node or name not in section.entries:
                report.add(node.key or node.spot, id_twice(name, kind, first.key.place if first.key else None))
            yield kind, name, node


def _project(trees: Mapping[str, Node | None], report: Report) -> Node | None:
    if PROJECT not in trees:
        report.add_at(Place(PROJECT, 1, 1), no_project(PROJECT, there=False))
        return None
    tree = trees[PROJECT]
    found = tree.entries.get("project") if tree else None
    if found is None and not report.faults_in(PROJECT):
        report.add_at(Place(PROJECT, 1, 1), no_project(PROJECT, there=True))
    return found
