"""The sample product is what its generator makes, and its truth is what a plain count over the files finds."""

import csv
import gzip
import importlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

DATA = Path(__file__).parents[2] / "data"
EVENT_FILES = sorted((DATA / "exports" / "events").glob("*.csv.gz"))
LIMIT = 3_000_000
BERLIN = ZoneInfo("Europe/Berlin")
ELIGIBLE: dict[str, Callable[[dict[str, str]], bool]] = {
    "search": lambda user: True,
    "comments": lambda user: user["role"] != "viewer",
    "export": lambda user: True,
    "templates": lambda user: user["role"] != "viewer",
    "ai_summary": lambda user: user["role"] != "viewer" and user["plan"] != "free",
    "offline_mode": lambda user: user["offline_pilot"] == "true",
}
ROLES = {  # exposed, used
    "search": ("search_opened", "search_submitted"),
    "comments": ("comment_panel_opened", "comment_added"),
    "export": ("export_menu_opened", "export_started"),
    "templates": ("template_gallery_opened", "template_picked"),
    "ai_summary": ("ai_summary_offered", "ai_summary_requested"),
    "offline_mode": ("offline_prompt_shown", "offline_session_started"),
}
Row = dict[str, str]


@pytest.fixture(scope="module")
def generate() -> Iterator[Callable[[Path, int], None]]:
    """The generator, imported the way `python data/generate.py` finds its modules."""
    sys.path.insert(0, str(DATA))
    yield importlib.import_module("generate").generate
    sys.path.remove(str(DATA))


@pytest.fixture(scope="module")
def made(generate: Callable[[Path, int], None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("made")
    generate(target, 1)
    return target


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "truth.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def lines() -> list[list[str]]:
    """All lines of the events files after their headers, split at commas."""
    return [line for path in EVENT_FILES for line in list(csv.reader(_text(path).splitlines()))[1:]]


@pytest.fixture(scope="module")
def rows(lines: list[list[str]]) -> list[Row]:
    """The first occurrence of every event that a careful reader would take."""
    header = next(csv.reader(_text(EVENT_FILES[0]).splitlines()))
    well_formed = [dict(zip(header, line, strict=True)) for line in lines if _well_formed(line, len(header))]
    return list({row["event_id"]: row for row in reversed(well_formed)}.values())


def test_the_same_seed_gives_the_same_bytes(generate: Callable[[Path, int], None], made: Path, tmp_path: Path) -> None:
    generate(tmp_path, 1)
    assert _bytes(tmp_path) == _bytes(made)


def test_another_seed_gives_another_product(generate: Callable[[Path, int], None], made: Path, tmp_path: Path) -> None:
    generate(tmp_path, 2)
    different = _bytes(tmp_path)
    assert different.keys() == _bytes(made).keys()
    assert all(different[name] != content for name, content in _bytes(made).items())


def test_the_committed_files_are_what_the_generator_makes(made: Path) -> None:
    committed = [*sorted(path.relative_to(DATA) for path in (DATA / "exports").rglob("*.csv*")), Path("truth.json")]
    assert committed == sorted(path.relative_to(made) for path in made.rglob("*.*"))
    # Texts and not bytes: another zlib packs the same text differently.
    assert [name for name in committed if _text(DATA / name) != _text(made / name)] == []


def test_gzip_headers_hold_neither_time_nor_name() -> None:
    assert {path.read_bytes()[:10] for path in EVENT_FILES} == {b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"}


def test_the_sample_stays_small() -> None:
    assert sum(path.stat().st_size for path in (DATA / "exports").rglob("*") if path.is_file()) < LIMIT


def test_rows_are_loaded_duplicate_or_malformed(truth: dict[str, Any], lines: list[list[str]], rows: list[Row]) -> None:
    malformed = sum(not _well_formed(line, len(rows[0])) for line in lines)
    assert truth["exports"]["events"] == {
        "files": len(EVENT_FILES),
        "rows": len(lines),
        "loaded": len(rows),
        "duplicates": len(lines) - malformed - len(rows),
        "malformed": malformed,
    }


def test_flaws_are_those_of_real_exports(truth: dict[str, Any], rows: list[Row], lines: list[list[str]]) -> None:
    seen: Counter[str] = Counter(line[0] for line in lines)
    assert max(seen.values()) == 2
    assert truth["flaws"]["without_user"] == sum(not row["user_id"] for row in rows)
    assert truth["flaws"]["under_old_name"] == sum(row["event"] == "comment_created" for row in rows)
    assert truth["flaws"]["late"] == _from_earlier_weeks() - truth["exports"]["events"]["duplicates"]


def test_users_are_counted(truth: dict[str, Any], rows: list[Row]) -> None:
    users = _table("users.csv")
    accounts = {account["account_id"] for account in _table("accounts.csv")}
    assert truth["users"] == {
        "listed": len(users),
        "seen": len({row["user_id"] for row in rows} - {""}),
        "internal": sum(user["internal"] == "true" for user in users),
        "joined_during_the_data": sum(user["signed_up"] >= truth["days"]["first"] for user in users),
    }
    assert {user["account_id"] for user in users} == accounts
    assert {row["user_id"] for row in rows} - {""} <= {user["user_id"] for user in users}
    assert truth["exports"]["users"]["rows"] == len(users) == 1500
    assert truth["exports"]["accounts"]["rows"] == len(accounts) == 120


def test_every_event_lies_between_the_first_day_and_the_export(truth: dict[str, Any], rows: list[Row]) -> None:
    times = sorted(row["time"] for row in rows)
    assert times[0] >= "2026-06-28 22:00:00"  # midnight in Berlin
    assert times[-1] < truth["exported_at_utc"]
    assert times[-1] > "2026-11-17 12:50:00"


@pytest.mark.parametrize("feature", sorted(ROLES))
def test_a_plain_count_finds_the_adoption_in_truth(truth: dict[str, Any], rows: list[Row], feature: str) -> None:
    plans = {account["account_id"]: account["plan"] for account in _table("accounts.csv")}
    users = [{**user, "plan": plans[user["account_id"]]} for user in _table("users.csv")]
    eligible = {user["user_id"] for user in users if user["internal"] == "false" and ELIGIBLE[feature](user)}
    who = defaultdict[str, set[str]](set)
    for row in rows:  # 20 October to 16 November in Berlin
        if "2026-10-19 22:00:00" <= row["time"] < "2026-11-16 23:00:00":
            who[row["event"].replace("comment_created", "comment_added")].add(row["user_id"])
    active = set[str]().union(*(ids for event, ids in who.items() if event != "sync_completed")) & eligible
    exposed, used = (who[event] & eligible for event in ROLES[feature])
    found = {"eligible_active": len(active), "exposed": len(exposed), "used": len(used)}
    assert truth["features"][feature]["last_28_days"] == {**found, "adoption": round(len(used) / len(active), 4)}


@pytest.mark.parametrize(
    ("feature", "low", "high"),
    [("search", 0.42, 0.50), ("comments", 0.31, 0.39), ("export", 0.09, 0.15), ("templates", 0.05, 0.11)],
)
def test_adoption_is_near_what_was_planted(truth: dict[str, Any], feature: str, low: float, high: float) -> None:
    assert low < truth["features"][feature]["last_28_days"]["adoption"] < high


def test_fates_can_be_told_apart(truth: dict[str, Any]) -> None:
    order = [feature for feature in truth["adoption_order"] if feature != "offline_mode"]
    assert order == ["search", "comments", "ai_summary", "export", "templates"]
    recent = {feature: facts["last_28_days"] for feature, facts in truth["features"].items()}
    assert recent["templates"]["exposed"] > 7 * recent["templates"]["used"]
    assert recent["offline_mode"]["eligible_active"] < 30


def test_few_come_back_to_the_summary_and_many_to_search(rows: list[Row]) -> None:
    assert _days_of_use(rows, "ai_summary_requested") < 1.3
    assert _days_of_use(rows, "search_submitted") > 5


def _from_earlier_weeks() -> int:
    """Rows in a file that begins after their day: those that came late, and those that the file repeats."""
    found = 0
    for path in EVENT_FILES:
        monday = datetime.fromisoformat(path.name.removesuffix(".csv.gz")).replace(tzinfo=BERLIN)
        rows = csv.DictReader(_text(path).splitlines())
        found += sum(_moment(row["time"]) < monday for row in rows if row["time"] and _is_time(row["time"]))
    return found


def _days_of_use(rows: list[Row], event: str) -> float:
    """Mean number of different days on which a user did it."""
    days = {(row["user_id"], row["time"][:10]) for row in rows if row["event"] == event and row["user_id"]}
    return len(days) / len({user for user, _ in days})


def _well_formed(line: list[str], width: int) -> bool:
    return len(line) == width and _is_time(line[4])


def _is_time(text: str) -> bool:
    try:
        _moment(text)
    except ValueError:
        return False
    return True


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def _table(name: str) -> list[Row]:
    return list(csv.DictReader((DATA / "exports" / name).read_text(encoding="utf-8").splitlines()))


def _text(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
