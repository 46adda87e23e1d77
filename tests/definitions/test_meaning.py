"""The meaning of a metric: what changes it, and what must not."""

from pathlib import Path

import pytest

from prodops_metrics.errors import UnknownIdError
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
SEGMENTS = "segments:\n  paying: {description: Paid, where: \"plan in ('pro')\"}\n"
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
    ("s", "'pro'", "'free'"),
    ("s", "}\n", "}\n  big: {where: seats > 10}\n"),
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


OF_SEGMENT = [
    ("s", "'pro'", "'free'"),
    ("s", "description: Paid", "entity: account, description: Paid"),
    ("s", "paying:", "payers:"),
    ("sources", "signed_up: time", "signed_up: string"),
]
NOT_OF_SEGMENT = [
    ("s", "Paid", "Accounts that pay"),
    ("s", "(plan in ('pro') and signed_up > '2026-01-01')", "plan IN ('pro') AND (signed_up > '2026-01-01')"),
    ("s", "}\n", "}\n  big: {where: seats > 10}\n"),
    ("sources", "seats: integer", "seats: number"),
]
DATED = SEGMENTS.replace("plan in ('pro')", "(plan in ('pro') and signed_up > '2026-01-01')")


@pytest.mark.parametrize(("file", "old", "new"), OF_SEGMENT)
def test_whatever_can_change_a_segment_changes_its_meaning(tmp_path: Path, file: str, old: str, new: str) -> None:
    before, after = segment_meanings(tmp_path, file, old, new)
    assert before != after


@pytest.mark.parametrize(("file", "old", "new"), NOT_OF_SEGMENT)
def test_nothing_else_changes_the_meaning_of_a_segment(tmp_path: Path, file: str, old: str, new: str) -> None:
    before, after = segment_meanings(tmp_path, file, old, new)
    assert before == after
    assert len(before) == 12


def segment_meanings(folder: Path, file: str, old: str, new: str) -> tuple[str, str]:
    """The meaning of the first segment before and after a change of one file."""
    files = {**SAME, "s": DATED}
    assert old in files[file]
    catalogs = loaded(folder / "a", **files), loaded(folder / "b", **{**files, file: files[file].replace(old, new, 1)})
    before, after = (catalog.segment_meaning(next(iter(catalog.segments))) for catalog in catalogs)
    return before, after


def test_a_segment_that_does_not_exist_has_no_meaning(tmp_path: Path) -> None:
    with pytest.raises(UnknownIdError):
        loaded(tmp_path, **SAME).segment_meaning("payin")
