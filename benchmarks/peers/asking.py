"""What peers share: the data's calendar, and how a form is timed."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

Rows = list[tuple[object, ...]]
Ask = Callable[[], Rows]
LONGEST = 300.0
"""Seconds that a form may take; after so many it is stopped."""
LONG = 30.0
"""Seconds after which a form is not run again: it is the ratio's first figure that counts there."""
ROLLING_LENGTHS = {"rolling_active_users": 28, "rolling_active_users_7": 7, "rolling_active_users_90": 90}
"""Days of the window in the questions that show what its length costs."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days of the data, both included. ``closed`` is the last day whose 7-day windows are over."""

    first: date
    last: date

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.last + timedelta(days=1)

    @property
    def closed(self) -> date:
        """The last day on which a window of 7 days may begin that is over."""
        return self.last - timedelta(days=7)

    @property
    def settled(self) -> date:
        """The first day whose users are known to be new: 28 days after the data's first."""
        return self.first + timedelta(days=28)


class Peer(Protocol):
    """The ``Engine`` of a module of this package."""

    cannot: Mapping[str, str]
    """Questions that the engine has no words for, and why."""

    def prepare(self, exports: Path, scratch: Path, span: Span) -> None:
        """Loads what the engine wants loaded into ``scratch``; where it reads the export itself, nothing."""

    def open(self, exports: Path, scratch: Path, span: Span) -> None:
        """Opens what was loaded, in this process or in one before it."""

    def version(self) -> str:
        """Name and version of the engine."""

    def forms(self) -> Mapping[str, Mapping[str, Ask]]:
        """By question, then by the name of the form."""


Form = tuple[str, str]
"""A question and the name of a form of it."""


def timed(peer: Peer, wanted: frozenset[str], done: frozenset[Form], runs: int) -> Iterator[Mapping[str, object]]:
    """Every form of every wanted question that is not done yet; each is announced before it is asked.

    Seconds are those of the fastest of so many runs, by the clock and (``cpu``) of all processors together, from the
    question to rows of Python values. A form that takes long runs once.
    """
    for question, forms in peer.forms().items():
        for form, ask in forms.items():
            if (not wanted or question in wanted) and (question, form) not in done:
                yield {"asking": [question, form]}
                yield {"question": question, "form": form, **_timed(ask, runs)}


def _timed(ask: Ask, runs: int) -> Mapping[str, object]:
    fastest, rows = (float("inf"), 0.0), []
    for _ in range(runs):
        watch = Watch()
        try:
            rows = ask()
        except Exception as fault:  # noqa: BLE001 - a peer that fails is a result too
            return {"seconds": None, "fault": f"{type(fault).__name__}: {str(fault)[:300]}", "rows": []}
        fastest = min(fastest, watch.taken())
        if fastest[0] > LONG:
            break
    return {"seconds": fastest[0], "cpu": fastest[1], "rows": sorted(tuple(map(plain, row)) for row in rows)}


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self.began, self.cpu = time.perf_counter(), time.process_time()

    def taken(self) -> tuple[float, float]:
        """By the clock, and of all processors that this process used."""
        return time.perf_counter() - self.began, time.process_time() - self.cpu


def plain(value: object) -> object:
    """A value as JSON has it: days in ISO form, whole numbers as such."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (str, int)) or value is None:
        return value
    number = float(str(value))
    return int(number) if number.is_integer() else number


def say(values: Mapping[str, object]) -> None:
    """One line of the answer that ``benchmarks.run`` reads."""
    print(json.dumps(values), flush=True)  # noqa: T201 - the protocol


def survival_median(rows: Rows) -> Rows:
    """The median of Kaplan and Meier (1958) from rows of ``days, adopted, censored``."""
    at_risk, share = float(sum(int(str(n)) + int(str(c)) for _, n, c in rows)), 1.0
    for days, adopted, censored in sorted(rows, key=lambda row: int(str(row[0]))):
        share *= 1 - float(str(adopted)) / at_risk if at_risk else 1.0
        if share <= 0.5:
            return [(days,)]
        at_risk -= float(str(adopted)) + float(str(censored))
    return [(None,)]
