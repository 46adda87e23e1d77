"""How long it takes people to use a feature for the first time, by Kaplan and Meier."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from folio.calendar import DATA_THROUGH, FIRST_DAY
from folio.exports import Row
from folio.features import Dealt
from folio.people import User

SETTLING = timedelta(days=28)
REPORTED = (7, 28)


def time_to_adopt(
    active_days: Mapping[str, Sequence[date]], users: Mapping[str, User], uses: Sequence[tuple[str, Row]], dealt: Dealt
) -> dict[str, Any]:
    """Whole days from the later of launch and first activity since to the first use; censored at data through.

    Where the launch lies before the data, users of the first 28 days are left out, since they may have used it before.
    """
    launch = dealt.fate.launched
    first_use: dict[str, datetime | date] = {}
    for user, row in uses:
        first_use.setdefault(user, row.day)
    waits, adopted = list[int](), list[int]()
    early = 0
    for user, when in active_days.items():
        began = next((day for day in when if day >= launch), None)
        if began is None or began > DATA_THROUGH or dealt.since(users[user]) > DATA_THROUGH:
            continue
        if launch < FIRST_DAY and began < FIRST_DAY + SETTLING:
            continue
        used = first_use.get(user)
        if isinstance(used, date) and used < began:
            early += 1
        elif isinstance(used, date) and used <= DATA_THROUGH:
            adopted.append((used - began).days)
        else:
            waits.append((DATA_THROUGH - began).days)
    return {"users": len(waits) + len(adopted), "adopted": len(adopted), "used_before": early, **_curve(adopted, waits)}


def _curve(adopted: Sequence[int], waits: Sequence[int]) -> dict[str, Any]:
    """The median (None where half never did) and the share that had used it by some days."""
    events, still = Counter(adopted), Counter(waits)
    at_risk, left, median = len(adopted) + len(waits), 1.0, None
    by_day = dict[str, float]()
    for day in range(max([*events, *still, *REPORTED], default=0) + 1):
        if at_risk:
            left *= 1 - events[day] / at_risk
        at_risk -= events[day] + still[day]
        if left <= 0.5 and median is None:
            median = day
        if day in REPORTED:
            by_day[str(day)] = round(1 - left, 4)
    return {"median_days": median, "by_day": by_day}
