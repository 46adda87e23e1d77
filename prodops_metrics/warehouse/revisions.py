"""What git told of the definitions, kept beside the snapshots so that pages need no git."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse.snapshots import folder, sync

FILE = "revisions.json"


def keep_revisions(root: Path, told: Mapping[str, Any]) -> None:
    """Keeps what was told in the place of what was kept, at once or not at all."""
    path = folder(root) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".json.partial")
    draft.write_text(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    sync(draft)
    draft.replace(path)
    sync(path.parent)


def kept_revisions(root: Path) -> Mapping[str, Any] | None:
    """What was kept; None before the first refresh.

    Raises:
        WarehouseError: it cannot be read.
    """
    path = folder(root) / FILE
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as fault:
        raise WarehouseError(f"{path} cannot be read: {fault}. Move it away; the next refresh writes it anew.") from fault
    return found
