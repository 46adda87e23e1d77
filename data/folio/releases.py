"""What was released, and what had to be rolled back: four releases a week, on Mondays to Thursdays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from folio.calendar import EXPORTED_AT, FIRST_DAY, LAST_DAY, days, instant
from folio.draws import Draw
from folio.features import Dealt

TEAMS = ("team-discovery", "team-documents", "team-collaboration", "team-platform")
PILOT_FROM = date(2026, 8, 3)
ROLLED_BACK = {"before": 0.34, "after": 0.08}


@dataclass(frozen=True, slots=True)
class Release:
    """One version; moments are naive UTC."""

    version: str
    team: str
    shipped: datetime
    rolled_back: datetime | None
    customer_impacting: bool


def make_releases(seed: int, features: Sequence[Dealt]) -> tuple[Release, ...]:
    """All releases, in order. One with which a feature took a turn stays: nobody noticed."""
    turns = {feature.fate.turn.since for feature in features if feature.fate.turn}
    when = [day for day in days(FIRST_DAY, LAST_DAY) if day.weekday() < len(TEAMS)]
    made = [_release(seed, day, number, stays=day in turns) for number, day in enumerate(when, start=1)]
    return tuple(release for release in made if release.shipped < EXPORTED_AT)


def _release(seed: int, day: date, number: int, *, stays: bool) -> Release:
    draw = Draw(seed, "release", day.isoformat())
    shipped = instant(day, draw.between(9 * 60, 12 * 60))
    back = draw.chance(ROLLED_BACK["before" if day < PILOT_FROM else "after"]) and not stays
    later = shipped + timedelta(minutes=draw.between(20, 90))
    noticed = draw.chance(0.8)
    return Release(f"4.{100 + number}", TEAMS[day.weekday()], shipped, later if back else None, back and noticed)
