"""What one user has to do with one feature: when they find it, whether they try it and keep it, and each use."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from folio.calendar import FIRST_DAY
from folio.draws import Draw
from folio.experiment import EXPERIMENT, Shown, variant_of
from folio.fates import UNKNOWN, Fate, Turn
from folio.features import Dealt
from folio.people import Account, User
from folio.properties import Properties, duration, properties_of

LATE = 0.0012  # share of events that reach the export some days later
ASKED = 0.03  # share of uses after which people answer a survey
FIRST_WISH = 0.85
PLAN_PULL = {"free": -0.5, "team": 0.0, "business": 0.2, "enterprise": 0.35}


class Event(NamedTuple):
    """One event as the product saw it; ``moment`` is naive UTC."""

    moment: datetime
    name: str
    user: User | None
    properties: Properties
    known: bool = True
    """Whether it was sent with the user's id."""
    late: bool = False
    anonymous: str = ""


@dataclass(slots=True)
class Pen:
    """Notes events one after another, each some time after the one before, with a draw of their own."""

    user: User
    moment: datetime
    draw: Draw
    unknown: float = UNKNOWN

    def note(self, name: str, wait: tuple[int, int], properties: Properties | None = None) -> Event:
        """The next event, ``wait`` seconds (least and most) after the last one."""
        self.moment += timedelta(seconds=self.draw.between(*wait))
        luck = self.draw.share()
        said = properties_of(name, self.draw) if properties is None else properties
        return Event(self.moment, name, self.user, said, luck >= self.unknown, luck > 1 - LATE)


@dataclass(slots=True)
class Story:
    """One user and one feature."""

    dealt: Dealt
    user: User
    draw: Draw
    found: date
    adopts: bool
    keeps: bool
    keenness: float
    first_use: date | None
    shown: Shown | None

    def day(self, day: date, morning: datetime) -> Iterator[Event]:
        """What the user does with the feature on a day at work; the day starts with ``morning``."""
        if day < self.found:
            return
        fate, draw = self.dealt.fate, self.draw
        turn = fate.turn if fate.turn and fate.turn.since <= day else None
        pen = Pen(self.user, morning, draw, turn.unknown if turn else UNKNOWN)
        if self.adopts and draw.chance(self._wish(day, turn)):
            self.first_use = self.first_use or day
            yield from self._use(pen, day, turn, (60, 9000))
            while draw.chance(fate.again):
                yield from self._use(pen, day, turn, (20, 400))
        elif draw.chance(fate.glance):
            yield from self._exposed(pen, day, (60, 9000))

    def _exposed(self, pen: Pen, day: date, wait: tuple[int, int]) -> Iterator[Event]:
        exposed = pen.note(self.dealt.feature.roles.exposed, wait)
        yield exposed
        if self.shown and self.shown.on(day):
            yield exposed._replace(name="experiment_viewed", properties=self.shown.properties, late=False)

    def _use(self, pen: Pen, day: date, turn: Turn | None, wait: tuple[int, int]) -> Iterator[Event]:
        roles, fate, draw = self.dealt.feature.roles, self.dealt.fate, self.draw
        yield from self._exposed(pen, day, wait)
        said = properties_of(roles.used, draw)
        if self.dealt.feature.milliseconds:
            said["duration_ms"] = duration(draw, self.dealt.feature.milliseconds * (turn.slower if turn else 1))
        yield pen.note(roles.used, (3, 45), said)
        fails = turn.fails if turn and turn.fails is not None else fate.fails
        works = self.shown.works(day, fate.works) if self.shown else fate.works
        failed = draw.chance(fails)
        if failed:
            yield pen.note(roles.failed, (1, 30))
        elif said.get("results") != "0" and draw.chance(works):
            yield pen.note(roles.succeeded, (4, 120))
        if draw.chance(ASKED):
            yield pen.note("survey_answered", (5, 40), self._answer(failed=failed))

    def _answer(self, *, failed: bool) -> Properties:
        liked = self.draw.chance(self.dealt.fate.liked * (0.3 if failed else 1))
        score = self.draw.pick({"5": 0.55, "4": 0.45} if liked else {"3": 0.5, "2": 0.3, "1": 0.2})
        return {"feature": self.dealt.id, "score": score}

    def _wish(self, day: date, turn: Turn | None) -> float:
        """The chance of a use today: the first one comes soon after finding, then habit or fading decide."""
        fate = self.dealt.fate
        waning = math.exp(-(day - turn.since).days / 7 / turn.fades_in) if turn else 1.0
        if self.first_use is None:
            return FIRST_WISH * waning
        weeks = (day - self.first_use).days / 7
        return fate.use * self.keenness * waning * (1.0 if self.keeps else math.exp(-weeks / fate.fade))


def story(seed: int, user: User, dealt: Dealt) -> Story | None:
    """The story of a user with a feature; None where it is not for them, or they never find it."""
    since = dealt.since(user)
    if since == date.max:
        return None
    fate, draw = dealt.fate, Draw(seed, user.id, dealt.id)
    pull = PLAN_PULL[user.account.first_plan] + _account_pull(seed, user.account, dealt.id)
    found = draw.chance(_shifted(fate.found, pull))
    first_sight = max(fate.launched, since) + timedelta(days=_days_to_find(draw, fate))
    adopts, keeps = draw.chance(_shifted(fate.adopted, pull)), draw.chance(fate.habit)
    keenness = 0.5 + min(1.5, draw.exponential(0.6))
    if not found:
        return None
    # What was found before the data begin was also tried before: such a user is never new to the feature.
    earlier = first_sight if first_sight < FIRST_DAY else None
    shown = Shown(variant_of(seed, user)) if dealt.id == EXPERIMENT.feature else None
    return Story(dealt, user, draw, first_sight, adopts, keeps, keenness, earlier, shown)


def _days_to_find(draw: Draw, fate: Fate) -> int:
    waiting = draw.exponential(7 * fate.lag)
    return draw.between(0, int(14 * fate.lag)) if fate.evenly else int(waiting)


@cache
def _account_pull(seed: int, account: Account, feature: str) -> float:
    """Colleagues resemble each other: what one account shares, in log-odds."""
    return 0.4 * Draw(seed, account.id, feature).normal()


def _shifted(share: float, pull: float) -> float:
    return 1.0 if share >= 1 else 1 / (1 + math.exp(-math.log(share / (1 - share)) - pull))
