"""A definition as it was written: its lines, taken out of their file."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

from prodops_metrics import definitions
from prodops_metrics.definitions import NOWHERE, Contents, Place
from prodops_metrics.definitions.files import PACKAGED


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The YAML of one definition, and where it stands."""

    place: Place
    text: str


def excerpt(place: Place, contents: Contents) -> Excerpt:
    """The definition whose id stands at a place; no text where it was made in Python."""
    lines = _text(place.file, contents).splitlines()[place.line - 1 :] if place != NOWHERE else []
    return Excerpt(place, _entry(lines, place.column - 1))


def _entry(lines: list[str], indent: int) -> str:
    """The first line, and those below it that stand further in; blank lines and comments at the end are left out."""
    found = lines[:1]
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        found.append(line)
    while found and (not found[-1].strip() or found[-1].lstrip().startswith("#")):
        found.pop()
    return dedent("\n".join(found))


def _text(file: str, contents: Contents) -> str:
    content = contents.get(file)
    return _packaged() if content is None and file == PACKAGED else (content or b"").decode("utf-8-sig")


@cache
def _packaged() -> str:
    return Path(definitions.__file__).with_name(Path(PACKAGED).name).read_text(encoding="utf-8")
