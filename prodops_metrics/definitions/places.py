"""Where a definition stands: file, line and column of every key and value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a definition file: ``file`` is relative to the project, line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """As editors and compilers write it: ``metric_defs/search.yml:12:5``."""
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place("(no file)", 1, 1)
"""The place of a definition that was made in Python, as tests do."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place and the text that stands there, as offsets into its file."""

    place: Place
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Node:
    """A value as it stands in YAML: text, None, a list of nodes or a mapping of nodes; ``key`` is where its key stands.

    Scalars stay text: the schema says what they are. A value that a reference stood for is put in as it is. Of keys that
    stand in a mapping twice it has the first; ``repeated`` are the others, so that what they hold is looked at too.
    """

    value: object
    spot: Spot
    key: Spot | None = None
    repeated: tuple[tuple[str, "Node"], ...] = ()

    @property
    def every(self) -> tuple[tuple[str, "Node"], ...]:
        """The nodes of a mapping with their keys, those that stand there again behind the others."""
        return (*self.entries.items(), *self.repeated)

    @property
    def entries(self) -> dict[str, "Node"]:
        """The nodes of a mapping by key; nothing for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def named(self) -> Spot:
        """Where to point at it: at its key if it is a mapping or list, else at the value."""
        return self.key if self.key and isinstance(self.value, dict | list) else self.spot

    def raw(self) -> object:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {key: child.raw() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.raw() for child in self.value]
        return self.value

    def child(self, step: str | int) -> "Node | None":
        """The value under a key or index, if there is one."""
        if isinstance(self.value, dict):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            found: Node = self.value[step]
            return found
        return None
