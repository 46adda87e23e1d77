"""The definitions that snapshots were judged by, kept beside them once for each state, with git or without."""

import json
from collections.abc import Mapping
from pathlib import Path

from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse.snapshots import folder, sync

FOLDER = "definitions"


def keep_definitions(root: Path, definitions: str, contents: Mapping[str, bytes]) -> None:
    """Keeps the bytes of every definition file, by name, under the hash that they make together."""
    path = _path(root, definitions)
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".json.partial")
    draft.write_text(json.dumps({name: text.decode() for name, text in contents.items()}, ensure_ascii=False), "utf-8")
    sync(draft)
    draft.replace(path)
    sync(path.parent)


def kept_definitions(root: Path, definitions: str) -> Mapping[str, bytes] | None:
    """The definition files that have this hash, by name; None where they were not kept.

    Raises:
        WarehouseError: what is kept cannot be read.
    """
    path = _path(root, definitions)
    if not path.is_file():
        return None
    try:
        return {name: text.encode() for name, text in json.loads(path.read_text("utf-8")).items()}
    except (ValueError, AttributeError) as fault:
        raise WarehouseError(f"{path} cannot be read: {fault}. Move it away to go on without it.") from fault


def _path(root: Path, definitions: str) -> Path:
    return folder(root) / FOLDER / f"{definitions}.json"
