"""The files of a project: found, read, parsed, and merged by kind and id."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.fields import shown
from prodops_metrics.definitions.nearest import did_you_mean, listed
from prodops_metrics.definitions.parse import parse
from prodops_metrics.definitions.places import Node, Place
from prodops_metrics.definitions.report import Report

FOLDER = "metric_defs"
PROJECT = f"{FOLDER}/project.yml"
STANDARD = f"{FOLDER}/standard.yml"
PACKAGED = "prodops_metrics/definitions/standard.yml"
SUFFIXES = frozenset({".yml", ".yaml"})

KINDS = ("sources", "properties", "events", "features", "metrics", "segments")
LATER = frozenset({"goals", "experiments", "tests", "work", "insights", "verdicts"})
HOME = {"project": PROJECT, "standard": STANDARD}
FIRST_LINES = "Write these three lines there:\n    project:\n      name: My product\n      timezone: Europe/Berlin"

Kinds = Mapping[str, Mapping[str, Node]]
Contents = Mapping[str, bytes]
"""The bytes of every definition file by its name relative to the project, such as ``metric_defs/search.yml``."""


@dataclass(frozen=True, slots=True)
class Files:
    """Definitions that are not read yet, by kind and id; ``hash`` covers every byte of them."""

    kinds: Kinds
    project: Node | None
    hash: str


def read_files(contents: Contents, report: Report) -> Files:
    """Every file of a project, and the standard metrics of this package, which the project's own override."""
    contents = {**contents, PACKAGED: Path(__file__).with_name("standard.yml").read_bytes()}
    trees = {file: _tree(file, content, report) for file, content in contents.items()}
    kinds: dict[str, dict[str, Node]] = {kind: {} for kind in (*KINDS, "standard")}
    packaged = trees.pop(PACKAGED)
    for file, tree in trees.items():
        if tree is not None:
            _merge(file, tree, kinds, report)
    if packaged is not None:
        kinds["standard"] = {**packaged.entries["standard"].entries, **kinds["standard"]}
    return Files(kinds, _project(trees, report), _hash(contents))


def contents_of(root: Path) -> Contents:
    """The bytes of every file under ``metric_defs/`` of a project folder, as they lie on disk."""
    paths = (path for path in (root / FOLDER).rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return in_order({path.relative_to(root).as_posix(): path.read_bytes() for path in paths})


def in_order(contents: Contents) -> Contents:
    """The files of a project in the order that they are read in: project.yml first."""
    return {name: contents[name] for name in sorted(contents, key=lambda name: (name != PROJECT, name))}


def _hash(contents: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name, content in contents.items():
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:12]


def _tree(file: str, content: bytes, report: Report) -> Node | None:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        report.texts[file] = content.decode("utf-8", errors="replace")
        line = content[: error.start].count(b"\n") + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        report.add_at(Place(file, line, column), Flaw("E005", "the file is not UTF-8", "Save it as UTF-8."))
        return None
    report.texts[file] = text
    tree = parse(file, text, report)
    if tree is not None and not isinstance(tree.value, dict):
        report.add(tree.spot, Flaw("E107", f"a file starts with a kind such as `metrics:`, not with {_what(tree)}"))
        return None
    return tree


def _what(node: Node) -> str:
    return "a list" if isinstance(node.value, list) else shown(node.value)


def _merge(file: str, tree: Node, kinds: dict[str, dict[str, Node]], report: Report) -> None:
    for kind, section in tree.entries.items():
        flaw = misplaced(kind, file)
        if flaw is not None:
            report.add(section.named if section.key is None else section.key, flaw)
        elif not isinstance(section.value, dict | None):
            report.add(section.spot, Flaw("E107", f"`{kind}` is a mapping from ids to definitions"))
        elif kind != "project":
            _add(kind, section, kinds[kind], report)


def misplaced(kind: str, file: str) -> Flaw | None:
    """What is wrong with a file's top key, if anything."""
    if kind in LATER:
        return Flaw("E114", f"`{kind}` is not supported yet by this version", "Leave it out for now.")
    if kind in HOME and HOME[kind] != file:
        return Flaw("E110", f"`{kind}` belongs to {HOME[kind]}", "Move it there.")
    if kind not in HOME and file in HOME.values():
        own = next(name for name, home in HOME.items() if home == file)
        return Flaw("E110", f"the one top key of {file} is `{own}`", "Move the rest to another file.")
    if kind not in KINDS and kind not in HOME:
        cure = did_you_mean(kind, KINDS, otherwise=f"Kinds are: {listed(KINDS)}")
        return Flaw("E101", f"there is no kind `{kind}`", cure)
    return None


def _add(kind: str, section: Node, known: dict[str, Node], report: Report) -> None:
    for name, node in section.entries.items():
        if name in known:
            first = known[name].key
            where = f", first at {first.place}" if first else ""
            message = f"`{name}` is defined twice among {kind}{where}"
            report.add(node.key or node.spot, Flaw("E004", message, "Keep one of them, or rename one."))
        else:
            known[name] = node


def _project(trees: Mapping[str, Node | None], report: Report) -> Node | None:
    if PROJECT not in trees:
        report.add_at(Place(PROJECT, 1, 1), Flaw("E008", f"there is no {PROJECT}", FIRST_LINES))
        return None
    tree = trees[PROJECT]
    found = tree.entries.get("project") if tree else None
    if found is None and not report.faults_in(PROJECT):
        report.add_at(Place(PROJECT, 1, 1), Flaw("E008", f"{PROJECT} has no `project:`", FIRST_LINES))
    return found
