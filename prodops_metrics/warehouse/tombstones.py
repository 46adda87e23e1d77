"""Who is to stay forgotten: hashes of ids by the secret of the project, beside the snapshots and in none of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse import snapshots
from prodops_metrics.warehouse.personal import hashed, read_secret

FILE = "forgotten.json"


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The hashes of the ids that stay forgotten, by entity, and the secret that they were made with."""

    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    secret: str = ""

    def of(self, entity: str) -> list[str]:
        """The hashes of an entity, in order."""
        return sorted(self.hashes.get(entity, ()))

    def covers(self, text: str) -> bool:
        """Whether a text is the id of something forgotten."""
        return any(hashed(text, self.secret) in known for known in self.hashes.values())


def tombstones(root: Path) -> Tombstones:
    """What stays forgotten.

    Raises:
        WarehouseError: the list cannot be read, or the secret it was made with is gone.
    """
    path = snapshots.folder(root) / FILE
    if not path.exists():
        return Tombstones()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        hashes = {str(entity): frozenset(map(str, each)) for entity, each in kept["forgotten"].items()}
        proof = str(kept["proof"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise WarehouseError(
            f"{path} does not say who is to stay forgotten: {fault}. Restore it from a copy before anything is read."
        ) from fault
    secret = read_secret(root, make=False)
    if hashed("proof", secret) != proof:
        raise WarehouseError(
            f"{path} was made with another secret, so nobody can tell any more who is to stay forgotten. "
            "Restore warehouse/secret, or PRODOPS_SECRET, before anything is read."
        )
    return Tombstones(hashes, secret)


def bury(root: Path, entity: str, ids: Iterable[str]) -> None:
    """Writes down the hashes first: from here on no refresh takes the unit in, whatever happens."""
    before, secret = tombstones(root), read_secret(root, make=True)
    hashes = {name: set(each) for name, each in before.hashes.items()}
    hashes.setdefault(entity, set()).update(hashed(each, secret) for each in ids)
    kept = {"proof": hashed("proof", secret), "forgotten": {name: sorted(each) for name, each in hashes.items()}}
    path = snapshots.folder(root) / FILE
    draft = path.with_name(f"{FILE}.partial")
    draft.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    snapshots.sync(draft)
    draft.replace(path)
    snapshots.sync(path.parent)
