"""The overview: every feature on one line, by its verdict, the worst first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from prodops_metrics.definitions import Feature, MetricDefinition
from prodops_metrics.reports.answers import series
from prodops_metrics.reports.feature import CARDS
from prodops_metrics.reports.figures import Figure, figure
from prodops_metrics.reports.goal_list import GoalLine, goal_lines
from prodops_metrics.reports.said import said_before
from prodops_metrics.reports.session import Pinned, Session, pinned
from prodops_metrics.reports.verdict_report import VerdictReport, verdict_report
from prodops_metrics.reports.verdict_words import NAMES, whole_weeks
from prodops_metrics.reports.verdicts import WORST_FIRST
from prodops_metrics.reports.view import View, of_whom, shown_span, viewed

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
    goals: tuple[GoalLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """All features, the worst first, and a sentence that counts their verdicts and adds up.

    ``drafts`` are the metrics that may still change; ``changes`` what verdicts say now that the snapshot before did not.
    """

    pinned: Pinned
    view: View
    sentence: str
    lines: tuple[FeatureLine, ...]
    drafts: tuple[MetricDefinition, ...] = ()
    changes: tuple[str, ...] = ()
    whom: str = ""
    """Of whom the numbers tell, where that is not everybody."""

    @property
    def windows(self) -> str:
        """Why the figures of verdicts are not quite those beside them; empty where both end on one day."""
        week = max((line.verdict.week for line in self.lines if line.verdict.week), default=None)
        through = self.pinned.data_through
        return whole_weeks(week, through) if week and week < through else ""


def overview(session: Session, view: View | None = None) -> Overview:
    """Every feature of the project, those at risk first; verdicts are about everybody, whatever the view.

    Raises:
        UnknownIdError: there is no such segment or entity.
    """
    view = view or View()
    seen = viewed(session, view)
    lines = sorted((_line(session, seen, feature, view) for feature in session.catalog.features.values()), key=_rank)
    return Overview(
        pinned=pinned(session, view.weeks),
        view=view,
        sentence=_sentence(lines),
        lines=tuple(lines),
        drafts=tuple(one for one in session.catalog.metrics.values() if one.status == "draft"),
        changes=tuple(_changes(session, lines)),
        whom=of_whom(view, session.catalog),
    )


def narrowed(shown: Overview, *, teams: Sequence[str], stages: Sequence[str]) -> Overview:
    """The same with the features of some teams and stages only, and a sentence that adds up to them; none named is all."""
    lines = [
        line
        for line in shown.lines
        if (not teams or (line.feature.owner or "") in teams) and (not stages or line.feature.stage in stages)
    ]
    kept = {line.feature.id for line in lines}
    drafts = tuple(one for one in shown.drafts if one.feature in kept) if len(lines) < len(shown.lines) else shown.drafts
    return replace(shown, sentence=_sentence(lines), lines=tuple(lines), drafts=drafts)


def _line(session: Session, seen: Session, feature: Feature, view: View) -> FeatureLine:
    cards = {name: figure(seen, f"{feature.id}.{name}", title) for name, title in CARDS.items()}
    metric_id = f"{feature.id}.adoption"
    adoption = pl.DataFrame()
    if metric_id in seen.catalog.metrics:
        metric = seen.metric(metric_id)
        adoption = series(seen, metric, shown_span(metric, seen.warehouse.horizon(metric), view))
    team = session.catalog.project.teams.get(feature.owner or "")
    judged, goals = verdict_report(session, feature), goal_lines(session, feature.id)
    return FeatureLine(feature, team.name if team else "", judged, _group(cards["adoption"]), cards, adoption, goals)


def _changes(session: Session, lines: Iterable[FeatureLine]) -> Iterator[str]:
    """The verdicts that are not what the latest other snapshot gave at its time."""
    for line in lines:
        former = [one for one in said_before(session, line.feature.id) if one.snapshot < session.warehouse.snapshot]
        if former and former[-1].state != line.verdict.state:
            was, now = NAMES[former[-1].state].lower(), line.verdict.name.lower()
            yield f"{line.feature.name}: {was}, now {now} (since snapshot {former[-1].snapshot})"


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
    counts = [(name.lower(), sum(line.verdict.state == state for line in lines)) for state, name in NAMES.items()]
    parts = [f"{count} {words}" for words, count in counts if count]
    features = "feature" if len(lines) == 1 else "features"
    return f"{' · '.join(parts)} = {len(lines)} {features}" if lines else "No features are defined yet."
