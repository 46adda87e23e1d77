"""The faults found so far, with the source lines that show them."""

import re

from prodops_metrics.definitions.addresses import concealed
from prodops_metrics.definitions.faults import Fault, Flaw
from prodops_metrics.definitions.places import Node, Place, Spot

WIDEST, LONGEST = 240, 1_000
"""The most of a source line, and of a message, that is shown."""


class Report:
    """Collects faults while a project is read, and orders them as its files are ordered."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.unread: list[str] = []
        """Definitions that are no YAML, each with the line of its kind: what they declare is not known."""
        self.ruined: list[Spot] = []
        """Values that are refused as a whole: what else seems wrong with them only follows."""
        self._found: dict[tuple[Place, str, str], Fault] = {}

    def add(self, spot: Spot, flaw: Flaw) -> None:
        """Notes a flaw at a spot, once."""
        if not any(_inside(spot, whole) for whole in self.ruined):
            self.add_at(spot.place, flaw, spot.end - spot.start)

    def add_in(self, node: Node, flaw: Flaw) -> None:
        """Notes a flaw at the value that its path leads to, or at the part of its text that it names."""
        target, _ = follow(node, flaw.path)
        if any(_inside(target.spot, whole) for whole in self.ruined):
            return
        if flaw.at_key and target.key:
            self.add(target.key, flaw)
        elif flaw.start is None or not isinstance(target.value, str):
            self.add(target.named, flaw)
        else:
            self.add(self._part(target, flaw.start, flaw.length), flaw)

    def add_at(self, place: Place, flaw: Flaw, length: int = 1) -> None:
        """Notes a flaw at a bare place."""
        lines = self.texts.get(place.file, "").split("\n")
        line = concealed(lines[place.line - 1].rstrip()) if place.line <= len(lines) else ""
        excerpt = marked(line, place.column - 1, length) if line else ""
        fault = Fault(place, flaw.code, shortened(flaw.message), flaw.cure and shortened(flaw.cure), excerpt)
        self._found.setdefault((place, flaw.code, flaw.message), fault)

    def faults(self) -> list[Fault]:
        """All faults, in the order of the files, then of their lines."""
        order = {file: index for index, file in enumerate(self.texts)}
        return sorted(self._found.values(), key=lambda fault: (order.get(fault.place.file, -1), fault.place))

    def faults_in(self, file: str) -> bool:
        """Whether this file has any fault so far."""
        return any(place.file == file for place, _, _ in self._found)

    def _part(self, node: Node, start: int, length: int) -> Spot:
        """Where a part of a scalar's text stands in the file: by how often it came before, whatever the quotes."""
        text, written = str(node.value), self.texts.get(node.spot.place.file, "")
        word = text[start : start + length].strip("\"'")
        position = node.spot.start
        for _ in range(text[:start].count(word) + 1 if word else 0):
            position = written.find(word, position, node.spot.end) + 1
            if not position:
                return node.spot
        position = max(position - 1, node.spot.start)
        before = written[:position]
        place = Place(node.spot.place.file, before.count("\n") + 1, position - before.rfind("\n"))
        return Spot(place, position, position + len(word))


def _inside(spot: Spot, whole: Spot) -> bool:
    return spot.place.file == whole.place.file and whole.start <= spot.start < spot.end <= whole.end


def marked(line: str, start: int, length: int) -> str:
    """A line with carets under a part of it; of a very long line only what is around that."""
    cut = max(0, start - WIDEST // 3) if len(line) > WIDEST else 0
    shown = ("\u2026" if cut else "") + line[cut : cut + WIDEST]
    start -= cut - 1 if cut else 0
    margin = re.sub(r"[^\t]", " ", shown[:start]).ljust(start)
    return f"{shown}\n{margin}{'^' * max(1, min(length, len(shown) - start))}"


def shortened(text: str) -> str:
    """A message without the middle of what is endless in it."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} \u2026 {text[-LONGEST // 2 :]}"


def follow(node: Node, path: tuple[str | int, ...]) -> tuple[Node, tuple[str | int, ...]]:
    """The node that a path of pydantic leads to, and the steps that were really there.

    Steps that name a type or a validator instead of a key are passed over.
    """
    steps: list[str | int] = []
    for index, step in enumerate(path):
        tag = node.child("type")
        if tag is not None and tag.value == step and index + 1 < len(path):
            continue
        child = node.child(step)
        if child is not None:
            node, steps = child, [*steps, step]
    return node, tuple(steps)
