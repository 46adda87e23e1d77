"""Advice: given where it stands, silenced by comments, and never given for what cannot be known."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from prodops_metrics.definitions import Catalog, Fault, advice, contents_of
from prodops_metrics.definitions.foreign import KEYS, ours
from prodops_metrics.definitions.unknowns import dropping
from prodops_metrics.metrics import METRIC_TYPES, inspect_project
from tests.definitions.sample import seen

BASE = Path(__file__).with_name("example_project")
OWNED = "event: search_submitted, owner: team-discovery"
EVENT = "events:\n  report_opened: {description: A report was shown}"
SILENCED = "# prodops: allow W503 because the next release needs it"


def advised(text: str, before: Catalog | None = None, data: tuple[Fault, ...] | None = None) -> list[Fault]:
    """The advice about the example project with one more file."""
    inspection = inspect_project(BASE, {**contents_of(BASE), "metric_defs/m.yml": text.encode()})
    return list(advice(inspection, before, data, date(2026, 11, 22)))


def catalog(text: str) -> Catalog:
    found = inspect_project(BASE, {**contents_of(BASE), "metric_defs/m.yml": text.encode()})
    assert found.catalog, found.faults
    return found.catalog


def test_the_example_project_is_beyond_advice() -> None:
    assert advised("") == []


@pytest.mark.parametrize(
    "text", [f"{EVENT}   {SILENCED}\n", "events:\n  " + SILENCED + EVENT.removeprefix("events:") + "\n"]
)
def test_a_comment_silences_advice_on_its_line_or_below(text: str) -> None:
    assert advised(text) == []
    assert [fault.code for fault in advised(text.replace(f" {SILENCED}", "").replace(SILENCED, ""))] == ["W503"]


def test_a_comment_reaches_over_other_comments() -> None:
    assert (
        advised(f"events:\n  {SILENCED}\n  # and a word about it\n  report_opened: {{description: A report was shown}}\n")
        == []
    )


COMMENTS = {
    "of_another_code": ("# prodops: allow W501 because of it", ["W503", "W506"]),
    "without_a_reason": ("# prodops: allow W503", ["W503", "W507"]),
    "without_words_behind_because": ("# prodops: allow W503 because", ["W503", "W507"]),
    "of_a_fault": ("# prodops: allow E201 because of it", ["W503", "W507"]),
    "of_no_code": ("# prodops: allow W999 because of it", ["W503", "W507"]),
    "of_nothing": ("# prodops: allow", ["W503", "W507"]),
    "of_data_that_nobody_looked_at": ("# prodops: allow D602 because of it", ["W503"]),
    "of_a_change_that_nobody_asked_for": ("# prodops: allow W504 because of it", ["W503"]),
    "that_says_something_else": ("# ask prodops about it", ["W503"]),
}


@pytest.mark.parametrize(("comment", "codes"), COMMENTS.values(), ids=COMMENTS)
def test_a_comment_that_silences_nothing_is_advised_against(comment: str, codes: list[str]) -> None:
    found = advised(f"{EVENT}   {comment}\n")
    assert [fault.code for fault in found] == codes
    assert all(seen(fault).endswith(comment) for fault in found if fault.code in {"W506", "W507"})


def test_no_comment_silences_a_fault() -> None:
    text = (
        "metrics:\n  m: {description: Of nothing, type: count, event: gone}   # prodops: allow E201 because it will come\n"
    )
    inspection = inspect_project(BASE, {**contents_of(BASE), "metric_defs/m.yml": text.encode()})
    assert [fault.code for fault in inspection.faults] == ["E201"]


def test_findings_against_the_data_are_silenced_alike() -> None:
    text = f"{EVENT}   {SILENCED.replace('W503', 'D602')}\n"
    place = catalog(text).events["report_opened"].place
    assert [fault.code for fault in advised(text, data=(Fault(place, "D602", "no row"),))] == ["W503"]
    assert [fault.code for fault in advised(text, data=(Fault(place, "D603", "wrong type"),))] == ["W503", "D603", "W506"]


def test_advice_is_given_although_other_definitions_are_faulty() -> None:
    text = f"{EVENT}\nmetrics: {{m: {{description: Of nothing, type: count, event: gone}}}}\n"
    assert [fault.code for fault in advised(text)] == ["W503"]


def test_an_event_of_a_faulty_metric_or_an_unreadable_file_is_not_called_unused() -> None:
    faulty = "metrics: {m: {description: Opened, tipe: count, event: report_opened}}"
    assert advised(f"{EVENT}\n{faulty}\n") == []
    base = {**contents_of(BASE), "metric_defs/m.yml": EVENT.encode(), "metric_defs/n.yml": f"{faulty}}}".encode()}
    assert advice(inspect_project(BASE, base)) == ()


CALCULATIONS = {
    "the_same_in_other_words": ("type: count, event: Search Submitted", ["W501"]),
    "the_same_with_another_format": ("type: count, event: search_submitted, format: number", ["W501"]),
    "with_a_filter": ("type: count, event: search_submitted, filter: {results: 1}", []),
    "by_day": ("type: count, event: search_submitted, grain: day", []),
    "of_a_standard_metric": ("type: share, event: search_submitted, of: eligible_active, window: 28 days", ["W501"]),
}


@pytest.mark.parametrize(("keys", "codes"), CALCULATIONS.values(), ids=CALCULATIONS)
def test_metrics_are_compared_by_what_they_calculate(keys: str, codes: list[str]) -> None:
    text = f"# z\nmetrics:\n  looked_up: {{description: What people looked up, {keys}, feature: search}}\n"
    base = {**contents_of(BASE), "metric_defs/z.yml": text.encode()}
    found = advice(inspect_project(BASE, base))
    assert [fault.code for fault in found] == codes
    assert all("`looked_up`" in fault.message and fault.place.file == "metric_defs/z.yml" for fault in found)


METRIC = f"metrics:\n  m: {{description: What was looked up, type: count, filter: {{results: 3}}, {OWNED}}}\n"
CHANGES: Mapping[str, tuple[str, str, list[str]]] = {
    "a_filter": ("results: 3", "results: 4", ["filter"]),
    "a_type": ("type: count,", "type: count_distinct,", ["type"]),
    "a_grain_and_a_filter": ("{results: 3}", "{results: 4}, grain: day", ["filter", "grain"]),
    "words_only": ("What was looked up", "What people looked up", []),
    "a_note_too": ("{results: 3}", "{results: 4}, change_note: four since May", []),
    "a_draft": ("{results: 3}", "{results: 4}, status: draft", []),
    "its_name": ("  m: {", "  n: {aliases: [m], ", []),
    "its_name_and_a_filter": ("m: {description:", "n: {aliases: [m], grain: day, description:", ["grain"]),
}


@pytest.mark.parametrize(("old", "new", "keys"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_meaning_asks_for_a_note(old: str, new: str, keys: list[str]) -> None:
    assert old in METRIC
    changed = METRIC.replace(old, new)
    found = [fault for fault in advised(changed, catalog(METRIC)) if fault.code == "W504"]
    assert [f"({', '.join(keys)})" in fault.message for fault in found] == ([True] if keys else [])
    assert [fault for fault in advised(changed) if fault.code == "W504"] == []


def test_a_change_of_the_taxonomy_asks_every_metric_for_nothing() -> None:
    before = catalog("events: {report_opened: {description: Shown, aliases: [a]}}\n" + METRIC)
    after = "events: {report_opened: {description: Shown, aliases: [a, b]}}\n" + METRIC
    assert [fault.code for fault in advised(after, before)] == ["W503"]


DROPS = {
    "plan <> 'free'": [("plan", "{plan: {not: free}}")],
    "plan != 'free' and seats > 1": [("plan", "{plan: {not: free}}")],
    "not (plan = 'free')": [],
    "plan not in ('free', 'pro')": [("plan", "{plan: {not: [free, pro]}}")],
    "plan <> 'free' or plan is null": [],
    "plan <> 'free' and plan is not null": [],
    "coalesce(plan, 'free') <> 'free'": [],
    "plan is distinct from 'free'": [],
    "plan = 'free'": [],
    "seats <> 3 and plan <> 'pro'": [("seats", "{seats: {not: 3}}"), ("plan", "{plan: {not: pro}}")],
    "lower(plan) <> 'free'": [],
    "seats <> plan": [],
    "no condition <>": [],
}


@pytest.mark.parametrize(("where", "found"), DROPS.items(), ids=DROPS)
def test_tests_that_drop_what_is_unknown_are_told_with_the_filter_that_keeps_it(
    where: str, found: list[tuple[str, str]]
) -> None:
    assert [(each.column, each.instead) for each in dropping(where)] == found
    assert all(where[each.start : each.start + each.length] == each.column for each in dropping(where))


def test_the_filter_that_is_offered_can_be_written(tmp_path: Path) -> None:
    for where in DROPS:
        for each in dropping(where):
            text = f"segments: {{s: {{description: Offered instead, entity: account, filter: {each.instead}}}}}\n"
            assert catalog(text).segments["s"].condition.columns == {each.column}


def test_a_deprecation_says_who_still_uses_it() -> None:
    old = f"  old: {{description: Looks of last year, type: count, filter: {{results: 3}}, status: deprecated, {OWNED}, "
    text = f"metrics:\n{old}deprecated: {{since: 2026-08-01, replaced_by: searches}}}}\n"
    (found,) = advised(text)
    assert (found.code, found.cure) == ("W505", "Nothing here uses it: delete it.")
    goal = "goals: {g: {description: Many, metric: old, target: 10, start: 2026-09-01, by: 2026-11-30}}\n"
    assert "Move g to its replacement" in str(next(fault.cure for fault in advised(text + goal) if fault.code == "W505"))
    assert advised(text.replace("2026-08-01", "2026-09-01")) == []


def test_words_of_other_tools_lead_to_keys_that_exist() -> None:
    keys = {key for model in METRIC_TYPES.values() for key in model.model_fields}
    assert ours("agg", keys) == ("type",)
    assert ours("bigger_is_better", keys) == ("higher_is_better",)
    assert ours("friendly_name", keys) == ("description",)
    assert ours("unique", keys) == ("type",)
    assert ours("nothing_of_the_kind", keys) == ()
    assert all(word != key for key, words in KEYS.items() for word in words.split())
