"""What is wrong with a definition, where, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pydantic_core import PydanticCustomError

from prodops_metrics.definitions.places import Place

FLAWS = "prodops_flaws"
"""The type of the pydantic errors that carry flaws of ours."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one file; the groups of ``code`` stand in ``checks``."""

    place: Place
    code: str
    message: str
    cure: str | None = None
    excerpt: str = ""

    @property
    def advice(self) -> bool:
        """Whether it only advises; what is no advice has to be mended before anything is computed."""
        return not self.code.startswith("E")

    def __str__(self) -> str:
        """``path:line:col: CODE message``, the source line with carets, and the cure."""
        lines = [f"{self.place}: {self.code} {self.message}", *self.excerpt.splitlines()]
        return "\n  ".join([*lines, self.cure] if self.cure else lines)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A fault that does not know its place yet: ``path`` leads there from the value that was being read.

    ``at_key`` points at the key there instead of its value; ``start`` and ``length`` narrow a value down to a part
    of its text.
    """

    code: str
    message: str
    cure: str | None = None
    path: tuple[str | int, ...] = ()
    start: int | None = None
    length: int = 1
    at_key: bool = False

    def under(self, *path: str | int) -> "Flaw":
        """The same flaw, seen from further up the tree."""
        return replace(self, path=(*path, *self.path))

    def part(self, start: int | None, length: int = 1) -> "Flaw":
        """The same flaw, of a part of the text that was being read."""
        return replace(self, start=start, length=length)

    def at_value(self) -> "Flaw":
        """The same flaw, pointing at a value instead of its key."""
        return replace(self, at_key=False)


class FlawedError(Exception):
    """A value has flaws; raised while reading one and caught where the rest goes on."""

    def __init__(self, *flaws: Flaw) -> None:
        self.flaws = flaws
        super().__init__("; ".join(flaw.message for flaw in flaws))


def refusal(flaws: Iterable[Flaw]) -> PydanticCustomError:
    """The flaws in the one form of error that pydantic collects and goes on."""
    found = tuple(flaws)
    return PydanticCustomError(FLAWS, "{message}", {"message": "; ".join(f.message for f in found), "flaws": found})
