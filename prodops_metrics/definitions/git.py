"""The definitions of another moment: the files of a git commit, read without a checkout.

Nothing in the repository is changed, and nothing in the working tree is looked at.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from prodops_metrics.definitions.files import FOLDER, SUFFIXES, Contents, in_order
from prodops_metrics.definitions.nearest import did_you_mean
from prodops_metrics.errors import GitError

OF_HOOKS = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"})
"""What git tells its hooks about itself: read from there, another repository would be meant than the project's."""
QUIET = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
FILE, LINK = "100", "120000"
LOGGED = "%H%x1f%P%x1f%aN%x1f%ct%x1f%s"
"""What is asked of each commit: its id, its parents, its author, when it was made, its first line."""


def contents_at(root: Path, ref: str) -> Contents:
    """The bytes of every definition file of the project at a branch, tag or commit; none where it had no project yet.

    Raises:
        GitError: git is not there, ``root`` is in no repository, or nothing is called ``ref``.
    """
    repository = _Repository(root)
    return in_order(dict(repository.files(repository.commit(ref))))


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that touched definitions: who wrote it, when it was made (aware UTC), and its first line."""

    id: str
    author: str
    at: datetime
    subject: str


def commits(root: Path, most: int) -> tuple[Commit, ...]:
    """The newest commits that changed what the project defines, the oldest first, along the line of what is checked out.

    What was merged is one step, by the author of what was merged.

    Raises:
        GitError: as ``contents_at``, or nothing is checked out.
    """
    repository = _Repository(root)
    repository.commit("HEAD")
    asked = ("log", "--first-parent", f"--max-count={most}", f"--format={LOGGED}", "-z", "--", f"{FOLDER}/")
    found = repository.run(*asked)
    if not found.done:
        raise GitError(f"git cannot tell the history of the definitions: {found.said}")
    lines = [line for line in found.out.decode(errors="replace").split("\0") if line]
    return tuple(repository.logged(line) for line in reversed(lines))


def branched_from(root: Path, ref: str) -> str:
    """The commit at which what is checked out left ``ref``; the one that ``ref`` names where they share no history.

    Raises:
        GitError: as ``contents_at``, or nothing is checked out.
    """
    repository = _Repository(root)
    commit, head = repository.commit(ref), repository.commit("HEAD")
    shared = repository.run("merge-base", commit, head)
    return shared.out.decode().strip() if shared.done else commit


@dataclass(frozen=True, slots=True)
class _Ran:
    done: bool
    out: bytes
    said: str


@dataclass(frozen=True, slots=True)
class _Repository:
    """The repository that a project folder lies in."""

    root: Path

    def run(self, *words: str, given: bytes = b"") -> _Ran:
        """One command of git, run in the project folder."""
        environment = {name: value for name, value in os.environ.items() if name not in OF_HOOKS} | QUIET
        asked = ["git", *words]
        try:
            found = subprocess.run(asked, cwd=self.root, env=environment, input=given, capture_output=True, check=False)
        except (FileNotFoundError, NotADirectoryError):
            raise GitError(self._nothing_to_run()) from None
        return _Ran(found.returncode == 0, found.stdout, found.stderr.decode(errors="replace").strip())

    def commit(self, ref: str) -> str:
        """The full id of the commit that a ref names."""
        inside = self.run("rev-parse", "--git-dir")
        if not inside.done:
            raise GitError(self._outside(inside.said))
        found = self.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if not found.done:
            raise GitError(f"git knows no branch, tag or commit `{ref}` here.{self._instead(ref)}")
        return found.out.decode().strip()

    def logged(self, line: str) -> Commit:
        """A commit from its line of the log."""
        commit, parents, author, made, subject = line.split("\x1f", 4)
        if " " in parents:
            base, merged = parents.split(" ")[:2]
            found = self.run("log", "--max-count=1", "--no-merges", "--format=%aN", f"{base}..{merged}", "--", f"{FOLDER}/")
            author = found.out.decode(errors="replace").strip() or author
        return Commit(commit, author, datetime.fromtimestamp(int(made), UTC), subject)

    def files(self, commit: str) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of every definition file of a commit; links are followed as far as they stay inside it."""
        listed = self.run("ls-tree", "-r", "-z", commit, "--", f"{FOLDER}/")
        prefix = self.run("rev-parse", "--show-prefix")
        if not listed.done or not prefix.done:
            raise GitError(f"git cannot list the files of {commit[:12]}: {listed.said or prefix.said}")
        wanted = list(_definitions(listed.out, f"{commit}:{os.fsdecode(prefix.out).rstrip(chr(10))}"))
        lines = os.fsencode("".join(f"{asked}\n" for _, asked in wanted))
        found = self.run("cat-file", "--batch", "--follow-symlinks", given=lines)
        contents = list(_objects(found.out))
        if not found.done or len(contents) < len(wanted):
            lost = wanted[len(contents)][0] if len(contents) < len(wanted) else FOLDER
            raise GitError(f"git cannot read {lost} of {commit[:12]}: {found.said or 'the object is missing'}")
        return ((name, content) for (name, _), content in zip(wanted, contents, strict=True) if content is not None)

    def _nothing_to_run(self) -> str:
        if self.root.is_dir():
            return "The definitions of another moment are read through git, which is not installed. Install it first."
        return f"There is no folder {self.root}."

    def _outside(self, said: str) -> str:
        if "not a git repository" in said:
            return (
                f"{self.root} is in no git repository, so there are no definitions of another moment. Run `git init` there."
            )
        return f"git cannot be used in {self.root}: {said}"

    def _instead(self, ref: str) -> str:
        names = self.run("for-each-ref", "--format=%(refname:short)").out.decode(errors="replace").split()
        elsewhere = [name for name in names if name.endswith(f"/{ref}")]
        near = f"Did you mean `{elsewhere[0]}`?" if elsewhere else did_you_mean(ref, names)
        if self.run("rev-parse", "--is-shallow-repository").out.strip() == b"true":
            shallow = "The clone is shallow, so most commits are not in it: run `git fetch --unshallow`"
            return f" {near or ''} {shallow} (in a workflow: `fetch-depth: 0`).".replace("  ", " ")
        return f" {near or 'A branch that was never fetched needs `git fetch` first.'}"


def _definitions(listed: bytes, folder: str) -> Iterable[tuple[str, str]]:
    """Each file with definitions, by its name relative to the project, with the words that git finds it by."""
    for line in os.fsdecode(listed).split("\0")[:-1]:
        facts, name = line.split("\t", 1)
        mode, _, object_id = facts.split()
        if PurePosixPath(name).suffix in SUFFIXES and (mode == LINK or mode.startswith(FILE)):
            yield name, f"{folder}{name}" if mode == LINK else object_id


def _objects(out: bytes) -> Iterator[bytes | None]:
    """The contents that ``git cat-file --batch`` answers, up to the first that is missing; None for a link to nowhere."""
    start = 0
    while (end := out.find(b"\n", start)) >= 0 and not out[start:end].endswith(b" missing"):
        *kind, size = out[start:end].split(b" ")
        start, first = end + 1 + int(size) + 1, end + 1
        yield out[first : start - 1] if kind[-1] == b"blob" else None
