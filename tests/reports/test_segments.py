"""Which segments differ: each against the rest, named only where both tests say so."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from prodops_metrics.cli.app import app
from prodops_metrics.reports.answers import Shape
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.segments import SegmentTest, segment_sentences
from prodops_metrics.reports.session import Session
from tests.projects import SOURCES, opened, write_project

DEFINITIONS = """\
properties: {device: {type: string}, took: {type: number}}
events: {came: {description: One}, used: {description: Two}}
metrics:
  adoption: {type: share, description: Adoption, event: used, of: active}
  uses: {type: count, description: Uses, event: used}
  ratio:
    type: ratio
    description: Uses per visit
    numerator: {type: count, event: used}
    denominator: {type: count, event: came}
  often: {type: mean, description: Visits per user, event: came, per: unit}
  slow: {type: percentile, description: Slow, event: came, property: took, at: 0.5}
  path: {type: funnel, description: Path, steps: [came, used], window: 1 day, grain: week}
"""
USERS = """\
  people:
    kind: units
    entity: user
    key: user
    files: people.csv
    properties: {plan: string, side: string}
"""
PLANS = {"free": (200, 40), "pro": (100, 60), "team": (100, 32), "tiny": (6, 6)}
"""Users of each plan, and how many of them used it: of the large ones 132 in 400."""


def everyone() -> list[tuple[str, str, bool]]:
    return [(f"{plan}{at}", plan, at < used) for plan, (size, used) in PLANS.items() for at in range(size)]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("segments")
    (folder / "people.csv").write_text(
        "user,plan,side\n" + "".join(f"{user},{plan},{'lr'[at % 2]}\n" for at, (user, plan, _) in enumerate(everyone()))
    )
    lines = [f"{user},came,2024-01-02 09:00,{'ab'[at % 2]},{at}" for at, (user, _, _) in enumerate(everyone())]
    lines += [f"{user},came,2024-01-04 09:00,b,1" for user, plan, _ in everyone() if plan == "team"]
    lines += [f"{user},used,2024-01-02 10:00,a," for user, _, used in everyone() if used]
    events = "\n".join(["user,event,time,device,took", *lines, "x,came,2024-01-08 23:00,a,"])
    return opened(write_project(folder, DEFINITIONS, events, small_sample=30, sources=SOURCES + USERS))


def held(session: Session, metric: str, by: str, touch: str | None = None) -> SegmentTest:
    found = query(session, metric, Asked(shape=Shape(by=by, touch=touch))).segments
    assert found is not None
    return found


def differing(found: SegmentTest) -> dict[str, bool]:
    return {name: one.difference.point > 0 for name, one in found.contrasts.items() if one.differs}


@pytest.mark.parametrize("metric", ["adoption", "path"])
def test_those_that_differ_are_named_with_their_direction(session: Session, metric: str) -> None:
    """Free is lower and pro higher than the rest; team is not; tiny has too few to be judged, but is a part of the rest."""
    found = held(session, metric, "plan")
    assert differing(found) == {"free": False, "pro": True}
    assert set(found.contrasts) == {"free", "pro", "team"}
    rest = (138 - 60) / 306
    assert found.contrasts["pro"].difference.point == pytest.approx(0.6 - rest)


def test_a_mean_is_held_against_the_rest_too(session: Session) -> None:
    assert differing(held(session, "often", "plan")) == {}
    assert held(session, "often", "plan").contrasts["team"].difference.point == pytest.approx(1.0)


def test_where_all_are_alike_nobody_is_named(session: Session) -> None:
    found = held(session, "adoption", "side")
    assert differing(found) == {}
    assert found.overall == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize(
    ("metric", "by", "touch", "says"),
    [
        ("uses", "plan", None, "a total says how large"),
        ("slow", "plan", None, "no test for numbers of this kind"),
        ("ratio", "device", None, "in several of them"),
        ("often", "device", "any", "in several of them"),
    ],
)
def test_what_cannot_be_tested_says_so(session: Session, metric: str, by: str, touch: str | None, says: str) -> None:
    found = held(session, metric, by, touch)
    assert (says in found.reason, found.contrasts) == (True, {})
    assert says in segment_sentences(session.metric(metric), by, found)[0]


def test_without_a_breakdown_there_is_nothing_to_test(session: Session) -> None:
    assert query(session, "adoption", Asked()).segments is None


def prodops(session: Session, *words: str) -> Result:
    root: Path = session.catalog.root
    return CliRunner().invoke(app, ["--project", str(root), "query", *words], env={"COLUMNS": "200"})


def test_the_command_line_names_them(session: Session) -> None:
    shown = prodops(session, "adoption", "--by", "plan").stdout
    assert "pro is 34.5 pp above the rest (+23.4 to +44.7 pp) (p = under 0.001)." in shown
    assert "No clear difference from the rest: team." in shown
    assert "Each was held against the rest; p allows for 3 segments (Holm)." in shown
    values = json.loads(prodops(session, "adoption", "--by", "plan", "--json").stdout)["segments"]
    against = {row["segment"]: row for row in values["against_the_rest"]}
    assert (against["pro"]["differs"], against["team"]["differs"]) == (True, False)
    assert 0 <= values["overall"] < 0.001
    shown = prodops(session, "adoption", "--by", "side").stdout
    assert "No segment of side clearly differs from the rest (one test of all: p = " in shown
