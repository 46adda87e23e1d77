"""The meaning of a metric: what changes it, and what must not."""

from pathlib import Path

import pytest

from tests.definitions.sample import EVENTS, FEATURES, PROJECT, SOURCES, loaded

METRICS = """\
metrics:
  weekly:
    description: People who searched
    type: count_distinct
    event: search_submitted
    filter: {results: {at_least: 1}}
    feature: search
    grain: week
"""
SEGMENTS = "segments: {paying: {description: Paid, where: \"plan in ('pro')\"}}\n"
SAME = {"project": PROJECT, "sources": SOURCES, "events": EVENTS, "features": FEATURES, "m": METRICS, "s": SEGMENTS}

WORDING = [
    ("m", "People who searched", "Something else altogether"),
    (
        "m",
        "feature: search",
        "feature: search\n    owner: team-discovery\n    status: draft\n    question: Who?\n    unit: people",
    ),
    ("m", "feature: search", "feature: search\n    format: number\n    higher_is_better: false\n    change_note: reworded"),
    ("m", "{at_least: 1}", "{ at_least: '1' }"),
    ("m", "search_submitted", "Search Submitted"),
    ("m", "weekly:", "weekly:\n    # a comment"),
    ("m", "feature: search", "feature: search\n    entity: user"),
    ("m", "metrics:\n", "metrics:\n  other: {description: x, type: share, event: any}\n"),
    ("project", "name: Demo", "name: Other\n  small_sample: 50\n  level: 0.9"),
    ("project", "name: Discovery", "name: Explorers"),
    ("project", "Our own people", "Colleagues"),
    ("events", "User pressed enter", "The user searched"),
    ("events", "  search_clicked:", "  more: {aliases: [More]}\n  search_clicked:"),
    ("features", "Full-text search", "Finds things"),
    ("features", "launched: 2026-05-04", "stage: beta"),
    ("s", "Paid", "Accounts that pay"),
    ("s", "plan in ('pro')", "(plan) IN ('pro')"),
]


@pytest.mark.parametrize(("file", "old", "new"), WORDING)
def test_wording_does_not_change_it(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert old in SAME[file]
    before = loaded(tmp_path / "a", **SAME)
    after = loaded(tmp_path / "b", **{**SAME, file: SAME[file].replace(old, new, 1)})
    assert after.meaning("weekly") == before.meaning("weekly")
    assert after.hash != before.hash


VALUES = [
    ("m", "at_least: 1", "at_least: 2"),
    ("m", "at_least: 1", "at_most: 1"),
    ("m", "grain: week", "grain: month"),
    ("m", "grain: week", "window: 28 days"),
    ("m", "grain: week", "grain: week\n    entity: account"),
    ("m", "event: search_submitted", "event: [search_submitted, search_opened]"),
    ("m", "event: search_submitted", "event: {event: search_submitted, first_time: event}"),
    ("m", "event: search_submitted", "event: {event: search_submitted, where: cached}"),
    ("m", "type: count_distinct", "type: share"),
    ("m", "    feature: search\n", ""),
    ("events", "[Search Submitted]", "[Search Submitted, Searched]"),
    ("events", "activity: false", "activity: true"),
    ("events", "results: integer", "results: number"),
    ("features", "{plan: {not: viewer}}", "{plan: {not: [viewer, free]}}"),
    ("project", "Europe/Berlin", "Europe/Paris"),
    ("project", "timezone:", "week_start: sunday\n  timezone:"),
    ("project", "{plan: internal}", "{plan: viewer}"),
    ("project", "{column: user, parent: account}", "{column: user}"),
    ("project", "user: {column: user,", "user: {column: uid,"),
    ("sources", "seats: integer", "seats: number"),
    ("s", "'pro'", "'free'"),
]


@pytest.mark.parametrize(("file", "old", "new"), VALUES)
def test_whatever_can_change_the_value_changes_it(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert old in SAME[file]
    # Without a parent the user has no attributes, so that project declares them on users.
    files = {**SAME, "more": "sources: {u: {kind: units, entity: user, key: id, files: u.csv, properties: {plan: string}}}"}
    before = loaded(tmp_path / "a", **files)
    after = loaded(tmp_path / "b", **{**files, file: SAME[file].replace(old, new, 1)})
    assert after.meaning("weekly") != before.meaning("weekly")


def test_a_standard_metric_follows_the_roles_of_its_feature(tmp_path: Path) -> None:
    before = loaded(tmp_path / "a", **SAME)
    after = loaded(
        tmp_path / "b", **{**SAME, "features": FEATURES.replace("used: Search Submitted", "used: search_clicked")}
    )
    assert before.meaning("search.adoption") != after.meaning("search.adoption")
    assert before.meaning("search.exposure") == after.meaning("search.exposure")


def test_two_metrics_that_compute_the_same_have_one_meaning(tmp_path: Path) -> None:
    catalog = loaded(tmp_path, **{**SAME, "n": METRICS.replace("weekly:", "again:").replace("People", "Persons")})
    assert catalog.meaning("weekly") == catalog.meaning("again")
    assert len(catalog.meaning("again")) == 12
