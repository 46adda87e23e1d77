"""What is kept for later once a refresh has put a snapshot in force."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prodops_metrics.errors import ProdopsError
from prodops_metrics.reports.dates import lasting
from prodops_metrics.reports.digest.kept import keep_figures
from prodops_metrics.reports.health import HealthReport, keep_health
from prodops_metrics.reports.history import keep_history
from prodops_metrics.reports.prepared import prepare
from prodops_metrics.reports.said import keep_verdicts
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.reports.settled import STANDARD
from prodops_metrics.warehouse.logbook import FILE, note_fault
from prodops_metrics.warehouse.report import Progress, Silent

WORTH_TELLING = 0.05
"""Work that took fewer seconds is not told of."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept after a refresh: the health of the data, why something could not be, and what took how long."""

    health: HealthReport | None
    problems: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """How long it took after the snapshot was in force, in a sentence; nothing where it took no time."""
        parts = [f"{what} {lasting(took)}" for what, took in self.seconds.items() if took >= WORTH_TELLING]
        return f"Kept for later: {', '.join(parts)}." if parts else ""


Keeper = tuple[str, str, Callable[[Session], object]]
KEEPERS: Sequence[Keeper] = (
    ("verdicts", "Judging the features", keep_verdicts),
    ("figures", "Keeping the figures", keep_figures),
    (
        "history of the definitions",
        "Reading what git tells",
        lambda session: keep_history(session.catalog.root),
    ),
    ("health of the data", "Looking at the data's health", keep_health),
    (STANDARD, "Counting the standard reports", prepare),
)
"""What is kept, what is said while it is, and what keeps it; the snapshot is in force before the first begins."""


def keep(root: Path, progress: Progress | None = None, *, reports: bool = True) -> Kept:
    """Keeps what a new snapshot says and what git tells; that it cannot be had takes nothing from what was published.

    All of it asks through one session, so that nothing is asked twice. Without ``reports`` pages count when they are asked.
    """
    progress = progress or Silent()
    try:
        session = open_session(root)
    except ProdopsError as error:
        what = ", ".join(what for what, _, _ in KEEPERS)
        return Kept(None, (f"The {what} of this snapshot could not be kept: {error}",))
    problems, seconds = list[str](), dict[str, float]()
    health: HealthReport | None = None
    try:
        for what, doing, keeper in KEEPERS:
            if what == STANDARD and not reports:
                continue
            progress.stage(doing)
            began = time.monotonic()
            try:
                found = keeper(session)
                health = found if isinstance(found, HealthReport) else health
            except Exception as error:  # noqa: BLE001 - whatever it is, the snapshot is in force
                problems.append(f"The {what} could not be kept: {_why(root, error)}")
            seconds[what] = time.monotonic() - began
    finally:
        session.warehouse.close()
    return Kept(health, tuple(problems), seconds)


def _why(root: Path, error: Exception) -> str:
    if isinstance(error, ProdopsError):
        return str(error)
    try:
        return f"{type(error).__name__}; reference {note_fault(root, error)} in warehouse/{FILE} has the trace."
    except OSError:
        return f"{type(error).__name__}: {error}"
