"""What people said of a feature: how many gave one of the two best scores, which themes came up, and in what words.

Answers of excluded units are left out, as in every number. Words were cleaned of addresses and telephone numbers when
they were read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prodops_metrics.calendar import Window
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import plain_number
from prodops_metrics.statistics import Estimate
from prodops_metrics.statistics.intervals import wilson
from prodops_metrics.statistics.moments import Moments
from prodops_metrics.warehouse.said_of import Said, said_of

QUOTES = 3


@dataclass(frozen=True, slots=True)
class Feedback:
    """Of all answers in a window: how many scored ones gave one of the two best scores, themes, and some words.

    ``best`` is None where no answer says what it is a score of. ``themes`` are the most frequent first.
    """

    answers: int
    scored: int
    pleased: int
    best: Estimate | None
    themes: tuple[tuple[str, int], ...]
    quotes: tuple[str, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """What there is to say, in the order in which people ask."""
        if self.best is not None and self.best.low is not None and self.best.high is not None:
            yield (
                f"{plain_number(self.best.point, percent=True)} of {self.scored:,} answers gave one of the two best scores "
                f"({plain_number(self.best.low, percent=True)} to {plain_number(self.best.high, percent=True)})."
            )
        if self.themes:
            yield f"Themes: {', '.join(f'{theme} ({count:,})' for theme, count in self.themes)}."
        if self.quotes:
            yield f"In their words: {' · '.join(f'“{quote}”' for quote in self.quotes)}"


def feedback(session: Session, feature: str, window: Window) -> Feedback | None:
    """What was said of a feature in a window; None where there was nothing, or no source of feedback."""
    if not any(source.kind == "feedback" for source in session.catalog.records.values()):
        return None
    said = said_of(session.warehouse, feature, window)
    if not said.answers:
        return None
    few = said.scored < session.catalog.project.small_sample
    best = None if few else wilson(_moments(said.by_parent), level=session.catalog.project.level)
    return Feedback(said.answers, said.scored, said.pleased, best, said.themes, _quotes(said))


def _moments(by_parent: Sequence[tuple[int, int]]) -> Moments:
    """Pleased among scored answers, whose independent units are accounts: colleagues answer alike."""
    v, b = (float(sum(column)) for column in zip(*by_parent, strict=True))
    vv, vb, bb = (sum(float(pleased**up * scored ** (2 - up)) for pleased, scored in by_parent) for up in (2, 1, 0))
    return Moments(round(b), len(by_parent), v, b, vv, vb, bb)


def _quotes(said: Said) -> tuple[str, ...]:
    """The newest words, no sentence twice."""
    return tuple(dict.fromkeys(said.texts))[:QUOTES]
