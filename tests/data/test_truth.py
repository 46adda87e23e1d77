"""The truth is what the engine answers and what a plain count over the files finds, and every fate can be told from it."""

import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prodops_metrics.definitions.rulings import Bound, Failing, StageIs
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.answers import Headline, headlines
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.reports.verdicts import verdict
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent
from tests.data.exported import Exported, Row, truth_of

ELIGIBLE: dict[str, Callable[[Row], bool]] = {
    "search": lambda user: True,
    "version_history": lambda user: user["role"] != "viewer",
    "templates": lambda user: user["role"] != "viewer",
    "ai_summary": lambda user: user["role"] != "viewer" and user["plan"] != "free",
    "comments": lambda user: user["role"] != "viewer",
    "export": lambda user: True,
    "offline_mode": lambda user: user["beta"] == "offline_mode",
    "share_links": lambda user: True,
    "macros": lambda user: user["role"] != "viewer",
}
ROLES = {  # exposed, used
    "search": ("search_opened", "search_submitted"),
    "version_history": ("history_opened", "version_compared"),
    "templates": ("template_gallery_opened", "template_picked"),
    "ai_summary": ("ai_summary_offered", "ai_summary_requested"),
    "comments": ("comment_panel_opened", "comment_added"),
    "export": ("export_menu_opened", "export_started"),
    "offline_mode": ("offline_prompt_shown", "offline_session_started"),
    "share_links": ("share_dialog_opened", "link_created"),
    "macros": ("macro_menu_opened", "macro_started"),
}
QUIET = {"sync_completed", "landing_page_viewed"}
BERLIN_DAYS = ("2026-10-19 22:00:00", "2026-11-16 23:00:00")  # 20 October to 16 November, the clocks having changed
STANDARD = ("exposure", "adoption", "active_units", "activation", "retention", "failure_rate")
Counts = tuple[float, float | None]


@pytest.fixture(scope="module")
def recent(exported: Exported) -> dict[str, set[str]]:
    """Who sent which event in the last 28 days."""
    who = defaultdict[str, set[str]](set)
    for row in exported.rows:
        if BERLIN_DAYS[0] <= row["time"] < BERLIN_DAYS[1] and row["user_id"]:
            who[row["event"]].add(row["user_id"])
    return who


@pytest.mark.parametrize("feature", sorted(ROLES))
def test_a_plain_count_over_the_files_finds_the_adoption(
    truth: dict[str, Any], exported: Exported, recent: dict[str, set[str]], feature: str
) -> None:
    plans = {row["account_id"]: row["plan"] for row in exported.table("accounts.csv") if row["since"] <= "2026-11-16"}
    users = [{**user, "plan": plans[user["account_id"]]} for user in exported.table("users.csv")]
    eligible = {user["user_id"] for user in users if user["internal"] == "false" and ELIGIBLE[feature](user)}
    active = set[str]().union(*(ids for event, ids in recent.items() if event not in QUIET)) & eligible
    exposed, used = (recent[event] & eligible for event in ROLES[feature])
    found = truth["features"][feature]["last_28_days"]
    assert (found["eligible_active"], found["exposed"], found["used"]) == (len(active), len(exposed), len(used))
    assert found["adoption"] == round(len(used) / len(active), 4)


def counted(facts: dict[str, Any]) -> dict[str, Counts]:
    """Numerator and denominator of every standard metric, by the truth."""
    month, activation, retention = facts["last_28_days"], facts["activation"], facts["retention"]
    week = facts["failure_rate"]["last_week"]
    return {
        "exposure": (month["exposed"], month["eligible_active"]),
        "adoption": (month["used"], month["eligible_active"]),
        "active_units": (facts["active_users"]["28"], None),
        "activation": (activation["succeeded"], activation["exposed"]),
        "retention": (retention["returned"], retention["cohort"]),
        "failure_rate": (week["failed"], week["attempted"]),
    }


def answered(session: Session, feature: str) -> dict[str, Headline]:
    return {name: headlines(session, session.metric(f"{feature}.{name}"))[-1] for name in STANDARD}


def agrees(headline: Headline, expected: Counts) -> bool:
    numerator, denominator = expected
    return headline.now.numerator == numerator and denominator in {None, headline.now.denominator}


@pytest.mark.parametrize("feature", sorted(ROLES))
def test_the_engine_answers_the_truth_for_every_standard_metric(
    truth: dict[str, Any], sample: Session, feature: str
) -> None:
    expected, found = counted(truth["features"][feature]), answered(sample, feature)
    assert {name: found[name].now for name in expected if not agrees(found[name], expected[name])} == {}
    before = truth["features"][feature]["the_28_days_before"]
    assert (found["adoption"].then.numerator, found["adoption"].then.denominator) == (
        before["used"],
        before["eligible_active"],
    )


def judged(session: Session, feature: str) -> tuple[str, str]:
    """The verdict on a feature, and what says so first: a metric, or the word for what is no metric."""
    found = verdict(session, session.catalog.feature(feature))
    assert found.rests_on
    match found.rests_on.grounds[0].condition:
        case Bound(metric=name):
            return found.state, name
        case Failing():
            return found.state, "health"
        case StageIs():
            return found.state, "stage"
        case other:
            return found.state, type(other).__name__


def planted(facts: dict[str, Any]) -> tuple[str, str]:
    return facts["verdict"], facts["first_reason"]


@pytest.mark.parametrize("feature", sorted(ROLES))
def test_the_fate_leaves_no_doubt(truth: dict[str, Any], sample: Session, feature: str) -> None:
    assert judged(sample, feature) == planted(truth["features"][feature])


def test_fates_can_be_told_apart(truth: dict[str, Any]) -> None:
    by_fate = {facts["fate"]: facts for facts in truth["features"].values()}
    adoption = {fate: (facts["the_28_days_before"], facts["last_28_days"]) for fate, facts in by_fate.items()}
    growth = {fate: now["adoption"] / before["adoption"] - 1 for fate, (before, now) in adoption.items()}
    assert growth["slow_burner"] > 0.05 > abs(growth["hit"])
    assert growth["declining"] < -0.3
    assert adoption["hit"][1]["adoption"] > 2 * adoption["slow_burner"][1]["adoption"]
    not_understood = adoption["not_understood"][1]
    assert not_understood["exposed"] > 0.5 * not_understood["eligible_active"] > 5 * not_understood["used"]
    assert by_fate["tried_once"]["frequency"]["mean"] < 1.4 < by_fate["hit"]["frequency"]["mean"]
    assert by_fate["failing"]["latency_ms"]["last_28_days"]["p90"] > 2 * 1800 * 2
    assert by_fate["untracked"]["events_without_user"]["share"] > 0.8
    assert by_fate["too_few"]["last_28_days"]["eligible_active"] < 30


def test_the_states_of_a_week_add_up(truth: dict[str, Any]) -> None:
    for feature, facts in truth["features"].items():
        states = facts["lifecycle"]
        assert states["new"] + states["returning"] + states["resurrected"] > 0, feature
        assert facts["frequency"]["users"] == facts["last_28_days"]["used"], feature
        assert facts["time_to_adopt"]["adopted"] <= facts["ever_used"], feature


def test_a_refresh_gives_account_of_every_row(truth: dict[str, Any], sample: Session) -> None:
    columns = ("loaded", "duplicates", "quarantined", "control")
    sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in columns)
    table = sample.warehouse.table(
        f"SELECT source, count(*) AS files, sum(rows_read)::BIGINT AS rows, {sums} FROM loads GROUP BY source"
    )
    assert {row.pop("source"): row for row in table.to_dicts()} == truth["exports"]


def test_a_refresh_sets_aside_what_was_planted(truth: dict[str, Any], sample: Session) -> None:
    reasons = dict(sample.warehouse.table("SELECT reason, count(*) FROM quarantine GROUP BY reason").iter_rows())
    assert reasons == truth["flaws"]["quarantined_for"]
    aside = sample.warehouse.table("SELECT sum(values_set_aside)::BIGINT AS n FROM loads").item()
    assert aside == truth["flaws"]["values_of_another_type"]
    unknown = sample.warehouse.table(
        "SELECT count(*) AS n FROM events WHERE user_key IS NULL AND release_key IS NULL"
    ).item()
    assert unknown == truth["flaws"]["without_any_id"] < truth["flaws"]["without_user"]


def test_visitors_are_the_users_who_they_turned_out_to_be(truth: dict[str, Any], sample: Session) -> None:
    merged = sample.warehouse.table("SELECT count(*) AS n FROM user_units WHERE merged_into IS NOT NULL").item()
    assert merged == truth["flaws"]["anonymous_ids_merged"] > 1000
    refused = sample.warehouse.table("SELECT id, others FROM refused_ids").rows()
    assert refused == [("00000000-0000", truth["flaws"]["users_tied_to_one_id"])]


@pytest.mark.long
@pytest.mark.parametrize("seed", [7, 11])
def test_another_deal_is_answered_as_well_and_leaves_no_doubt(data: Path, tmp_path: Path, seed: int) -> None:
    made = [sys.executable, str(data / "generate.py"), "--seed", str(seed), "--shuffle", str(tmp_path / "made")]
    subprocess.run(made, check=True)
    project = Path(shutil.move(tmp_path / "made", tmp_path / "project"))
    refresh(load_catalog(project), progress=Silent())
    session = open_session(project)
    for feature, facts in truth_of(project / "data" / "truth.json")["features"].items():
        found = answered(session, feature)
        assert all(agrees(found[name], counts) for name, counts in counted(facts).items()), feature
        assert judged(session, feature) == planted(facts), feature
    session.warehouse.close()
