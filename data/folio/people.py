"""Accounts and users: who they are, when they came, how much they work and when they left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from folio.calendar import FIRST_DAY, LAST_DAY
from folio.draws import Draw

EARLIEST_SIGN_UP = date(2025, 9, 1)

USERS = 6000
ACCOUNTS = 400
INVITED = 22
FOLIO_ITSELF = "a001"  # our own account: its users are the internal ones
STAFF = 20

PLANS = {"free": 44.0, "team": 40.0, "business": 26.0, "enterprise": 10.0}
LADDER = tuple(PLANS)
SEATS = {"free": 5.0, "team": 10.0, "business": 18.0, "enterprise": 42.0}
COUNTRIES = {"DE": 46.0, "AT": 12.0, "CH": 10.0, "FR": 12.0, "NL": 8.0, "GB": 12.0}


@dataclass(frozen=True, slots=True)
class Account:
    """A customer; ``plans`` are its plans, each from a day on, and ``seats`` how many users it draws beside the others."""

    id: str
    plans: tuple[tuple[date, str], ...]
    country: str
    seats: float

    @property
    def first_plan(self) -> str:
        """The plan that it began with."""
        return self.plans[0][1]

    @property
    def paying_from(self) -> date:
        """The first day on a paid plan, never ``date.max``: nobody goes back to the free one."""
        return next((since for since, plan in self.plans if plan != "free"), date.max)

    def plan_on(self, day: date) -> str:
        """The plan in force."""
        return [plan for since, plan in self.plans if since <= day][-1]


@dataclass(frozen=True, slots=True)
class User:
    """Someone with a login; ``pace`` is the chance to work on an ordinary working day."""

    id: str
    account: Account
    role: str
    internal: bool
    signed_up: date
    left: date
    pace: float
    syncs: bool
    invited: bool


def make_accounts(seed: int) -> tuple[Account, ...]:
    """All accounts, our own first."""
    return tuple(_account(Draw(seed, f"account {number}"), number) for number in range(1, ACCOUNTS + 1))


def make_users(seed: int, accounts: Sequence[Account]) -> tuple[User, ...]:
    """All users in order of sign-up, as their ids are."""
    inviting = {account.id for account in accounts if account.first_plan in ("business", "enterprise")}
    sign_ups = sorted(_sign_up(Draw(seed, f"sign-up {number}")) for number in range(USERS))
    weights = {account.id: account.seats for account in accounts[1:]}
    customers = {account.id: account for account in accounts[1:]}
    users, places_left = [], INVITED
    for number, signed_up in enumerate(sign_ups, start=1):
        draw = Draw(seed, f"user {number}")
        founded = number < STAFF + len(accounts)
        account = accounts[max(0, number - STAFF)] if founded else customers[draw.pick(weights)]
        invited = places_left > 0 and account.id in inviting and account.id != FOLIO_ITSELF and draw.chance(0.04)
        places_left -= invited
        users.append(_user(draw, f"u{number:04d}", account, signed_up, invited=invited))
    return tuple(users)


def _account(draw: Draw, number: int) -> Account:
    plan = "enterprise" if number == 1 else draw.pick(PLANS)
    country = "DE" if number == 1 else draw.pick(COUNTRIES)
    seats = draw.power_law(SEATS[plan] * 0.6, SEATS[plan] * 3, 0.4)
    plans = ((EARLIEST_SIGN_UP, plan), *_change(draw, plan)) if number > 1 else ((EARLIEST_SIGN_UP, plan),)
    return Account(f"a{number:03d}", plans, country, seats)


def _change(draw: Draw, plan: str) -> tuple[tuple[date, str], ...]:
    """One in seven changes its plan while we look: most go up, a few down, though never to the free one."""
    if not draw.chance(0.14):
        return ()
    day = FIRST_DAY + timedelta(days=draw.between(7, (LAST_DAY - FIRST_DAY).days - 7))
    place, down = LADDER.index(plan), draw.chance(0.2)
    other = LADDER[max(place - 1, min(place, 1))] if down else LADDER[min(place + 1, 3)]
    return ((day, other),) if other != plan else ()


def _sign_up(draw: Draw) -> date:
    """Seven in ten were there before the data begin; few sign up at the weekend."""
    first, last = (EARLIEST_SIGN_UP, FIRST_DAY) if draw.chance(0.7) else (FIRST_DAY, LAST_DAY)
    day = first + timedelta(days=draw.between(0, (last - first).days - 1))
    while day.weekday() >= 5 and draw.chance(0.8):
        day = first + timedelta(days=draw.between(0, (last - first).days - 1))
    return day


def _user(draw: Draw, name: str, account: Account, signed_up: date, *, invited: bool) -> User:
    internal = account.id == FOLIO_ITSELF
    return User(
        id=name,
        account=account,
        role="editor" if internal or invited or draw.chance(0.72) else "viewer",
        internal=internal,
        signed_up=signed_up,
        left=LAST_DAY if internal or invited else signed_up + _stay(draw),
        pace=0.75 if internal else 0.4 if invited else draw.power_law(0.105, 0.92, 0.45),
        syncs=draw.chance(0.1),
        invited=invited,
    )


def _stay(draw: Draw) -> timedelta:
    """One in eight looks around for some days and goes; the others stay for years."""
    return timedelta(days=1 + int(draw.exponential(9 if draw.chance(0.125) else 1000)))
