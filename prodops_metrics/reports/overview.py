"""The overview: every feature on one line, by its verdict, the worst first."""

from dataclasses import dataclass

import polars as pl

from prodops_metrics.definitions import Feature, MetricDefinition
from prodops_metrics.reports.answers import series
from prodops_metrics.reports.feature import CARDS, DEFAULT_WEEKS, shown_span
from prodops_metrics.reports.figures import Figure, figure
from prodops_metrics.reports.session import Pinned, Session, pinned
from prodops_metrics.reports.verdict_report import VerdictReport, verdict_report
from prodops_metrics.reports.verdict_words import COUNTED
from prodops_metrics.reports.verdicts import WORST_FIRST

GROUPS = ("falling", "rising", "no clear change", "no comparison yet", "too few")
"""Where adoption stands; among features of one verdict those that fall stand first."""


@dataclass(frozen=True, slots=True)
class FeatureLine:
    """One feature: its verdict, where its adoption stands, its four cards' figures, and its adoption over time."""

    feature: Feature
    owner: str
    verdict: VerdictReport
    group: str
    cards: dict[str, Figure]
    adoption: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Overview:
    """All features, the worst first, and a sentence that counts their verdicts and adds up.

    ``drafts`` are the metrics that may still change.
    """

    pinned: Pinned
    sentence: str
    lines: tuple[FeatureLine, ...]
    drafts: tuple[MetricDefinition, ...] = ()


def overview(session: Session, *, weeks: int = DEFAULT_WEEKS) -> Overview:
    """Every feature of the project, those at risk first."""
    lines = sorted((_line(session, feature, weeks) for feature in session.catalog.features.values()), key=_rank)
    return Overview(
        pinned=pinned(session, weeks),
        sentence=_sentence(lines),
        lines=tuple(lines),
        drafts=tuple(one for one in session.catalog.metrics.values() if one.status == "draft"),
    )


def _line(session: Session, feature: Feature, weeks: int) -> FeatureLine:
    cards = {name: figure(session, f"{feature.id}.{name}", title) for name, title in CARDS.items()}
    metric_id = f"{feature.id}.adoption"
    adoption = pl.DataFrame()
    if metric_id in session.catalog.metrics:
        metric = session.metric(metric_id)
        horizon = session.warehouse.horizon(metric)
        adoption = series(session, metric, shown_span(metric, horizon, weeks))
    team = session.catalog.project.teams.get(feature.owner or "")
    judged = verdict_report(session, feature)
    return FeatureLine(feature, team.name if team else "", judged, _group(cards["adoption"]), cards, adoption)


def _group(adoption: Figure) -> str:
    if adoption.row is None or adoption.movement is None:
        return "no comparison yet"
    if adoption.row.reason == "too_few":
        return "too few"
    by_direction = {"down": "falling", "up": "rising", "none": "no clear change"}
    return by_direction.get(adoption.movement.direction or "", "no comparison yet")


def _rank(line: FeatureLine) -> tuple[int, int, float]:
    return WORST_FIRST.index(line.verdict.state), GROUPS.index(line.group), -(line.cards["adoption"].point or 0.0)


def _sentence(lines: list[FeatureLine]) -> str:
    counts = [(words, sum(line.verdict.state == state for line in lines)) for state, words in COUNTED.items()]
    parts = [f"{count} {words}" for words, count in counts if count]
    features = "feature" if len(lines) == 1 else "features"
    return f"{' · '.join(parts)} = {len(lines)} {features}" if lines else "No features are defined yet."
