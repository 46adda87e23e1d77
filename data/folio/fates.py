"""What can become of a feature: one row per fate, so that another deal gives the same fate to another feature."""

import math
from dataclasses import dataclass
from datetime import date

from folio.calendar import HALFWAY

UNKNOWN = 0.01
"""Share of events that are sent before it is known who is there."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What is different from a day on.

    Attributes:
        since: The first such day.
        fades_in: Weeks in which the wish to use it falls to a third.
        fails: Share of uses that end in an error.
        slower: How many times longer a use takes.
        unknown: Share of events that are sent without the user's id.
    """

    since: date
    fades_in: float = math.inf
    fails: float | None = None
    slower: float = 1.0
    unknown: float = UNKNOWN


@dataclass(frozen=True, slots=True)
class Fate:
    """How people fare with a feature.

    Attributes:
        verdict: What the rules of the standard verdicts have to say of it, and ``reason``, the metric (or, of health, the
            word) that says so first.
        launched: The day from which people find it; ``stage`` and ``invited`` (only those in its beta) go with it.
        found: Share of those it is for who ever notice it, ``lag`` weeks after launch or sign-up on average; soon
            mostly, or as many in every week if ``evenly``.
        adopted: Share of those who found it who try it.
        habit: Share of those who tried it who keep it; for the others the wish fades in ``fade`` weeks.
        use: Chance that a keeper uses it on a day at work; ``again`` is the chance of yet another use that day.
        glance: Chance that someone who found it sees it on a day at work without using it.
        works: Share of uses that succeed, of those that do not end in an error, which is the share ``fails``.
        liked: Share of answers to the survey that are 4 or 5.
    """

    says: str
    verdict: str
    reason: str
    launched: date
    found: float
    lag: float
    adopted: float
    habit: float
    fade: float
    use: float
    again: float
    glance: float
    works: float
    liked: float
    fails: float = 0.01
    evenly: bool = False
    stage: str = "ga"
    invited: bool = False
    turn: Turn | None = None


FATES = {
    "hit": Fate(
        says="a clear hit: most people found it, use it and keep it",
        verdict="healthy",
        reason="adoption",
        launched=date(2026, 8, 3),
        found=0.9,
        lag=3.0,
        adopted=0.84,
        habit=0.85,
        fade=1.2,
        use=0.5,
        again=0.3,
        glance=0.03,
        works=0.84,
        liked=0.86,
    ),
    "slow_burner": Fate(
        says="a slow burner: a few more people every week, and they stay",
        verdict="healthy",
        reason="adoption",
        launched=date(2026, 6, 15),
        found=0.9,
        lag=32.0,
        evenly=True,
        adopted=0.82,
        habit=0.9,
        fade=2.0,
        use=0.42,
        again=0.1,
        glance=0.03,
        works=0.92,
        liked=0.82,
    ),
    "not_understood": Fate(
        says="found by nearly everyone, understood by few",
        verdict="at_risk",
        reason="activation",
        launched=date(2026, 4, 13),
        found=0.95,
        lag=3.0,
        adopted=0.16,
        habit=0.6,
        fade=2.0,
        use=0.3,
        again=0.1,
        glance=0.3,
        works=0.45,
        liked=0.45,
    ),
    "tried_once": Fate(
        says="tried once, out of curiosity",
        verdict="at_risk",
        reason="retention",
        launched=date(2026, 6, 22),
        found=0.95,
        lag=11.0,
        evenly=True,
        adopted=0.9,
        habit=0.07,
        fade=0.25,
        use=0.35,
        again=0.3,
        glance=0.04,
        works=0.75,
        liked=0.55,
    ),
    "declining": Fate(
        says="declining, week after week",
        verdict="at_risk",
        reason="adoption",
        launched=date(2026, 2, 16),
        found=0.82,
        lag=3.0,
        adopted=0.76,
        habit=0.8,
        fade=2.0,
        use=0.42,
        again=0.25,
        glance=0.04,
        works=0.8,
        liked=0.62,
        turn=Turn(date(2026, 9, 7), fades_in=5.0),
    ),
    "failing": Fate(
        says="failing since a release",
        verdict="at_risk",
        reason="failure_rate",
        launched=date(2026, 1, 12),
        found=0.6,
        lag=4.0,
        adopted=0.66,
        habit=0.8,
        fade=2.0,
        use=0.3,
        again=0.2,
        glance=0.03,
        works=0.95,
        liked=0.7,
        fails=0.012,
        turn=Turn(date(2026, 10, 13), fails=0.19, slower=2.6),
    ),
    "too_few": Fate(
        says="too few people to tell",
        verdict="not_enough",
        reason="adoption",
        launched=date(2026, 9, 14),
        found=1.0,
        lag=0.8,
        adopted=0.9,
        habit=0.8,
        fade=1.5,
        use=0.35,
        again=0.1,
        glance=0.02,
        works=0.85,
        liked=0.75,
        fails=0.05,
        stage="beta",
        invited=True,
    ),
    "untracked": Fate(
        says="used as before, but from a release on its events mostly lack the user's id",
        verdict="suspect",
        reason="health",
        launched=date(2026, 3, 9),
        found=0.7,
        lag=4.0,
        adopted=0.7,
        habit=0.8,
        fade=2.0,
        use=0.3,
        again=0.2,
        glance=0.03,
        works=0.9,
        liked=0.76,
        turn=Turn(HALFWAY, unknown=0.88),
    ),
    "sunset": Fate(
        says="on its way out: people were told in September",
        verdict="not_judged",
        reason="stage",
        launched=date(2025, 10, 6),
        found=0.4,
        lag=4.0,
        adopted=0.55,
        habit=0.75,
        fade=2.0,
        use=0.25,
        again=0.2,
        glance=0.02,
        works=0.85,
        liked=0.6,
        stage="sunset",
        turn=Turn(date(2026, 9, 14), fades_in=4.0),
    ),
}
