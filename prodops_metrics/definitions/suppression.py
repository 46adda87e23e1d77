"""Comments that silence advice: ``# prodops: allow W503 because …``, on its line or above it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from prodops_metrics.definitions.checks.advice import cannot_be_silenced, silences_nothing
from prodops_metrics.definitions.checks.registry import CHECKS
from prodops_metrics.definitions.faults import Fault, Flaw
from prodops_metrics.definitions.places import Place

COMMENT = re.compile(r"(?:^|\s)(#\s*prodops:\s*allow\b[ \t]*(\S*)(?:[ \t]+because\b[ \t]*(.*?))?\s*$)")
ALONE = re.compile(r"\s*#")


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that allows what ``code`` advises against, on the given ``line``, which may be below its own."""

    code: str
    reason: str
    place: Place
    line: int
    length: int

    def silences(self, fault: Fault) -> bool:
        """Whether it is about this finding."""
        return fault.advice and (self.place.file, self.line, self.code) == (fault.place.file, fault.place.line, fault.code)

    @property
    def refused(self) -> Flaw | None:
        """What is wrong with it, if anything."""
        known = CHECKS.get(self.code)
        if known is None:
            return cannot_be_silenced(f"`{self.code}`" if self.code else "it", "is the code of no advice")
        if not known.advice:
            return cannot_be_silenced(self.code, "is a fault, which no comment can silence")
        return None if self.reason else cannot_be_silenced(self.code, "is silenced without a reason")


def suppressions(texts: Mapping[str, str]) -> tuple[Suppression, ...]:
    """Every such comment in the files of a project."""
    return tuple(each for file, text in texts.items() if "prodops:" in text for each in _in_file(file, text.split("\n")))


def _in_file(file: str, lines: list[str]) -> Iterator[Suppression]:
    for index, line in enumerate(lines):
        found = COMMENT.search(line)
        if found is not None:
            place = Place(file, index + 1, found.start(1) + 1)
            yield Suppression(found[2], found[3] or "", place, _target(lines, index) + 1, len(found[1]))


def _target(lines: list[str], index: int) -> int:
    """The line that a comment is about: its own, or the first below that is not a comment alone."""
    while index + 1 < len(lines) and ALONE.match(lines[index]):
        index += 1
    return index


def judged(
    found: Collection[Fault], comments: Collection[Suppression], codes: Collection[str]
) -> tuple[list[Fault], list[tuple[Suppression, Flaw]]]:
    """What is left of the findings, and the comments that silence nothing though their code was looked for."""
    working = [each for each in comments if each.refused is None]
    left = [fault for fault in found if not any(each.silences(fault) for each in working)]
    idle = [(each, flaw) for each in comments if (flaw := each.refused) is not None]
    idle += [
        (each, silences_nothing(each.code))
        for each in working
        if each.code in codes and not any(each.silences(fault) for fault in found)
    ]
    return left, idle
