"""A verdict as pages, terminals and files show it: words, reasons with receipts, and the weeks behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from prodops_metrics.definitions import Feature
from prodops_metrics.definitions.verdicts import State
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.receipts import Receipt, receipt
from prodops_metrics.reports.said import Said, said_before
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.verdict_words import NAMES, Reason, reasons, scope_text, since_text, waiting_text
from prodops_metrics.reports.verdicts import Judgement, Verdict, verdict


@dataclass(frozen=True, slots=True)
class ShownReason:
    """A reason, and where its number comes from if it has one and receipts were asked for."""

    reason: Reason
    receipt: Receipt | None = None

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return self.reason.sentence


@dataclass(frozen=True, slots=True)
class Week:
    """One judged week, by its last day: the verdict in force after it, what its rule alone said, and why."""

    day: date
    state: State
    candidate: State
    reasons: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class VerdictReport:
    """A feature's verdict. ``week`` is the last day of the week that it rests on, ``level`` that of its bounds.

    ``waiting`` is the latest week's judgement where it says something else, which ``pending`` explains. ``said`` is what
    earlier snapshots said at their time; ``scope`` what the rule looked at and over which days.
    """

    state: State
    name: str
    since: date | None
    since_text: str
    week: date | None
    rule: int
    level: float
    reasons: tuple[ShownReason, ...]
    waiting: str
    pending: tuple[str, ...]
    scope: str
    weeks: tuple[Week, ...]
    said: tuple[Said, ...] = ()


def verdict_report(session: Session, feature: Feature, *, receipts: bool = False) -> VerdictReport:
    """The verdict on a feature at the end of the last closed week; with receipts also what was said before."""
    found = verdict(session, feature)
    resting, pending = found.rests_on, found.pending
    grounds = reasons(resting, found.evidence, found.level) if resting else ()
    return VerdictReport(
        state=found.state,
        name=NAMES[found.state],
        since=found.since,
        since_text=since_text(found),
        week=resting.day if resting else None,
        rule=resting.number if resting else 0,
        level=found.level,
        reasons=tuple(ShownReason(one, _receipt(session, one) if receipts else None) for one in grounds),
        waiting=waiting_text(found),
        pending=tuple(one.sentence for one in reasons(pending, found.evidence, found.level)) if pending else (),
        scope=scope_text(resting, session.warehouse.horizon().through),
        weeks=tuple(_week(found, one) for one in found.history),
        said=said_before(session, feature.id) if receipts else (),
    )


def _receipt(session: Session, reason: Reason) -> Receipt | None:
    return receipt(session, reason.headline) if reason.headline else None


def _week(found: Verdict, judged: Judgement) -> Week:
    why = tuple(one.sentence for one in reasons(judged, found.evidence, found.level))
    text = f"Week to {day(judged.day)}: {NAMES[judged.state].lower()}"
    if judged.candidate != judged.state:
        text += f", though that week alone says {NAMES[judged.candidate].lower()}"
    return Week(judged.day, judged.state, judged.candidate, why, f"{text}.")


def weeks_sentence(weeks: Sequence[Week]) -> str:
    """The verdicts of the weeks in words, alike ones in a row together, up to the one that stands."""
    ends = [week for at, week in enumerate(weeks) if at + 1 == len(weeks) or weeks[at + 1].state != week.state]
    if not ends:
        return "No week was judged yet."
    *former, last = ends
    parts = [f"{NAMES[week.state].lower()} to {day(week.day)}" for week in former]
    now = f"{NAMES[last.state].lower()}{' since' if former else ''}"
    return f"Week by week: {', '.join([*parts, now])}."
