"""People on the website before they have a login: some sign up later, and their anonymous ids are then tied to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from folio.calendar import FIRST_DAY, LAST_DAY, instant
from folio.draws import Draw
from folio.people import User
from folio.stories import Event

STRANGERS = 1800
NOBODY = "00000000-0000"  # what a broken browser sends in place of an id of its own; tied to dozens of people


@dataclass(frozen=True, slots=True)
class Visitor:
    """One anonymous id, whose ``user`` is known later, if ever."""

    id: str
    user: User | None
    visits: tuple[Event, ...]


def make_visitors(seed: int, users: Sequence[User]) -> tuple[Visitor, ...]:
    """Two in three of those who sign up while we look, and strangers who never do."""
    joining = [user for user in users if user.signed_up >= FIRST_DAY]
    came = [visitor for user in joining if (visitor := _before_signing_up(seed, user))]
    return (*came, *(_stranger(seed, number) for number in range(STRANGERS)))


def identities(visitors: Sequence[Visitor]) -> list[tuple[str, User]]:
    """Which anonymous id is whose, in order of sign-up."""
    return [(visitor.id, visitor.user) for visitor in visitors if visitor.user]


def _before_signing_up(seed: int, user: User) -> Visitor | None:
    draw = Draw(seed, user.id, "website")
    if not draw.chance(0.66):
        return None
    name = NOBODY if draw.chance(0.05) else _browser(draw)
    return Visitor(name, user, tuple(_visits(draw, name, (user.signed_up - FIRST_DAY).days)))


def _stranger(seed: int, number: int) -> Visitor:
    draw = Draw(seed, f"stranger {number}")
    name = _browser(draw)
    return Visitor(name, None, tuple(_visits(draw, name, draw.between(0, (LAST_DAY - FIRST_DAY).days))))


def _visits(draw: Draw, name: str, until: int) -> list[Event]:
    """One to three visits in the week up to a day, counted from the first one of the data; none before it."""
    ago = sorted({draw.between(0, 6) for _ in range(draw.between(1, 3))}, reverse=True)
    moments = [instant(FIRST_DAY + timedelta(days=until - days), draw.between(60, 299)) for days in ago if days <= until]
    return [Event(moment, "landing_page_viewed", None, {}, known=False, anonymous=name) for moment in moments]


def _browser(draw: Draw) -> str:
    return f"{draw.between(0, 16**8 - 1):08x}-{draw.between(0, 16**4 - 1):04x}"
