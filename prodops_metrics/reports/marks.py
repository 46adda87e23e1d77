"""What happened to a feature on which day: its launch, its releases, and where a chart's numbers changed their meaning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from prodops_metrics.calendar import Window
from prodops_metrics.definitions import Feature
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.history import history
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.shipped import Shipped, shipped

Kind = Literal["launch", "release", "rollback", "definition"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to be marked on a time axis: on a local day, in words."""

    day: date
    kind: Kind
    text: str


def marks(session: Session, feature: Feature, span: Window) -> tuple[Mark, ...]:
    """Everything known of a feature in a span, in order of days."""
    found = [*_launch(feature, span), *_releases(session, feature, span)]
    return tuple(sorted(found, key=lambda mark: mark.day))


def seams(session: Session, metric: str, span: Window) -> tuple[Mark, ...]:
    """Where the metric changed its meaning, as far as git tells; numbers on both sides are all by today's."""
    return tuple(
        Mark(
            one.day,
            "definition",
            f"Definition changed by {one.author}, {day(one.day)}: {'; '.join(one.words) or one.subject}",
        )
        for one in history(session, metric).seams
        if span.start <= one.day < span.end
    )


def marks_sentence(found: Sequence[Mark]) -> str:
    """Releases and seams in words, for those who cannot see them; empty without any."""
    shipped_, back, changed = (sum(mark.kind == kind for mark in found) for kind in ("release", "rollback", "definition"))
    told = []
    if shipped_ or back:
        told.append(f"{shipped_} release{'' if shipped_ == 1 else 's'}{f', {back} taken back' if back else ''}")
    if changed:
        told.append(f"{changed} change{'' if changed == 1 else 's'} of the definition")
    return f"In this time: {'; '.join(told)}." if told else ""


def _launch(feature: Feature, span: Window) -> Iterator[Mark]:
    if feature.launched and span.start <= feature.launched < span.end:
        yield Mark(feature.launched, "launch", f"Launched {day(feature.launched)}")


def _releases(session: Session, feature: Feature, span: Window) -> Iterator[Mark]:
    for one in shipped(session.warehouse, span, feature=feature.id, team=feature.owner):
        yield Mark(one.day, "rollback" if one.back else "release", _said(one))


def _said(one: Shipped) -> str:
    return f"Release {one.release} {'taken back' if one.back else 'shipped'}, {day(one.day)}"
