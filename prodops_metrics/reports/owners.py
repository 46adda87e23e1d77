"""Who reviews which definitions, as a CODEOWNERS file: each team its own, product operations the rest.

Of several lines that fit a file the last one holds, so the lines go from the general to the particular.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prodops_metrics.definitions import Catalog
from prodops_metrics.definitions.files import FOLDER, HOME

BEGIN = "# Metric definitions, by `prodops owners --write`; teams stand in metric_defs/project.yml."
END = "# End of metric definitions."
PLACES = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
REVIEWER = re.compile(r"@[\w./-]+|[^\s@]+@[^\s@]+\.[^\s@]+")
SECTION = re.compile(rf"^{re.escape(BEGIN)}\n.*?^{re.escape(END)}\n", re.MULTILINE | re.DOTALL)
KINDS = ("features", "metrics", "goals", "experiments")


@dataclass(frozen=True, slots=True)
class Owners:
    """The section of a CODEOWNERS file, and where it goes.

    ``file`` is that file, there already or not; ``text`` what it holds with the section; ``unnamed`` are the teams that the
    code host cannot be told about, as they have no contact that it knows.
    """

    file: Path
    section: str
    text: str
    unnamed: tuple[str, ...]

    @property
    def current(self) -> bool:
        """Whether the file says so already."""
        return self.file.is_file() and self.file.read_text(encoding="utf-8") == self.text


def owners(catalog: Catalog) -> Owners:
    """The owners of a project's definitions."""
    top = _repository(catalog.root)
    file = next((top / place for place in PLACES if (top / place).is_file()), top / PLACES[0])
    prefix = f"/{catalog.root.relative_to(top).as_posix()}".removesuffix("/.").removesuffix("/")
    lines = [(f"{prefix}/{path}", _reviewer(catalog, team)) for path, team in _paths(catalog)]
    width = max((len(path) for path, reviewer in lines if reviewer), default=0)
    said = [f"{path.replace(' ', chr(92) + ' '):<{width}}  {reviewer}" for path, reviewer in lines if reviewer]
    section = "\n".join([BEGIN, *said, END]) + "\n"
    unnamed = dict.fromkeys(team for _, team in _paths(catalog) if not _reviewer(catalog, team))
    return Owners(file, section, _with_section(file, section), tuple(unnamed))


def _paths(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Each path that somebody owns, with the team."""
    project = catalog.project
    if project.owner:
        yield f"{FOLDER}/", project.owner
    yield from sorted(_files_of_one_team(catalog))
    yield from ((f"{FOLDER}/{team}/", team) for team in project.teams)
    if project.owner:
        yield from ((path, project.owner) for path in dict.fromkeys(HOME.values()))


def _files_of_one_team(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """The files in which everything that has an owner has the same one; standard metrics stand in no file of a team."""
    teams: dict[str, set[str]] = defaultdict(set)
    for kind in KINDS:
        for one in getattr(catalog, kind, {}).values():
            if one.owner:
                teams[one.place.file] |= {one.owner}
    for file, found in teams.items():
        if len(found) == 1 and file.startswith(f"{FOLDER}/") and file not in HOME.values():
            (team,) = found
            if not file.startswith(f"{FOLDER}/{team}/"):
                yield file, team


def _reviewer(catalog: Catalog, team: str) -> str:
    """A team as code hosts know it: ``@org/team`` or an e-mail address; nothing where it has neither."""
    contact = catalog.project.teams[team].contact or ""
    return contact if REVIEWER.fullmatch(contact) else ""


def _repository(root: Path) -> Path:
    """The top folder of the repository that holds the project; the project itself where there is none."""
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def _with_section(file: Path, section: str) -> str:
    """The file with the section in the place of the one it has, else at its end; all else stays as it is."""
    held = file.read_text(encoding="utf-8") if file.is_file() else ""
    if SECTION.search(held):
        return SECTION.sub(lambda _: section, held, count=1)
    gap = "" if not held else "\n" if held.endswith("\n") else "\n\n"
    return f"{held}{gap}{section}"
