"""What the real metric types refuse beyond the shape of their keys: windows, steps and properties that mean nothing."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from prodops_metrics.definitions import Catalog, Fault, load
from prodops_metrics.errors import DefinitionError
from prodops_metrics.metrics import METRIC_TYPES
from tests.definitions.sample import project

TYPES = {
    "count_distinct": "event: search_submitted",
    "share": "event: search_submitted",
    "retention": "start: search_submitted\n    return: search_submitted",
    "funnel": "steps: [search_opened, search_clicked]",
    "sum": "event: search_submitted",
}
HEAD = 3
"""The line in which a metric's ``type`` stands."""


@dataclass(frozen=True)
class Case:
    """Lines below a metric of one type, and the fault of the same metric with other lines."""

    kind: str
    valid: str
    invalid: str
    seen: tuple[str, int, int]
    says: str


CASES = {
    "a_rolling_window_of_hours": Case(
        "count_distinct", "window: 48 hours", "window: 36 hours", ("E106", 1, 13), "local days"
    ),
    "a_rolling_window_under_a_day": Case("share", "window: 1 day", "window: 30 minutes", ("E106", 1, 13), "local days"),
    "a_running_total_that_forgets": Case(
        "count_distinct", "cumulative: true", "window: 28 days\n    cumulative: true", ("E111", 2, 17), "forgets nothing"
    ),
    "a_counted_property_that_is_not_declared": Case(
        "count_distinct", "entity: {property: source}", "entity: {property: sorce}", ("E206", 1, 24), "no property `sorce`"
    ),
    "a_counted_thing_that_is_no_property": Case(
        "share", "entity: {property: source}", "entity: {column: source}", ("E107", 1, 5), "is not an entity"
    ),
    "days_that_are_not_whole": Case("share", "window: 2 weeks", "window: 1.5 days", ("E106", 1, 13), "local days"),
    "a_rolling_window_by_month": Case(
        "count_distinct",
        "window: 28 days\n    grains: [day]",
        "window: 28 days\n    grains: [day, month]",
        ("E111", 2, 19),
        "by week or",
    ),
    "a_rolling_window_by_calendar_week": Case(
        "share",
        "window: 28 days\n    grains: [day]",
        "window: 28 days\n    grains: [week]",
        ("E111", 2, 14),
        "not by `week`",
    ),
    "a_funnel_without_grain_by_month": Case(
        "funnel",
        "window: 1 hour\n    grain: week\n    grains: [month]",
        "window: 1 hour\n    grains: [month]",
        ("E111", 2, 14),
        "by week or",
    ),
    "a_rolling_retention": Case("retention", "grain: week", "window: 28 days", ("E116", 1, 13), "counted by `grain`"),
    "a_sum_of_text": Case("sum", "property: results", "property: source", ("E207", 1, 15), "`source` is declared as string"),
    "a_sum_of_times": Case("sum", "property: rate", "property: at", ("E207", 1, 15), "cannot be added up"),
    "a_sum_of_nothing": Case("sum", "property: results", "property: result", ("E206", 1, 15), "Did you mean `results`?"),
    "a_sum_of_another_events_property": Case(
        "sum", "property: rate", "property: rank", ("E206", 1, 15), "no property `rank`"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_a_type_cannot_count_is_a_fault_where_it_stands(tmp_path: Path, case: Case) -> None:
    assert metric(tmp_path / "valid", case.kind, case.valid).metric("asked").type == case.kind
    found = fault(tmp_path / "invalid", case.kind, case.invalid)
    code, line, column = case.seen
    above = HEAD + 1 + TYPES[case.kind].count("\n") + 1
    assert str(found.place) == f"metric_defs/m.yml:{above + line}:{column}"
    assert (found.code, case.says in str(found)) == (code, True), found


def test_the_conversion_window_of_a_funnel_is_any_time(tmp_path: Path) -> None:
    assert metric(tmp_path, "funnel", "window: 90 minutes").metric("asked").type == "funnel"


def test_retention_by_grain_and_window_is_one_fault(tmp_path: Path) -> None:
    assert fault(tmp_path, "retention", "grain: week\n    window: 28 days").code == "E116"


STEPS = {
    "different_events": "[search_opened, search_submitted, search_clicked, search_failed, more_1, more_2, more_3, more_4]",
    "eight_of_one_event": f"[{', '.join(['search_opened'] * 8)}]",
}
STEPS["two_of_eight_alike"] = STEPS["different_events"].replace("more_4", "{event: more_3, filter: {Component: x}}")
ANY_AMONG_EIGHT = STEPS["different_events"].replace("more_4", "any")
MORE = "events: {more_1: {}, more_2: {}, more_3: {}, more_4: {}}"


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_steps_may_be_many_or_share_events(tmp_path: Path, steps: str) -> None:
    assert metric(tmp_path, "funnel", "window: 1 hour", steps, more=MORE).metric("asked").type == "funnel"


def test_eight_different_steps_of_the_same_events_are_a_fault(tmp_path: Path) -> None:
    found = fault(tmp_path, "funnel", "window: 1 hour", ANY_AMONG_EIGHT, more=MORE)
    assert found.code == "E111"
    assert found.message == "more than 7 different steps can be filled by the same events"
    strict = "window: 1 hour\n    order: strict"
    assert metric(tmp_path / "strict", "funnel", strict, ANY_AMONG_EIGHT, more=MORE).metric("asked").type == "funnel"


SENSELESS = {
    "a_step_before_in_any_order": ("funnel", "window: 1 hour\norder: any\nwindow_from: previous_step", "no step before"),
    "a_window_that_is_none_from_somewhere": ("funnel", "window: none\nwindow_from: previous_step", "has no beginning"),
    "later_in_any_order": ("funnel", "window: 1 hour\norder: any\nstrictly_later: true", "neither earlier nor later"),
    "repeats_where_they_pass_anyway": ("funnel", "window: 1 hour\nignore_repeats: true", "only to `order: strict`"),
    "an_exclusion_between_no_steps": (
        "funnel",
        "window: 1 hour\nexclusions: [{event: search_failed, after_step: 2, before_step: 2}]",
        "no two steps",
    ),
    "steps_that_share_what_one_lacks": ("funnel", "window: 1 hour\nsame: nothing", "no property `nothing`"),
    "a_bracket_without_end": ("retention", "brackets: [[1, 7]]\nreturn_when: on_or_after", "a bracket ends"),
    "brackets_that_overlap": ("retention", "brackets: [[1, 7], [7, 14]]", "does not follow"),
    "a_headline_in_no_bracket": ("retention", "brackets: [[1, 7]]\nheadline: 9", "lies in no bracket"),
}


@pytest.mark.parametrize(("kind", "lines", "says"), SENSELESS.values(), ids=SENSELESS)
def test_options_that_mean_nothing_together_are_a_fault(tmp_path: Path, kind: str, lines: str, says: str) -> None:
    found = fault(tmp_path, kind, lines.replace("\n", "\n    "))
    assert says in found.message
    assert found.cure


def test_the_property_of_a_ratios_sum_is_checked_too(tmp_path: Path) -> None:
    text = """\
        metrics:
          asked:
            description: Results per search
            type: ratio
            numerator: {type: sum, event: search_submitted, property: results}
            denominator: {type: count, event: search_submitted}
    """
    load(project(tmp_path / "a", m=text), METRIC_TYPES)
    found = the_fault(project(tmp_path / "b", m=text.replace("property: results", "property: tags")))
    assert (str(found.place), found.code) == ("metric_defs/m.yml:5:63", "E207")


def test_the_property_of_any_event_is_looked_for_on_all(tmp_path: Path) -> None:
    load(project(tmp_path / "a", m=written("sum", "property: rank", "any", "event")), METRIC_TYPES)
    found = the_fault(project(tmp_path / "b", m=written("sum", "property: rnk", "any", "event")))
    assert (str(found.place), found.code) == ("metric_defs/m.yml:6:15", "E206")


def metric(folder: Path, kind: str, lines: str, steps: str = "", **files: str) -> Catalog:
    return load(project(folder, m=written(kind, lines, steps), **files), METRIC_TYPES)


def fault(folder: Path, kind: str, lines: str, steps: str = "", **files: str) -> Fault:
    return the_fault(project(folder, m=written(kind, lines, steps), **files))


def written(kind: str, lines: str, value: str = "", key: str = "steps") -> str:
    own = f"{key}: {value}" if value else TYPES[kind]
    return f"metrics:\n  asked:\n    type: {kind}\n    description: Asked\n    {own}\n    {lines}\n"


def the_fault(folder: Path) -> Fault:
    with pytest.raises(DefinitionError) as caught:
        load(folder, METRIC_TYPES)
    (found,) = caught.value.faults
    assert isinstance(found, Fault)
    return found
