"""The exports hold what real ones do, flaws included, and the truth counts every one of them."""

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.data.exported import Exported, Row

BERLIN = ZoneInfo("Europe/Berlin")


def local_day(text: str) -> str:
    moment = datetime.fromisoformat(f"{text}+00:00")
    return str(moment.astimezone(BERLIN).date())


def test_rows_are_loaded_duplicate_quarantined_or_no_rows(truth: dict[str, Any], exported: Exported) -> None:
    faults = Counter(exported.fault(line) for _, line in exported.lines)
    control, fine = faults.pop("header"), faults.pop(None)
    assert truth["exports"]["product"] == {
        "files": len(exported.event_files),
        "rows": len(exported.lines),
        "loaded": len(exported.rows),
        "duplicates": fine - len(exported.rows),
        "quarantined": faults.total(),
        "control": control,
    }
    assert truth["flaws"]["quarantined_for"] == faults


def test_there_is_a_file_for_every_day_and_enough_in_it(truth: dict[str, Any], exported: Exported) -> None:
    first, last = (datetime.fromisoformat(truth["days"][key]).date() for key in ("first", "last"))
    expected = [f"{first + timedelta(days=number)}.csv.gz" for number in range((last - first).days + 1)]
    assert [path.name for path in exported.event_files] == expected
    assert 380_000 < len(exported.rows) < 480_000


def test_flaws_are_those_of_real_exports(truth: dict[str, Any], exported: Exported) -> None:
    flaws, rows = truth["flaws"], exported.rows
    assert flaws["without_user"] == sum(not row["user_id"] for row in rows)
    assert flaws["under_old_name"] == sum(row["event"] == "comment_created" for row in rows)
    assert flaws["values_of_another_type"] == sum(row["seconds"] == "n/a" for row in rows)
    assert flaws["late"] == _late(exported)
    assert all(flaws.values())


def _late(exported: Exported) -> int:
    """Events that stand only in files that are named after a later day than their own."""
    own = {line[0] for path, line in exported.lines if not exported.fault(line) and path.name[:10] == local_day(line[5])}
    return len({row["event_id"] for row in exported.rows} - own)


def test_anonymous_ids_are_tied_to_people_later(truth: dict[str, Any], exported: Exported) -> None:
    tied = exported.table("identities.csv")
    people: dict[str, set[str]] = {}
    for row in tied:
        people.setdefault(row["anonymous_id"], set()).add(row["user_id"])
    shared = [name for name, users in people.items() if len(users) > 1]
    flaws = truth["flaws"]
    assert (flaws["users_tied_to_one_id"], 1) == (len(people[shared[0]]), len(shared))
    assert flaws["users_tied_to_one_id"] > 50, "more than any person has"
    assert flaws["anonymous_ids_tied"] == len(people) - 1
    assert flaws["anonymous_ids"] == len({row["anonymous_id"] for row in exported.rows} - {""}) > len(people)


def test_before_the_login_there_is_an_anonymous_id_and_no_user(exported: Exported) -> None:
    seen = [row for row in exported.rows if row["event"] == "landing_page_viewed"]
    assert all(row["anonymous_id"] and not row["user_id"] for row in seen)
    signed_up = {row["anonymous_id"]: row["time"] for row in exported.rows if row["event"] == "signed_up"}
    later = [row for row in seen if row["anonymous_id"] in signed_up and not row["anonymous_id"].startswith("0000")]
    assert later
    assert all(row["time"] < signed_up[row["anonymous_id"]] for row in later)


def test_users_are_counted(truth: dict[str, Any], exported: Exported) -> None:
    users, accounts = exported.table("users.csv"), exported.table("accounts.csv")
    history = Counter(row["account_id"] for row in accounts)
    assert truth["users"] == {
        "listed": len(users),
        "seen": len({row["user_id"] for row in exported.rows} - {""}),
        "internal": sum(user["internal"] == "true" for user in users),
        "invited": sum(user["beta"] != "" for user in users),
        "joined_during_the_data": sum(user["signed_up"] >= truth["days"]["first"] for user in users),
        "in_accounts_that_changed_plan": sum(history[user["account_id"]] > 1 for user in users),
    }
    assert len(users) == 6000
    assert {user["account_id"] for user in users} == history.keys()
    assert len(history) == 400
    assert {row["user_id"] for row in exported.rows} - {""} <= {user["user_id"] for user in users}


def test_plans_change_while_we_look_and_nobody_goes_back_to_the_free_one(truth: dict[str, Any], exported: Exported) -> None:
    by_account: dict[str, list[Row]] = {}
    for row in exported.table("accounts.csv"):
        by_account.setdefault(row["account_id"], []).append(row)
    changed = [rows for rows in by_account.values() if len(rows) > 1]
    assert len(changed) > 30
    for rows in changed:
        assert [row["since"] for row in rows] == sorted({row["since"] for row in rows})
        assert rows[1]["plan"] not in {"free", rows[0]["plan"]}
        assert truth["days"]["first"] < rows[1]["since"] < truth["days"]["last"]


def test_every_event_lies_between_the_first_day_and_the_export(truth: dict[str, Any], exported: Exported) -> None:
    times = sorted(row["time"] for row in exported.rows)
    assert local_day(times[0]) == truth["days"]["first"]
    assert times[-1] < truth["exported_at_utc"]
    assert local_day(times[-1]) == truth["days"]["last"]


def test_rollbacks_that_customers_notice_became_rarer(truth: dict[str, Any], exported: Exported) -> None:
    releases = exported.table("releases.csv")
    assert len({row["version"] for row in releases}) == len(releases)
    assert all(row["released_at"] < row["rolled_back_at"] for row in releases if row["rolled_back_at"])
    before, since = truth["releases"]["before"], truth["releases"]["since"]
    assert before["noticed_by_customers"] / before["shipped"] > 3 * since["noticed_by_customers"] / since["shipped"]


def test_every_turn_of_a_feature_came_with_a_release(truth: dict[str, Any], exported: Exported) -> None:
    days = {row["released_at"][:10] for row in exported.table("releases.csv") if not row["rolled_back_at"]}
    turns = {facts["turned"] for facts in truth["features"].values()} - {None}
    assert turns <= days
    assert len(turns) == 4


def test_the_survey_tool_and_the_events_tell_of_the_same_answers(exported: Exported) -> None:
    answers = Counter((row["user_id"], row["feature"], row["score"]) for row in exported.table("surveys.csv"))
    rows = [row for row in exported.rows if row["event"] == "survey_answered" and row["user_id"]]
    assert answers == Counter((row["user_id"], row["feature"], row["score"]) for row in rows)
    assert all(re.fullmatch("[1-5]", row["score"]) for row in rows)
    assert answers.total() > 1000


def test_half_of_those_who_were_shown_something_saw_each_variant(truth: dict[str, Any], exported: Exported) -> None:
    staff = {user["user_id"] for user in exported.table("users.csv") if user["internal"] == "true"}
    rows = [row for row in exported.rows if row["event"] == "experiment_viewed" and row["user_id"]]
    seen = {(row["user_id"], row["variant"]) for row in rows if row["user_id"] not in staff}
    users = Counter(variant for _, variant in seen)
    assert truth["experiment"]["users"] == users
    assert len({user for user, _ in seen}) == len(seen), "nobody saw both"
