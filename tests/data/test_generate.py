"""The sample product is what its generator makes, on every machine, and another deal is as good as the committed one."""

import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from folio.fates import FATES
from folio.features import DEAL, FEATURES, dealt, shuffled
from folio.people import make_accounts, make_users
from folio.stories import story
from prodops_metrics.metrics import inspect_project, load_catalog
from tests.data.exported import Exported, text_of, truth_of

LIMIT = 10_000_000
MORNING = datetime(2026, 9, 7, 8)
ELSEWHERE = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C"}


def generated(data: Path, *arguments: str) -> None:
    """Runs the generator as people do, on a machine that is set up otherwise."""
    command = [sys.executable, str(data / "generate.py"), *arguments]
    done = subprocess.run(command, env={**os.environ, **ELSEWHERE}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, made anew by a copy of its generator."""
    folder = tmp_path_factory.mktemp("made") / "data"
    folder.mkdir()
    (folder / "generate.py").write_bytes((data / "generate.py").read_bytes())
    (folder / "folio").symlink_to(data / "folio")
    generated(folder)
    return folder


@pytest.fixture(scope="module")
def other_deal(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with another seed, in which the fates were dealt to other features."""
    folder = tmp_path_factory.mktemp("dealt")
    generated(data, "--seed", "7", "--shuffle", str(folder))
    return folder


def test_the_committed_files_are_what_the_generator_makes_anywhere(data: Path, made: Path) -> None:
    committed = [*sorted(path.relative_to(data) for path in (data / "exports").rglob("*.csv*")), Path("truth.json")]
    found = [*sorted(path.relative_to(made) for path in (made / "exports").rglob("*.csv*")), Path("truth.json")]
    assert found == committed
    # Texts and not bytes: another zlib packs the same text differently.
    assert [name for name in committed if text_of(data / name) != text_of(made / name)] == []


def test_gzip_headers_hold_neither_time_nor_name(exported: Exported) -> None:
    assert {path.read_bytes()[:10] for path in exported.event_files} == {b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"}


def test_the_sample_stays_small(data: Path) -> None:
    assert sum(path.stat().st_size for path in (data / "exports").rglob("*") if path.is_file()) < LIMIT


def test_nine_fates_are_dealt_and_search_is_the_hit() -> None:
    assert sorted(DEAL.values()) == sorted(FATES)
    assert len(FATES) == len(FEATURES) == 9
    assert DEAL["search"] == "hit"


def test_another_seed_deals_the_same_fates_to_other_features() -> None:
    deals = [shuffled(seed) for seed in range(20)]
    assert all(sorted(deal.values()) == sorted(FATES) for deal in deals)
    assert len({deal["search"] for deal in deals}) > 5


def test_a_feature_more_or_less_leaves_what_people_do_with_the_others() -> None:
    user = next(user for user in make_users(1, make_accounts(1)) if user.role == "editor" and user.pace > 0.3)
    days = [date(2026, 9, 7 + number) for number in range(20)]

    def lived(features: set[str]) -> list[Any]:
        stories = [story(1, user, feature) for feature in dealt() if feature.id in features]
        return [list(each.day(day, MORNING)) for day in days for each in stories if each and each.dealt.id == "search"]

    assert any(lived({"search"}))
    assert lived({"search"}) == lived({"search", "export", "comments"})


def test_another_deal_is_a_project_of_its_own_without_faults(data: Path, other_deal: Path) -> None:
    truth = truth_of(other_deal / "data" / "truth.json")
    assert {feature: facts["fate"] for feature, facts in truth["features"].items()} == shuffled(7)
    assert inspect_project(other_deal).faults == ()
    catalog = load_catalog(other_deal)
    for feature, facts in truth["features"].items():
        assert str(catalog.features[feature].launched) == facts["launched"]
        assert catalog.features[feature].stage == FATES[facts["fate"]].stage


def test_another_seed_makes_another_history(data: Path, other_deal: Path) -> None:
    names = [path.name for path in Exported(data / "exports").event_files]
    other = other_deal / "data" / "exports" / "events"
    assert sorted(path.name for path in other.iterdir()) == names
    assert all((other / name).read_bytes() != (data / "exports" / "events" / name).read_bytes() for name in names)
