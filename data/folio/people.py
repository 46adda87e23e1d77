"""Accounts and users: who they are, when they came, how much they work and when they left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from folio.draws import Draw

FIRST_DAY = date(2026, 6, 29)  # a Monday
LAST_DAY = date(2026, 11, 17)  # a Tuesday, exported at two in the afternoon: its week and the day itself are incomplete
EARLIEST_SIGN_UP = date(2025, 9, 1)

USERS = 1500
ACCOUNTS = 120
OFFLINE_PILOT = 22
FOLIO_ITSELF = "a001"  # our own account: its users are the internal ones
STAFF = 14

PLANS = {"free": 44.0, "team": 40.0, "business": 26.0, "enterprise": 10.0}
SEATS = {"free": 5.0, "team": 10.0, "business": 18.0, "enterprise": 42.0}
COUNTRIES = {"DE": 46.0, "AT": 12.0, "CH": 10.0, "FR": 12.0, "NL": 8.0, "GB": 12.0}


@dataclass(frozen=True, slots=True)
class Account:
    """A customer; ``seats`` is how many users it draws, relative to the others."""

    id: str
    plan: str
    country: str
    seats: float


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
    offline_pilot: bool


def make_accounts(seed: int) -> tuple[Account, ...]:
    """All accounts, our own first."""
    return tuple(_account(Draw(seed, f"account {number}"), number) for number in range(1, ACCOUNTS + 1))


def make_users(seed: int, accounts: Sequence[Account]) -> tuple[User, ...]:
    """All users in order of sign-up, as their ids are."""
    pilots = {account.id for account in accounts if account.plan in ("business", "enterprise")}
    sign_ups = sorted(_sign_up(Draw(seed, f"sign-up {number}")) for number in range(USERS))
    users, places_left = [], OFFLINE_PILOT
    for number, signed_up in enumerate(sign_ups, start=1):
        draw = Draw(seed, f"user {number}")
        account = _workplace(draw, accounts, number)
        invited = places_left > 0 and account.id in pilots and account.id != FOLIO_ITSELF and draw.chance(0.05)
        places_left -= invited
        users.append(_user(draw, f"u{number:04d}", account, signed_up, offline_pilot=invited))
    return tuple(users)


def _account(draw: Draw, number: int) -> Account:
    plan = "enterprise" if number == 1 else draw.pick(PLANS)
    country = "DE" if number == 1 else draw.pick(COUNTRIES)
    return Account(f"a{number:03d}", plan, country, draw.power_law(SEATS[plan] * 0.6, SEATS[plan] * 3, 0.4))


def _workplace(draw: Draw, accounts: Sequence[Account], number: int) -> Account:
    """Staff first, then one founder for every account, then wherever there are seats."""
    if number <= STAFF:
        return accounts[0]
    if number < STAFF + len(accounts):
        return accounts[number - STAFF]
    customers = {account.id: account for account in accounts[1:]}
    return customers[draw.pick({name: account.seats for name, account in customers.items()})]


def _sign_up(draw: Draw) -> date:
    """Seven in ten were there before the data begin; few sign up at the weekend."""
    first, last = (EARLIEST_SIGN_UP, FIRST_DAY) if draw.chance(0.7) else (FIRST_DAY, LAST_DAY)
    day = first + timedelta(days=draw.between(0, (last - first).days - 1))
    while day.weekday() >= 5 and draw.chance(0.8):
        day = first + timedelta(days=draw.between(0, (last - first).days - 1))
    return day


def _user(draw: Draw, name: str, account: Account, signed_up: date, *, offline_pilot: bool) -> User:
    internal = account.id == FOLIO_ITSELF
    return User(
        id=name,
        account=account,
        role="editor" if internal or offline_pilot or draw.chance(0.72) else "viewer",
        internal=internal,
        signed_up=signed_up,
        left=LAST_DAY if internal or offline_pilot else signed_up + _stay(draw),
        pace=0.75 if internal else draw.power_law(0.155, 0.92, 0.5),
        syncs=draw.chance(0.2),
        offline_pilot=offline_pilot,
    )


def _stay(draw: Draw) -> timedelta:
    """One in eight looks around for some days and goes; the others stay for years."""
    return timedelta(days=1 + int(draw.exponential(9 if draw.chance(0.125) else 1000)))
