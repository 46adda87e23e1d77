"""The experiments of a project as declared: what is tried on whom, when, and which metric decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from prodops_metrics.definitions import Experiment
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import amount_text

State = Literal["planned", "running", "over"]


@dataclass(frozen=True, slots=True)
class ExperimentLine:
    """One experiment: where it is in time, and in sentences what was declared."""

    experiment: Experiment
    owner: str
    feature_name: str
    state: State
    when: str
    sentences: tuple[str, ...]


def experiment_lines(session: Session, feature: str | None = None) -> tuple[ExperimentLine, ...]:
    """Every experiment, or those of one feature: running ones first, then the latest."""
    found = [one for one in session.catalog.experiments.values() if feature in {None, one.feature}]
    through = session.warehouse.horizon().through
    lines = [_line(session, one, through) for one in found]
    order = ("running", "planned", "over")
    return tuple(sorted(lines, key=lambda line: (order.index(line.state), -line.experiment.start.toordinal())))


def _line(session: Session, one: Experiment, through: date) -> ExperimentLine:
    catalog = session.catalog
    feature = catalog.features.get(one.feature or "")
    team = catalog.project.teams.get(one.owner or (feature.owner if feature else None) or "")
    state: State = "planned" if through < one.start else "over" if one.end and through >= one.end else "running"
    ends = f" to {day(one.end)}" if one.end else " on"
    when = f"from {day(one.start)}{ends}"
    return ExperimentLine(
        one, team.name if team else "", feature.name if feature else "", state, when, tuple(_sentences(session, one))
    )


def _sentences(session: Session, one: Experiment) -> Iterator[str]:
    if one.hypothesis:
        yield f"Expected: {one.hypothesis.rstrip('.')}."
    shares = ", ".join(f"{name} {weight:g} %" for name, weight in one.variants.items())
    yield f"{one.entity.capitalize()}s were dealt {shares}; the others are compared with {one.control}."
    least = f", if it moves by {amount_text(one.effect)} at least" if one.effect else ""
    yield f"Decided by `{one.primary}` ({_said(session, one.primary)}){least}."
    for guard in one.guardrails:
        limit = f" by no more than {amount_text(guard.no_worse_than)}" if guard.no_worse_than else ""
        yield (
            f"`{guard.metric}` ({_said(session, guard.metric)}) may get worse{limit}."
            if limit
            else (f"`{guard.metric}` ({_said(session, guard.metric)}) must not get worse.")
        )
    yield "Read at any time." if one.analysis == "sequential" else "Read once, at its end."
    if one.learned:
        yield f"Learned: {one.learned.rstrip('.')}."


def _said(session: Session, metric: str) -> str:
    described = session.metric(metric).description.rstrip(".")
    return described[:1].lower() + described[1:]
