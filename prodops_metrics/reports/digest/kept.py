"""The figures of a snapshot, kept when it was made: what later rows moved is told against them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from prodops_metrics.calendar import Window
from prodops_metrics.definitions import contents_of
from prodops_metrics.reports.answers import Headline, headlines
from prodops_metrics.reports.feature import CARDS
from prodops_metrics.reports.goals import standing
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.kept_definitions import keep_definitions
from prodops_metrics.warehouse.sayings import Topic, keep_saying, sayings, was_said

TOPIC: Topic = "figures"


@dataclass(frozen=True, slots=True)
class KeptFigure:
    """A headline as it was counted then: its window, what it was counted from, and what its metric meant."""

    window: Window
    numerator: float | None
    denominator: float | None
    point: float | None
    meaning: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What a snapshot said under a state of the definitions: figures by metric, and the standings of goals."""

    snapshot: int
    definitions: str
    data_through: date
    figures: Mapping[str, KeptFigure]
    goals: Mapping[str, str]


def card_metrics(session: Session, feature: str) -> tuple[str, ...]:
    """The metrics that stand as cards of a feature."""
    return tuple(name for short in CARDS if (name := f"{feature}.{short}") in session.catalog.metrics)


def keep_figures(session: Session) -> bool:
    """Keeps the cards and goals of a snapshot, and its definitions; False if they were kept already.

    Raises:
        ProdopsError: a figure cannot be had, or what is kept cannot be read.
    """
    root, (number, definitions) = session.catalog.root, session.origin
    if was_said(root, TOPIC, number, definitions):
        return False
    keep_definitions(root, definitions, contents_of(root))
    figures = {name: _values(session, name) for one in session.catalog.features for name in card_metrics(session, one)}
    goals = {goal.id: standing(session, goal).state for goal in session.catalog.goals.values()}
    through = session.warehouse.horizon().through.isoformat()
    return keep_saying(root, TOPIC, number, definitions, {"data_through": through, "figures": figures, "goals": goals})


def _values(session: Session, metric: str) -> dict[str, Any]:
    found: Headline = headlines(session, session.metric(metric))[-1]
    return {
        "start": found.window.start.isoformat(),
        "end": found.window.end.isoformat(),
        "numerator": found.now.numerator,
        "denominator": found.now.denominator,
        "point": found.now.point,
        "meaning": session.catalog.meaning(metric),
    }


def kept(root: Path) -> Iterator[Kept]:
    """Everything that was kept, the oldest snapshot first.

    Raises:
        WarehouseError: what is kept cannot be read.
    """
    for one in sayings(root, TOPIC):
        figures = {name: _figure(values) for name, values in one["figures"].items()}
        yield Kept(one["snapshot"], one["definitions"], date.fromisoformat(one["data_through"]), figures, one["goals"])


def _figure(values: Mapping[str, Any]) -> KeptFigure:
    window = Window(date.fromisoformat(values["start"]), date.fromisoformat(values["end"]))
    return KeptFigure(window, values["numerator"], values["denominator"], values["point"], values["meaning"])
