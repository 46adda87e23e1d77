"""The dictionary on disk: a folder that a browser opens as it is, without a server."""

import json
from collections.abc import Mapping
from pathlib import Path

from prodops_metrics.errors import ProdopsError
from prodops_metrics.reports.dictionary.html import Writer, search_index
from prodops_metrics.reports.dictionary.pages import KINDS, Dictionary

STATIC = Path(__file__).with_name("static")
LIST = "dictionary.json"
"""Names every file that was written, so that the next time what is no longer there can go."""


def write(dictionary: Dictionary, folder: Path) -> int:
    """Writes all pages into a folder, takes away those of earlier times that are no more, and says how many there are.

    Raises:
        ProdopsError: the folder holds something else than a dictionary.
    """
    before = _before(folder)
    found = files(dictionary)
    for name, text in found.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for name in before - set(found):
        (folder / name).unlink(missing_ok=True)
    (folder / LIST).write_text(json.dumps(sorted(found)), encoding="utf-8")
    return len(dictionary.pages)


def files(dictionary: Dictionary) -> Mapping[str, str]:
    """Every file by its name in the folder."""
    writer = Writer(dictionary)
    index = json.dumps(search_index(dictionary), ensure_ascii=False).replace("</", "<\\/")
    return {
        "index.html": writer.index(),
        **{f"{kind}/index.html": writer.kind(kind) for kind in KINDS if dictionary.of(kind)},
        **{f"{ref.kind}/{ref.id}.html": writer.page(page) for ref, page in dictionary.pages.items()},
        "search.js": f"window.PAGES = {index};\n",
        **{path.name: path.read_text(encoding="utf-8") for path in sorted(STATIC.iterdir())},
    }


def _before(folder: Path) -> set[str]:
    """The files of the dictionary that lies in a folder; none where it is empty or not there."""
    if (folder / LIST).is_file():
        return {name for name in json.loads((folder / LIST).read_text(encoding="utf-8")) if _inside(name)}
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProdopsError(f"{folder} holds something else; name a folder that is empty or not there yet.")
    return set()


def _inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts
