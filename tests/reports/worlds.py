"""Small products with known behaviour: people in accounts who use features week by week, refreshed and opened."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from prodops_metrics.reports.session import Session
from tests import projects
from tests.projects import opened, write_project

FIRST = date(2026, 1, 5)
"""A Monday, the first day of every world."""
PROJECT = """\
  entities: {user: {column: user, parent: account}, account: {column: account}}
"""
SOURCES = f"""\
{projects.SOURCES}\
  people:
    kind: units
    entity: user
    key: user
    files: people.csv
    columns: {{account: account}}
"""


@dataclass(frozen=True)
class Fate:
    """How a feature fares in a week, counted from 0: how likely people use it, fail with it, and keep their id."""

    uses: Callable[[int], float] = lambda _week: 0.3
    fails: Callable[[int], float] = lambda _week: 0.01
    known: Callable[[int], float] = lambda _week: 1.0
    attempts: int = 3


def world(
    folder: Path, fates: dict[str, Fate], *, weeks: int = 20, people: int = 300, seed: int = 1, more: str = ""
) -> Session:
    """The world of these features; everybody opens the product every week, and colleagues resemble each other."""
    events = ["opened", "never", *(f"{name}_{role}" for name in fates for role in ("used", "failed"))]
    definitions = [
        f"events:\n{''.join(f'  {event}: {{description: It happened}}' + chr(10) for event in events)}",
        "features:\n" + "".join(_feature(name) for name in fates),
        more,
    ]
    rows = sorted(_rows(fates, weeks, people, seed))
    write_project(
        folder, "".join(definitions), "event,user,time\n" + "".join(rows), small_sample=30, project=PROJECT, sources=SOURCES
    )
    (folder / "people.csv").write_text(
        "user,account\n" + "".join(f"u{one},a{one % (people // 5)}\n" for one in range(people))
    )
    return opened(folder)


def _feature(name: str) -> str:
    roles = f"used: {name}_used, failed: {name}_failed, attempted: {name}_used"
    return f"  {name}: {{{roles}, launched: 2025-01-06}}\n"


def _rows(fates: dict[str, Fate], weeks: int, people: int, seed: int) -> Iterator[str]:
    for one in range(people):
        draw = random.Random(f"{seed} opened {one}")
        for week in range(weeks):
            yield f"opened,u{one},{_moment(draw, week)}\n"
    for name, fate in fates.items():
        tilt = {account: random.Random(f"{seed} {name} a{account}").uniform(0.6, 1.4) for account in range(people // 5)}
        for one in range(people):
            draw = random.Random(f"{seed} {name} {one}")
            for week in range(weeks):
                yield from _week(draw, name, fate, f"u{one}", week, tilt[one % (people // 5)])


def _week(draw: random.Random, name: str, fate: Fate, user: str, week: int, tilt: float) -> Iterator[str]:
    if draw.random() >= fate.uses(week) * tilt:
        return
    for _ in range(fate.attempts):
        who = user if draw.random() < fate.known(week) else ""
        moment = _moment(draw, week)
        yield f"{name}_used,{who},{moment}\n"
        if draw.random() < fate.fails(week):
            yield f"{name}_failed,{who},{moment}\n"


def _moment(draw: random.Random, week: int) -> str:
    day = FIRST + timedelta(days=7 * week + draw.randrange(7))
    return f"{day}T{draw.randrange(24):02d}:{draw.randrange(60):02d}:00"


def end_of(week: int) -> date:
    """The last day of a week, counted from 0."""
    return FIRST + timedelta(days=7 * week + 6)
