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
"""Seconds after which a form is not asked again."""
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
    """A module of this package."""

    def prepare(self, exports: Path, scratch: Path, span: Span) -> None:
        """Loads what the engine wants loaded; where it reads the export itself, nothing."""

    def version(self) -> str:
        """Name and version of the engine."""

    def forms(self) -> Mapping[str, Mapping[str, Ask]]:
        """By question, then by the name of the form."""


def timed(peer: Peer, wanted: frozenset[str], runs: int) -> Iterator[Mapping[str, object]]:
    """Every form of every wanted question, the fastest of so many runs; a form that takes too long runs once."""
    for question, forms in peer.forms().items():
        if wanted and question not in wanted:
            continue
        for form, ask in forms.items():
            yield {"question": question, "form": form, **_timed(ask, runs)}


def _timed(ask: Ask, runs: int) -> Mapping[str, object]:
    fastest, rows = float("inf"), []
    for _ in range(runs):
        began = time.perf_counter()
        try:
            rows = ask()
        except Exception as fault:  # noqa: BLE001 - a peer that fails is a result too
            return {"seconds": None, "fault": f"{type(fault).__name__}: {str(fault)[:300]}", "rows": []}
        fastest = min(fastest, time.perf_counter() - began)
        if fastest > LONGEST / runs:
            break
    return {"seconds": fastest, "rows": sorted(tuple(map(plain, row)) for row in rows)}


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
