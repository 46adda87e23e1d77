"""What merges of identities moved in one refresh."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

MOST = 50
"""How many others an id may be tied to."""


@dataclass(frozen=True, slots=True)
class Merges:
    """What the ties of an entity changed in one refresh.

    ``merged`` and ``parted``: ids that count for another unit now, and that count for themselves again. ``redated``:
    pairs of a unit and an event whose first day is earlier now. ``refused``: ids with too many ties, all there are.
    """

    entity: str
    merged: int
    parted: int
    redated: int
    refused: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What happened, in one sentence; empty where nothing did."""
        counts = ((self.merged, "merged"), (self.parted, "parted again"))
        told = [f"{count:,} {'id' if count == 1 else 'ids'} of {self.entity} {words}" for count, words in counts if count]
        if self.redated:
            told.append(f"{self.redated:,} first {'use' if self.redated == 1 else 'uses'} dated back")
        if self.refused:
            ids = "1 id is" if len(self.refused) == 1 else f"{len(self.refused):,} ids are"
            told.append(f"{ids} tied to more than {MOST} others and not merged (such as {self.refused[0]})")
        return f"{', '.join(told)}." if told else ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What merges moved: the local days of their events, the keys of all units concerned, and the figures."""

    days: tuple[date, ...] = ()
    keys: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    merges: tuple[Merges, ...] = ()

    def __bool__(self) -> bool:
        return any(self.keys.values())
