"""A definition as it was written: its lines, taken out of their file."""

from dataclasses import dataclass
from textwrap import dedent

from prodops_metrics.definitions import NOWHERE, Catalog, Contents, Place, contents_of
from prodops_metrics.definitions.files import PACKAGED, hash_of, packaged_standard


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The YAML of one definition, and where it stands."""

    place: Place
    text: str


def contents_behind(catalog: Catalog) -> Contents:
    """The files that a catalog was read from; nothing where they were changed since, so that no other line is shown."""
    found = contents_of(catalog.root)
    return found if hash_of({**found, PACKAGED: packaged_standard()}) == catalog.hash else {}


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
    return (packaged_standard() if content is None and file == PACKAGED else content or b"").decode("utf-8-sig")
