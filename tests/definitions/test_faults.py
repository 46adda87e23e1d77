"""Every fault is found, once, where it stands, with its cure."""

from pathlib import Path

import pytest

from tests.definitions.sample import METRIC, PROJECT, fault, faults, loaded, seen


def test_a_fault_prints_place_line_carets_and_cure(tmp_path: Path) -> None:
    found = fault(tmp_path, m=METRIC.replace("search_submitted", "serch_submitted"))
    assert str(found) == (
        "metric_defs/m.yml:5:12: E201 there is no event `serch_submitted`\n"
        "      event: serch_submitted\n"
        "             ^^^^^^^^^^^^^^^\n"
        "  Did you mean `search_submitted` or `Search Submitted`?"
    )


METRIC_FAULTS = [
    ("tipe: x", "E101 tipe", "type"),
    ("agg: sum", "E101 agg", "type"),
    ("bigger_is_better: true", "E101 bigger_is_better", "higher_is_better"),
    ("steps: [a, b]", "E110 steps", None),
    ("feature: serch", "E202 serch", "search"),
    ("owner: team-discover", "E203 team-discover", "team-discovery"),
    ("entity: acount", "E204 acount", "account"),
    ("grain: weekly", "E103 weekly", "week"),
    ("status: activ", "E103 activ", "active"),
    ("higher_is_better: maybe", "E107 maybe", None),
    ("window: 7 moons", "E106 7 moons", None),
    ("window: {days: 7}", "E106 window", None),
    ("grains: week", "E107 week", None),
    ("filter: {result: 0}", "E206 result", "results"),
    ("filter: {RESULTS: 0}", "E206 RESULTS", "results"),
    ("filter: {rank: 0}", "E206 rank", None),
    ("filter: {results: many}", "E207 many", None),
    ("filter: {results: {at_least: many}}", "E207 many", None),
    ("filter: {results: {atleast: 1}}", "E101 atleast", "at_least"),
    ("filter: {source: [navbar, pages]}", "E208 pages", "page"),
    ("filter: {cached: 1}", "E207 1", None),
    ("filter: {cached: {at_least: true}}", "E207 true", None),
    ("filter: {at: 2026-02-30}", "E207 2026-02-30", None),
    ("filter: {results: {between: [1]}}", "E107 between", None),
    ("filter: {results: null}", "E107 null", None),
    ("filter: {}", "E107 filter", None),
    ("filter: []", "E107 filter", None),
    ('where: "result = 0"', "E304 result", "results"),
    ('where: "results = 0 and  result = 1"', "E304 result", "results"),
    ('where: "source = \\"navbar\\""', "E304 navbar", None),
    ("where: \"results = 'many'\"", "E207 many", None),
    ("status: deprecated\n    deprecated: {since: 2026-13-01}", "E104 2026-13-01", None),
    ("status: deprecated\n    deprecated: {sinc: 2026-01-01}", "E101 sinc", "since"),
]


@pytest.mark.parametrize(("line", "marks", "near"), METRIC_FAULTS)
def test_a_fault_of_a_metric_is_marked_and_cured(tmp_path: Path, line: str, marks: str, near: str | None) -> None:
    found = fault(tmp_path, m=f"{METRIC}    {line}\n")
    assert seen(found).startswith(marks)
    assert near is None or (found.cure and f"Did you mean `{near}`" in found.cure), found.cure


def test_a_mistyped_key_is_not_also_missing(tmp_path: Path) -> None:
    assert seen(fault(tmp_path, m=METRIC.replace("event:", "evnt:"))) == "E101 evnt"


def test_a_missing_key_is_placed_at_its_metric(tmp_path: Path) -> None:
    found = fault(tmp_path, m=METRIC.replace("    event: search_submitted\n", ""))
    assert (seen(found), found.message) == ("E102 weekly", "`event` is missing")


def test_faults_inside_nested_inputs_are_placed_there(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        m="""\
        metrics:
          zero:
            description: Searches that found nothing
            type: ratio
            numerator: {type: count, event: search_submitted, filter: {results: none, source: page}, evnt: x}
            denominator: {type: sum, event: [search_submitted, {event: sarch_failed}], propert: results}
          other:
            description: A type that no input has
            type: ratio
            numerator: {type: cuont, event: search_submitted}
            denominator: {event: search_submitted}
          steps:
            description: Steps
            type: funnel
            steps: [search_submitted, {event: search_clicked, filter: {rank: {at_mos: 3}}, first_tim: event}]
        """,
    )
    assert [(each.place.line, seen(each)) for each in found] == [
        (5, "E207 none"),
        (5, "E101 evnt"),
        (6, "E201 sarch_failed"),
        (6, "E101 propert"),
        (10, "E103 cuont"),
        (11, "E102 denominator"),
        (15, "E101 at_mos"),
        (15, "E101 first_tim"),
    ]


def test_a_union_of_a_duration_and_a_word_is_one_fault(tmp_path: Path) -> None:
    text = METRIC.replace("count_distinct", "funnel").replace("event: search_submitted", "steps: [any, any]")
    assert seen(fault(tmp_path, m=f"{text}    window: 7 moons\n")) == "E106 7 moons"


def test_grain_and_rolling_window_exclude_each_other(tmp_path: Path) -> None:
    assert seen(fault(tmp_path, m=f"{METRIC}    window: 28 days\n    grain: week\n")) == "E111 window"


def test_a_type_may_give_window_another_meaning(tmp_path: Path) -> None:
    text = METRIC.replace("count_distinct", "funnel").replace("event: search_submitted", "steps: [any, any]")
    assert loaded(tmp_path, m=f"{text}    window: none\n    grain: week\n").metric("weekly").grain == "week"


def test_faults_of_several_files_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        project=PROJECT.replace("Europe/Berlin", "Europe/Berln"),
        a="metrics:\n\tx: 1\n",
        b__c=METRIC.replace("event:", "evnt:"),
        z="segments: {paying: {where: plna = 'pro'}}\n",
    )
    assert [(each.place.file.removeprefix("metric_defs/"), each.code) for each in found] == [
        ("project.yml", "E115"),
        ("a.yml", "E002"),
        ("b/c.yml", "E101"),
        ("z.yml", "E304"),
    ]


def test_a_faulty_event_does_not_make_its_uses_faulty(tmp_path: Path) -> None:
    declared = "{attrs: {anything: integer}, aliases: [Search Submitted]}"
    events = f"events: {{search_submitted: {declared}, search_opened: {{}}, search_failed: {{}}}}"
    metric = f"{METRIC.replace('search_submitted', 'Search Submitted')}    filter: {{anything: 1}}\n"
    assert seen(fault(tmp_path, events=events, m=metric)) == "E101 attrs"


def test_the_same_fault_of_a_standard_metric_is_reported_once(tmp_path: Path) -> None:
    standard = "standard: {adoption: {type: share, description: x, event: feature.usd, of: all}}"
    found = fault(tmp_path, standard=standard, more="features: {other: {used: search_opened}}")
    assert (seen(found), found.cure) == ("E212 feature.usd", "Did you mean `feature.used`?")


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_part_of_a_condition_is_marked_where_it_stands(tmp_path: Path, quote: str) -> None:
    found = fault(tmp_path, m=f"{METRIC}    where: {quote}results = 0 and result = 1{quote}\n")
    assert found.place.column == 12 + len(quote) + len("results = 0 and ")
