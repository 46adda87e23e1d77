"""What was said at the time: answers kept beside the snapshots, which later definitions cannot change."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse.snapshots import folder, sync

Topic = Literal["verdicts", "health", "figures"]
"""What is said, and the folder that it is kept in."""


def keep_saying(root: Path, topic: Topic, snapshot: int, definitions: str, saying: Mapping[str, Any]) -> bool:
    """Keeps what a snapshot says under a state of the definitions; what it said before stays. False if it was known.

    Raises:
        WarehouseError: what is kept cannot be read.
    """
    path = folder(root) / topic / f"{snapshot}.json"
    known = _read(path) if path.is_file() else []
    if any(one["definitions"] == definitions for one in known):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".json.partial")
    said = [*known, {"snapshot": snapshot, "definitions": definitions, **saying}]
    draft.write_text(json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    sync(draft)
    draft.replace(path)
    sync(path.parent)
    return True


def was_said(root: Path, topic: Topic, snapshot: int, definitions: str) -> bool:
    """Whether it is kept what a snapshot says under a state of the definitions.

    Raises:
        WarehouseError: what is kept cannot be read.
    """
    path = folder(root) / topic / f"{snapshot}.json"
    return path.is_file() and any(one["definitions"] == definitions for one in _read(path))


def sayings(root: Path, topic: Topic) -> Iterator[Mapping[str, Any]]:
    """All that was kept, the oldest snapshot first, and of one snapshot in the order in which it was said.

    Raises:
        WarehouseError: what is kept cannot be read.
    """
    files = (folder(root) / topic).glob("*.json")
    for path in sorted((path for path in files if path.stem.isdigit()), key=lambda path: int(path.stem)):
        yield from _read(path)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise WarehouseError(f"{path} cannot be read: {fault}. Move it away to go on without it.") from fault
    return found
