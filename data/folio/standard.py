"""The standard metrics of a feature, counted in plain Python from what was exported, as docs/meanings.md words them.

Events without a user count where events are counted (failure rate, latency) and nowhere else; staff count nowhere.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from folio.calendar import DATA_THROUGH, FIRST_DAY, days, monday
from folio.exports import Row
from folio.features import Dealt
from folio.people import User
from folio.survival import time_to_adopt

MONTH = timedelta(days=28)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
ACTIVATION = timedelta(days=7)
LAST_WEEK = monday(DATA_THROUGH + DAY) - WEEK
QUIET = ("sync_completed", "landing_page_viewed")
POOLED = 4
RETURN_AGE = 4


class Log:
    """The exported events by name, in order of time, and the days on which each user was active."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.users: dict[str, User] = {}
        self.by_name = defaultdict[str, list[Row]](list)
        self.active = defaultdict[date, set[str]](set)
        self.active_days = defaultdict[str, list[date]](list)
        for row in sorted(rows, key=lambda row: row.event.moment):
            if row.event.user and row.event.known and row.event.user.internal:
                continue
            self.by_name[row.event.name].append(row)
            if row.event.user and row.event.known and row.event.name not in QUIET:
                self._active(row.event.user, row.day)

    def _active(self, user: User, day: date) -> None:
        self.users[user.id] = user
        if user.id not in self.active[day]:
            self.active[day].add(user.id)
            self.active_days[user.id].append(day)

    def known(self, name: str) -> list[tuple[str, Row]]:
        """Events of a name that have a user, with the user's id."""
        return [(row.event.user.id, row) for row in self.by_name[name] if row.event.user and row.event.known]

    def days_of(self, name: str) -> Mapping[str, set[date]]:
        """The days on which each user sent it."""
        found = defaultdict[str, set[date]](set)
        for user, row in self.known(name):
            found[user].add(row.day)
        return found

    def active_between(self, first: date, last: date) -> set[str]:
        """Users with an event that counts as activity."""
        return set[str]().union(*(self.active[day] for day in days(first, last)))


def standard_metrics(log: Log, dealt: Dealt) -> dict[str, Any]:
    """Every standard metric of one feature, over the windows of its headline."""
    used = log.days_of(dealt.feature.roles.used)
    return {
        "last_28_days": _month(log, dealt, DATA_THROUGH),
        "the_28_days_before": _month(log, dealt, DATA_THROUGH - MONTH),
        "active_users": {str(length): _count(used, DATA_THROUGH, length) for length in (7, 28)},
        "activation": _activation(log, dealt),
        "retention": _retention(used, dealt),
        "failure_rate": _failures(log, dealt),
        "latency_ms": _latency(log, dealt),
        "frequency": _frequency(used),
        "lifecycle": _lifecycle(used),
        "time_to_adopt": time_to_adopt(log.active_days, log.users, log.known(dealt.feature.roles.used), dealt),
        "events_without_user": _unknown(log, dealt),
    }


def _month(log: Log, dealt: Dealt, last: date) -> dict[str, Any]:
    """Adoption and exposure over the 28 days that end with ``last``."""
    first = last - MONTH + DAY
    active = {user for user in log.active_between(first, last) if dealt.since(log.users[user]) <= last}
    roles = dealt.feature.roles
    used, exposed = (_seen(log.days_of(name), first, last) for name in (roles.used, roles.exposed))
    facts = {"eligible_active": len(active), "exposed": len(exposed), "used": len(used)}
    return {"from": str(first), "to": str(last), **facts, "adoption": _share(len(used), len(active))}


def _seen(days_of: Mapping[str, Collection[date]], first: date, last: date) -> set[str]:
    return {user for user, when in days_of.items() if any(first <= day <= last for day in when)}


def _count(days_of: Mapping[str, Collection[date]], last: date, length: int) -> int:
    return len(_seen(days_of, last - timedelta(days=length - 1), last))


def _activation(log: Log, dealt: Dealt) -> dict[str, Any]:
    """Of those first exposed in the 28 days that have closed: used it, and got its result, within seven days."""
    last = DATA_THROUGH - ACTIVATION
    first, roles = last - MONTH + DAY, dealt.feature.roles
    began: dict[str, Row] = {}
    for user, row in log.known(roles.exposed):
        began.setdefault(user, row)
    started = {user: row.event.moment for user, row in began.items() if first <= row.day <= last}
    used: dict[str, Any] = {}
    for user, row in log.known(roles.used):
        if user in started and started[user] <= row.event.moment <= started[user] + ACTIVATION:
            used.setdefault(user, row.event.moment)
    done = {
        user
        for user, row in log.known(roles.succeeded)
        if user in used and used[user] <= row.event.moment <= started[user] + ACTIVATION
    }
    counts = {"exposed": len(started), "used": len(used), "succeeded": len(done)}
    return {"from": str(first), "to": str(last), **counts, "share": _share(len(done), len(started))}


def _retention(used: Mapping[str, Collection[date]], dealt: Dealt) -> dict[str, Any]:
    """Weekly, in exactly the fourth week after the first; the last four cohorts that are old enough, together."""
    end = monday(DATA_THROUGH + DAY) - RETURN_AGE * WEEK
    first = end - POOLED * WEEK
    if dealt.fate.launched < FIRST_DAY:
        first = max(first, FIRST_DAY + MONTH)
    cohort = {user: monday(min(when)) for user, when in used.items() if first <= min(when) < end}
    back = [user for user, week in cohort.items() if week + RETURN_AGE * WEEK in map(monday, used[user])]
    counts = {"cohort": len(cohort), "returned": len(back)}
    return {"from": str(first), "to": str(end - DAY), **counts, "share": _share(len(back), len(cohort))}


def _failures(log: Log, dealt: Dealt) -> dict[str, Any]:
    roles = dealt.feature.roles
    found = {}
    for name, first, last in _spans():
        failed, attempts = (_between(log.by_name[event], first, last) for event in (roles.failed, roles.used))
        counts = {"failed": len(failed), "attempted": len(attempts)}
        found[name] = {"from": str(first), "to": str(last), **counts, "rate": _share(len(failed), len(attempts))}
    return found


def _latency(log: Log, dealt: Dealt) -> dict[str, Any] | None:
    """The smallest duration that nine in ten do not exceed; None where no use says how long it took."""
    if not dealt.feature.milliseconds:
        return None
    found = {}
    for name, first, last in _spans():
        rows = _between(log.by_name[dealt.feature.roles.used], first, last)
        values = sorted(int(row.event.properties["duration_ms"]) for row in rows)
        p90 = values[-(-9 * len(values) // 10) - 1] if values else None
        found[name] = {"from": str(first), "to": str(last), "uses": len(values), "p90": p90}
    return found


def _spans() -> tuple[tuple[str, date, date], ...]:
    month = DATA_THROUGH - MONTH + DAY
    return ("last_week", LAST_WEEK, LAST_WEEK + WEEK - DAY), ("last_28_days", month, DATA_THROUGH)


def _between(rows: Iterable[Row], first: date, last: date) -> list[Row]:
    return [row for row in rows if first <= row.day <= last]


def _frequency(used: Mapping[str, Collection[date]]) -> dict[str, Any]:
    """Days of use per using user in 28 days: how many had how many, and the mean."""
    first = DATA_THROUGH - MONTH + DAY
    counts = Counter(sum(first <= day <= DATA_THROUGH for day in when) for when in used.values())
    counts.pop(0, None)
    total, users = sum(number * n for number, n in counts.items()), counts.total()
    distribution = {str(number): counts[number] for number in sorted(counts)}
    return {"users": users, "days": total, "mean": _share(total, users), "users_by_days": distribution}


def _lifecycle(used: Mapping[str, Collection[date]]) -> dict[str, int | str]:
    """Users of the last complete week and of the one before, by what they were."""
    now, before = LAST_WEEK, LAST_WEEK - WEEK
    weeks = {user: set(map(monday, when)) for user, when in used.items()}
    states: Sequence[str] = [_state(own, now, before) for own in weeks.values()]
    return {"week": str(now), **{state: states.count(state) for state in ("new", "returning", "resurrected", "dormant")}}


def _state(weeks: Collection[date], now: date, before: date) -> str:
    if now not in weeks:
        return "dormant" if before in weeks else "away"
    if min(weeks) == now:
        return "new"
    return "returning" if before in weeks else "resurrected"


def _unknown(log: Log, dealt: Dealt) -> dict[str, Any]:
    rows = _between(log.by_name[dealt.feature.roles.used], DATA_THROUGH - MONTH + DAY, DATA_THROUGH)
    unknown = sum(not row.event.known for row in rows)
    return {"event": dealt.feature.roles.used, "events": len(rows), "unknown": unknown, "share": _share(unknown, len(rows))}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
