"""Since when a digest tells: a length back from data through, a day, or a snapshot; and what was kept from then."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from prodops_metrics.errors import QueryError
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.digest.kept import Kept
from prodops_metrics.reports.digest.model import Base
from prodops_metrics.reports.session import Session

LENGTH, SNAPSHOT = re.compile(r"(\d{1,4})([dw])"), re.compile(r"\d{1,9}")
DAYS = {"d": 1, "w": 7}


def base_of(session: Session, since: str, history: Sequence[Kept]) -> Base:
    """What to tell against: the latest that was kept of a day not after the one meant, or of the snapshot meant.

    Where nothing was kept by then, the day alone: its numbers are counted again from today's data.

    Raises:
        QueryError: ``since`` is none of these, not before data through, or a snapshot of which nothing was kept.
    """
    earlier = [one for one in history if (one.snapshot, one.definitions) != session.origin]
    if SNAPSHOT.fullmatch(since):
        return _of_snapshot(int(since), earlier)
    through = session.warehouse.horizon().through
    wanted = _day(since, through)
    if wanted >= through:
        raise QueryError(f"Data goes through {day(through)}; `--since {since}` has to be a day before that.")
    found = [one for one in earlier if one.data_through <= wanted]
    return _kept(found[-1]) if found else Base(wanted)


def _day(since: str, through: date) -> date:
    length = LENGTH.fullmatch(since)
    if length:
        return through - timedelta(days=int(length[1]) * DAYS[length[2]])
    try:
        return date.fromisoformat(since)
    except ValueError as error:
        said = f"`{since}` is no length, day or snapshot; write 7d, 4w, 2026-05-04, or a snapshot's number."
        raise QueryError(said) from error


def _of_snapshot(number: int, earlier: Sequence[Kept]) -> Base:
    found = [one for one in earlier if one.snapshot == number]
    if found:
        return _kept(found[-1])
    numbers = ", ".join(str(each) for each in sorted({one.snapshot for one in earlier}))
    there = f"there are figures of {numbers}" if numbers else "no figures of an earlier snapshot were kept yet"
    raise QueryError(f"No figures of snapshot {number} were kept to tell against; {there}.")


def _kept(one: Kept) -> Base:
    return Base(one.data_through, one.snapshot, one.definitions)
