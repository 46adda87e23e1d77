"""The repository keeps its own rules: layers, pins, sizes, and commands that exist."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

MADE_FOLDERS = {"build", "dist", "node_modules", "__pycache__", "prodops_metrics.egg-info"}
# Joined here, so that this file does not name what it looks for.
REGISTRY_HOSTS = tuple(".".join(parts) for parts in (("pypi", "org"), ("files", "pythonhosted"), ("registry", "npmjs")))
LONGEST_FILE, LONGEST_FUNCTION = 400, 40


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package that lies in ``folder``."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_layers_and_the_one_library_per_layer_rules_hold(repository: Path) -> None:
    answer = lint_imports(repository)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.fixture(scope="module")
def offended(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the package that breaks every rule once."""
    copy = tmp_path_factory.mktemp("offended")
    shutil.copytree(repository / "prodops_metrics", copy / "prodops_metrics")
    shutil.copy(repository / "pyproject.toml", copy)
    libraries = ("yaml", "duckdb", "altair", "streamlit", "rich")
    lines = ["import prodops_metrics.pages.main", *(f"import {library}" for library in libraries)]
    (copy / "prodops_metrics" / "metrics" / "offender.py").write_text("\n".join(lines), encoding="utf-8")
    return lint_imports(copy).stdout


@pytest.mark.parametrize("rule", ["Layers", "yaml and sqlglot", "duckdb", "altair", "streamlit", "typer and rich"])
def test_a_forbidden_import_is_found(offended: str, rule: str) -> None:
    assert re.search(rf"^{rule}.* BROKEN", offended, re.MULTILINE), offended


def pins(repository: Path) -> dict[str, Version]:
    """Each pinned package and its version; a line that is anything but ``name==version`` is a fault."""
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = {}
    for line in lines:
        if not line.startswith("#"):
            match = re.fullmatch(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)", line)
            assert match, f"constraints.txt holds more than a name and a version: {line}"
            found[match[1]] = Version(match[2])
    return found


def declared(repository: Path) -> list[Requirement]:
    """What pyproject.toml asks for, development tools included."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(text) for group in groups for text in group]


def everything_needed(first: list[Requirement]) -> Iterator[Requirement]:
    """``first`` and whatever they need in turn, on this Python and this system."""
    waiting, seen = list(first), set()
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        yield requirement
        for needed in map(Requirement, requires(requirement.name) or []):
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)


def test_every_package_is_pinned_at_a_version_that_fits(repository: Path) -> None:
    pinned = pins(repository)
    for requirement in everything_needed(declared(repository)):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in constraints.txt"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} does not admit {version}"


def repository_files(repository: Path) -> Iterator[Path]:
    """Every file that is kept, that is, that neither a tool nor `make` writes."""
    for folder, folders, names in os.walk(repository):
        folders[:] = [name for name in folders if name not in MADE_FOLDERS and not is_made(Path(folder, name))]
        yield from (Path(folder, name) for name in names)


def is_made(folder: Path) -> bool:
    """Whether a folder is hidden and not one of ours, or holds snapshots."""
    hidden = folder.name.startswith(".") and folder.name not in {".ci", ".streamlit"}
    return hidden or (folder / "current.json").exists()


def test_no_file_names_a_package_registry(repository: Path) -> None:
    hosts = re.compile("|".join(re.escape(host) for host in REGISTRY_HOSTS).encode())
    named = [path for path in repository_files(repository) if hosts.search(path.read_bytes())]
    assert not named


def test_the_commands_of_the_readme_are_make_targets(repository: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8")
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    blocks = re.findall(r"^```\w*\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    commands = [target for block in blocks for target in re.findall(r"^(?:\$ )?make ([a-z-]+)", block, re.MULTILINE)]
    assert commands[:2] == ["app", "test"], "README.md starts with the two commands"
    assert set(commands) <= targets


def test_git_keeps_every_file_of_the_package(repository: Path) -> None:
    if not (repository / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    files = [str(path) for path in (repository / "prodops_metrics").rglob("*") if "__pycache__" not in path.parts]
    command = ["git", "check-ignore", "--no-index", *files]
    ignored = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False).stdout.split()
    assert not ignored


def modules(repository: Path) -> list[Path]:
    return sorted((repository / "prodops_metrics").rglob("*.py"))


def test_files_stay_short(repository: Path) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(repository)}
    assert not {path.name: length for path, length in lengths.items() if length > LONGEST_FILE}


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not statements:
        return 0
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1


def test_functions_stay_short(repository: Path) -> None:
    long = {
        f"{path.name}:{node.lineno} {node.name}": body_length(node)
        for path in modules(repository)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_length(node) > LONGEST_FUNCTION
    }
    assert not long
