"""Names and status: aliases, look-alikes, what is broken or deprecated, circles, and what rests on a metric."""

from pathlib import Path

import pytest

from prodops_metrics.errors import UnknownIdError
from tests.definitions.sample import EVENTS, FEATURES, METRIC, fault, faults, loaded, seen

OLD = "  old_search: {description: A search, status: deprecated}\n  lost: {description: x, status: broken, issue: T-1}\n"
GROWTH = """\
  now: {description: Searches, type: count, event: search_submitted, aliases: [searches]}
  growth: {description: Growth, type: derived, inputs: {now: searches, before: weekly}}
  growth_of_growth: {description: Growth of that, type: derived, inputs: {one: growth}}
"""
GOAL = (
    "goals: {more: {description: x, metric: searches, target: 9, start: 2026-01-01, by: 2026-02-01, guardrails: [weekly]}}\n"
)


def test_a_former_name_still_finds_what_was_renamed(tmp_path: Path) -> None:
    features = FEATURES.replace("  search:\n", "  search:\n    aliases: [finder]\n")
    metrics = METRIC + GROWTH + "  own: {description: x, type: count, event: any, feature: finder}\n"
    catalog = loaded(tmp_path, features=features, m=metrics, g=GOAL)
    assert catalog.metric("searches").id == "now"
    assert (catalog.feature("finder").id, catalog.metric("finder.adoption").id) == ("search", "search.adoption")
    assert (catalog.metric("own").feature, catalog.metric("own").owner) == ("search", "team-discovery")
    assert catalog.metric("own").eligible == catalog.feature("search").eligible
    assert (catalog.goal("more").metric, catalog.metric("growth").rests_on) == ("now", ("now", "weekly"))
    assert list(catalog.metrics)[:4] == ["weekly", "now", "growth", "growth_of_growth"]
    with pytest.raises(UnknownIdError):
        catalog.metric("finder.activation")
    assert catalog.meaning("now") == loaded(
        tmp_path / "b", m=METRIC + GROWTH.replace("[searches]", "[queries]").replace("now: searches", "now: queries")
    ).meaning("now")


def test_what_rests_on_a_metric_is_found_by_way_of_formulas(tmp_path: Path) -> None:
    more = "insights: {talks: {date: 2026-01-01, method: survey, finding: x, supports: {metric: weekly, direction: low}}}\n"
    more += (
        "work: {sheet: {pillar: research, task: x, every: week, hours: 2, replaced_by: {metric: now, since: 2026-01-01}}}\n"
    )
    catalog = loaded(tmp_path, m=METRIC + GROWTH, g=GOAL + more)

    def found(metric: str) -> list[tuple[str, str]]:
        return [(each.kind, each.id) for each in catalog.dependents(metric)]

    formulas = [("metrics", "growth"), ("metrics", "growth_of_growth")]
    assert found("searches") == [*formulas, ("goals", "more"), ("work", "sheet")]
    assert found("weekly") == [*formulas, ("goals", "more"), ("insights", "talks")]
    assert found("growth_of_growth") == []
    assert catalog.dependents("now")[0].place.file == "metric_defs/m.yml"


FAULTS = [
    ("aliases: [weekly]", "E221 weekly"),
    ("aliases: [monthly, monthly_too]", "E221 monthly"),
    ("status: broken", "E222 broken"),
    ("event: old_search", "E223 old_search"),
    ("event: [old_search, {event: lost, where: Component is null}]", "E223 old_search"),
    ("event: {event: [old_search], first_time: event}", "E223 old_search"),
    ("event: old_search, status: broken, issue: T-2", None),
    ("event: [old_search, search_submitted]", None),
    ("status: deprecated, deprecated: {since: 2026-01-01, replaced_by: monthly}", None),
    ("status: deprecated, deprecated: {since: 2026-01-01, replaced_by: gone}", "E224 gone"),
    ("status: deprecated, deprecated: {since: 2026-01-01, replaced_by: again}", "E226 again"),
    ("status: deprecated, deprecated: {since: 2026-01-01, replaced_by: agian}", "E205 agian"),
    ("status: deprecated", "E225 deprecated"),
    ("deprecated: {since: 2026-01-01}", "E225 deprecated"),
]
OTHERS = """\
  monthly: {description: x, type: share, event: any, grain: month}
  gone: {description: x, type: share, event: search_opened, status: deprecated, deprecated: {since: 2026-01-01}}
"""


@pytest.mark.parametrize(("keys", "expected"), FAULTS)
def test_status_and_names_have_to_fit(tmp_path: Path, keys: str, expected: str | None) -> None:
    event = "" if keys.startswith("event:") else "event: search_clicked, "
    text = METRIC + OTHERS + f"  again: {{description: x, type: count, {event}{keys}}}\n"
    if expected is None:
        assert loaded(tmp_path, events=EVENTS + OLD, m=text).metrics
    else:
        assert seen(fault(tmp_path, events=EVENTS + OLD, m=text)) == expected


def test_inputs_steps_and_roles_are_looked_at_too(tmp_path: Path) -> None:
    funnel = "  f: {description: x, type: funnel, steps: [search_opened, {event: old_search}]}\n"
    ratio = "  r: {description: x, type: ratio, numerator: {type: count, event: old_search}, "
    ratio += "denominator: {type: count, event: any}}\n"
    features = FEATURES.replace("failed: search_failed", "failed: lost").replace(
        "exposed: search_opened", "exposed: old_search"
    )
    found = faults(tmp_path, events=EVENTS + OLD, features=features, m=METRIC + funnel + ratio)
    assert [seen(each) for each in found] == [
        "E223 old_search",
        "E223 lost",
        "E223 old_search",
        "E223 old_search",
    ]
    ended = features.replace("launched:", "stage: sunset\n    launched:")
    assert loaded(tmp_path / "b", events=EVENTS + OLD, features=ended, m=METRIC).features


def test_a_broken_event_names_its_issue(tmp_path: Path) -> None:
    assert seen(fault(tmp_path, events=EVENTS + OLD.replace(", issue: T-1", ""))) == "E222 broken"


def test_a_circle_of_formulas_is_reported_once(tmp_path: Path) -> None:
    circle = "  a: {description: x, type: derived, inputs: {x: weekly, y: b}}\n"
    circle += "  b: {description: x, type: derived, inputs: {x: a}}\n"
    found = fault(tmp_path, m=METRIC + circle)
    assert (seen(found), found.message) == ("E226 b", "it leads back to itself: a -> b -> a")
    assert seen(fault(tmp_path / "b", m=METRIC + "  a: {description: x, type: derived, inputs: {y: a}}\n")) == "E226 a"


LOOKALIKES = [
    ("search_click_ed", True),
    ("search_c1icked", True),
    ("searchclicked", True),
    ("search_clicks", False),
    ("search_click3d", False),
]


@pytest.mark.parametrize(("name", "alike"), LOOKALIKES)
def test_names_of_a_kind_are_not_taken_for_each_other(tmp_path: Path, name: str, alike: bool) -> None:
    text = f"events: {{{name}: {{description: x}}}}\n"
    if not alike:
        assert name in loaded(tmp_path, z=text).events
    else:
        assert seen(fault(tmp_path, z=text)) == f"E227 {name}"


def test_numbered_names_are_no_lookalikes(tmp_path: Path) -> None:
    names = ("plan_1_10", "plan_11_0", "plan_1", "plan_l", "v10", "v1_0")
    text = "events: {" + ", ".join(f"{name}: {{description: x}}" for name in names) + "}\n"
    assert set(names) <= set(loaded(tmp_path, z=text).events)


def test_an_alias_is_an_id(tmp_path: Path) -> None:
    assert seen(fault(tmp_path, m=METRIC + "    aliases: [Weekly Searchers]\n")) == "E108 Weekly Searchers"
