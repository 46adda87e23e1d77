"""The digest: only what changed since a day or a snapshot, with the reasons in sentences."""

from collections.abc import Iterator

from prodops_metrics.definitions import Feature
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.definitions.verdicts import State
from prodops_metrics.errors import ProdopsError, UnknownIdError
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.digest.data import data_changes
from prodops_metrics.reports.digest.definitions import redefined
from prodops_metrics.reports.digest.kept import Kept, card_metrics, kept
from prodops_metrics.reports.digest.model import TITLES, Base, Change, Digest, Kind
from prodops_metrics.reports.digest.numbers import moved
from prodops_metrics.reports.digest.since import base_of
from prodops_metrics.reports.goal_list import GoalLine, goal_lines
from prodops_metrics.reports.goals import standings
from prodops_metrics.reports.said import Said, said_before
from prodops_metrics.reports.session import Session, pinned
from prodops_metrics.reports.verdict_report import VerdictReport, verdict_report
from prodops_metrics.reports.verdict_words import NAMES

BETTER: tuple[State, ...] = ("at_risk", "watch", "healthy")
"""Verdicts on the feature itself, the better the later; of others it cannot be said which is better."""
NOTHING_KEPT = (
    "Nothing was kept from {day} or before, so that day is counted again from today's data and definitions; what later rows "
    "or a change of definitions moved since cannot be told."
)


def digest(session: Session, since: str, *, team: str | None = None) -> Digest:
    """What changed since: verdicts, goals, numbers, definitions and data, of all or of what belongs to a team.

    Raises:
        QueryError: ``since`` cannot be told against.
        UnknownIdError: there is no such team; the error names the nearest.
    """
    catalog = session.catalog
    if team is not None and team not in catalog.project.teams:
        raise UnknownIdError("team", team, nearest(team, catalog.project.teams))
    history = list(kept(catalog.root))
    base = base_of(session, since, history)
    then = next((one for one in history if (one.snapshot, one.definitions) == (base.snapshot, base.definitions)), None)
    features = [one for one in catalog.features.values() if team is None or one.owner == team]
    goals = [one for one in goal_lines(session) if team is None or _owner(session, one) == team]
    changes = [change for feature in features for change in _verdict(session, feature, base)]
    changes += [change for goal in goals for change in _goal(session, goal, base, then)]
    changes += [change for feature in features for change in moved(session, feature, base, then)]
    said, notes = redefined(session, base)
    found = [*changes, *said, *data_changes(session, base)]
    return Digest(
        project=catalog.project.name,
        team=catalog.project.teams[team].name if team else "",
        pinned=pinned(session, 0),
        base=base,
        changes=tuple(one for one in found if team is None or _concerns(one, {one.id for one in features})),
        looked_at=_looked_at(session, features, len(goals)),
        notes=(*([] if base.kept else [NOTHING_KEPT.format(day=day(base.day))]), *notes),
    )


def _owner(session: Session, line: GoalLine) -> str:
    return line.goal.owner or session.metric(line.goal.metric).owner or ""


def _concerns(change: Change, features: set[str]) -> bool:
    """Whether a change is of these features; goals were chosen by their owners before."""
    return change.kind == "goal" or bool(features & set(change.features))


def _looked_at(session: Session, features: list[Feature], goals: int) -> str:
    cards = sum(len(card_metrics(session, feature.id)) for feature in features)
    counts = ((len(features), "verdict"), (goals, "goal"), (cards, "figure"))
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)


def _verdict(session: Session, feature: Feature, base: Base) -> Iterator[Change]:
    now = verdict_report(session, feature)
    said = _said(session, feature, base)
    before = said.state if said else _judged_again(now, base)
    if before is None and base.kept:
        yield Change("verdict", feature.id, feature.name, f"New: {now.name.lower()}.", _why(now), features=(feature.id,))
    if before is None or before == now.state:
        return
    good = BETTER.index(now.state) > BETTER.index(before) if {now.state, before} <= set(BETTER) else None
    since = f", {now.since_text}" if now.since_text else ""
    sentence = f"{NAMES[before].lower()} → {now.name.lower()}{since}."
    yield Change("verdict", feature.id, feature.name, sentence, _why(now), good, (feature.id,))


def _said(session: Session, feature: Feature, base: Base) -> Said | None:
    """What was said at the time."""
    said = [one for one in said_before(session, feature.id) if one.snapshot == base.snapshot]
    return next((one for one in reversed(said) if one.definitions == base.definitions), None)


def _judged_again(now: VerdictReport, base: Base) -> State | None:
    """What today's data and definitions say of the last week closed by then; nothing was kept."""
    weeks = [week for week in now.weeks if week.day <= base.day]
    return weeks[-1].state if weeks and not base.kept else None


def _why(verdict: VerdictReport) -> tuple[str, ...]:
    return tuple(one.sentence for one in verdict.reasons)


def _goal(session: Session, line: GoalLine, base: Base, then: Kept | None) -> Iterator[Change]:
    goal, kept_states = line.goal, then.goals if then else {}
    before = kept_states.get(goal.id) if then else _stood(session, line, base)
    name = f"Goal {goal.id}"
    if before is None and then:
        yield Change("goal", goal.id, name, f"new: {line.standing.state}.", line.sentences, features=line.features)
    elif before is not None and before != line.standing.state:
        good = {"achieved": True, "on its path": True, "behind": False, "missed": False}.get(line.standing.state)
        said = f"{before} → {line.standing.state}."
        yield Change("goal", goal.id, name, said, line.sentences, good, line.features)


def _stood(session: Session, line: GoalLine, base: Base) -> str | None:
    """Where a goal stood that day, counted again; None where it had not begun or cannot be asked."""
    if base.day < line.goal.starts:
        return None
    try:
        level = session.catalog.project.level
        return standings(session, line.goal, [base.day], level=level)[base.day].state
    except ProdopsError:
        return None


__all__ = ["TITLES", "Base", "Change", "Digest", "Kind", "digest"]
