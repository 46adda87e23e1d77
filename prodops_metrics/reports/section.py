"""A section of a feature report: one question with its answers, and what it is made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from prodops_metrics.definitions import Feature
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.contrasts import Contrast
from prodops_metrics.reports.figures import Figure, figure
from prodops_metrics.reports.results import result_frame
from prodops_metrics.reports.session import Session

TITLES = {
    "eligible": "Eligible and active",
    "exposure": "Shown it",
    "active_units_7_days": "Active users, 7 days",
    "time_to_adopt": "Half used it within",
    "adopted_in_7_days": "Used it within 7 days",
    "adopted_in_28_days": "Used it within 28 days",
    "frequency": "Days of use",
    "uses_per_unit": "Uses",
    "stickiness": "On an average day",
    "active_days": "On so many days or more",
    "retention_so_far": "Came back then or later",
    "lifecycle": "Users by where they come from",
    "satisfaction": "Satisfaction",
    "failure_rate": "Failure rate",
    "latency_p90": "Latency, p90",
}
"""The standard metrics that sections show, and what they are called there."""

Draw = Callable[[Metric], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Section:
    """One question with its answers. ``frames`` are what charts draw, by name; ``notes`` say how to read them.

    ``help`` says a term in full, for whoever asks.
    """

    id: str
    question: str
    figures: tuple[Figure, ...] = ()
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    contrasts: tuple[Contrast, ...] = ()
    missing: tuple[str, ...] = ()
    help: str = ""

    @property
    def absent(self) -> bool:
        """Whether there is nothing to show but why there is nothing."""
        return not self.figures and not self.sentences and not self.contrasts

    @property
    def table(self) -> pl.DataFrame:
        """The figures, or both sides of every comparison, as rows."""
        rows = [(one.metric, one.name, one.row) for one in self.figures if one.row]
        rows += [(one.segment, side.name, side.row) for one in self.contrasts for side in (one.inside, one.rest)]
        return result_frame({"metric": pl.String, "name": pl.String}, [((first, name), row) for first, name, row in rows])

    @property
    def silent(self) -> str:
        """Why a section that has figures says nothing yet, such as too few users; empty where it speaks."""
        if self.sentences or not self.figures:
            return ""
        first = self.figures[0]
        return f"{self.question} {capital(first.movement_text)} ({first.name.lower()}: {first.counted_text})"


@dataclass(frozen=True, slots=True)
class Asked:
    """What sections are made from: the feature, its cards by standard name, and how to get the series of a metric."""

    session: Session
    feature: Feature
    cards: Mapping[str, Figure]
    series: Draw

    def metric(self, name: str) -> Metric | None:
        """The standard metric, if the feature has it."""
        found = f"{self.feature.id}.{name}"
        return self.session.metric(found) if found in self.session.catalog.metrics else None

    def figures(self, *names: str) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
        """The figures there are, and a line for each that there is not."""
        found = [figure(self.session, f"{self.feature.id}.{name}", TITLES[name]) for name in names]
        return tuple(one for one in found if not one.absent), self.missing(*names)

    def missing(self, *names: str) -> tuple[str, ...]:
        """A line for each standard metric that the feature cannot have."""
        absent = self.session.catalog.absent
        ids = {name: f"{self.feature.id}.{name}" for name in names}
        return tuple(f"{TITLES[name]}: {absent[id_]}" for name, id_ in ids.items() if id_ in absent)


def capital(text: str) -> str:
    """The words as a sentence begins."""
    return text[:1].upper() + text[1:]
