"""No fault hides another: what is wrong with one key, definition or file leaves all else to be checked."""

from pathlib import Path

import pytest

from prodops_metrics.definitions import Contents, Fault
from prodops_metrics.metrics import inspect_project

PROJECT = """
project:
  name: Shop
  timezone: Europe/Paris
  entities: {user: {column: user_id, parent: account}, account: {column: account_id}}
  teams: {core: {name: Core}}
"""
BASE = """
sources:
  crm:
    kind: units
    entity: user
    files: crm.csv
    key: user_id
    properties: {plan: {type: string, enum: [free, pro]}, seats: integer}
events:
  opened: {description: The box was opened}
  searched: {description: A search was sent, properties: {hits: integer, source: {type: string, enum: [bar, page]}}}
  old: {description: Before, status: deprecated}
"""
METRIC = "{description: Of the test, type: count, event: searched, owner: core}"


def faults(*texts: str, project: str = PROJECT, base: str = BASE) -> list[Fault]:
    files = {"project.yml": project, "base.yml": base} | {f"m{index}.yml": text for index, text in enumerate(texts)}
    contents: Contents = {f"metric_defs/{name}": text.encode("latin-1") for name, text in files.items() if text}
    return list(inspect_project(Path("nowhere"), contents).faults)


def seen(found: list[Fault]) -> list[str]:
    """The code of each fault, and what its carets mark."""
    return [f"{fault.code} {_marked(fault)}".strip() for fault in found]


def _marked(fault: Fault) -> str:
    line, _, carets = fault.excerpt.partition("\n")
    return line[carets.find("^") :][: carets.count("^")]


def of_metric(rest: str) -> str:
    return f"metrics: {{m: {{description: Of the test, owner: core, {rest}}}}}\n"


BOTH = {
    "a_mistyped_key_and_its_value": (of_metric("type: count, evnt: serched"), ["E101 evnt", "E201 serched"]),
    "a_key_of_another_tool_and_its_value": (of_metric("agg: unique, event: opened"), ["E101 agg", "E103 unique"]),
    "a_position_and_its_filter": (
        of_metric("type: count, event: {evnt: serched, filter: {hitz: 1}}"),
        ["E101 evnt", "E201 serched", "E206 hitz"],
    ),
    "a_type_and_the_event": (of_metric("type: cuont, event: serched"), ["E103 cuont", "E201 serched"]),
    "a_missing_type_and_the_event": (of_metric("event: serched"), ["E102 m", "E201 serched"]),
    "the_type_of_an_input": (
        of_metric(
            "type: ratio, numerator: {type: cuont, event: serched}, denominator: {type: count, event: any, filter: {x: 1}}"
        ),
        ["E103 cuont", "E201 serched", "E206 x"],
    ),
    "two_parts_of_a_condition": (
        of_metric("type: count, event: searched, where: \"source = 'bra' and hitz > 1\""),
        ["E208 bra", "E304 hitz"],
    ),
    "two_values_of_a_list": (
        of_metric("type: count, event: searched, filter: {source: [bra, page, pgae]}"),
        ["E208 bra", "E208 pgae"],
    ),
    "an_event_and_the_filter_of_the_one_that_was_meant": (
        of_metric("type: count, event: serched, filter: {source: bra}"),
        ["E201 serched", "E208 bra"],
    ),
    "a_retired_event_of_a_faulty_metric": (of_metric("type: count, event: old, format: x"), ["E223 old", "E103 x"]),
    "a_status_of_a_faulty_metric": (
        of_metric("type: count, event: opened, format: x, status: broken"),
        ["E103 x", "E222 broken"],
    ),
    "a_feature_without_use": ("features: {f: {owner: cores, exposed: opened}}", ["E102 f", "E203 cores"]),
    "a_change_of_a_standard_metric_of_a_faulty_feature": (
        "features: {f: {owner: cores, used: opened, standard: {adoption: {grian: week}}}}",
        ["E203 cores", "E101 grian"],
    ),
    "a_source_and_its_duplicates": (
        "sources: {s: {kind: events, files: x.csv, time: {timezone: Paris}}}",
        ["E112 s", "E115 Paris"],
    ),
    "a_goal_of_a_faulty_metric": (
        "goals: {g: {description: Far, metric: m, target: 30, start: 2027-01-01, by: 2027-02-01}}\n"
        + of_metric("type: share, event: opened, question: [x]"),
        ["E401 30", "E107 question"],
    ),
    "a_skip": (
        "features: {f: {used: opened, owner: cores, standard: {adoption: {skpi: why}}}}",
        ["E203 cores", "E101 skpi"],
    ),
    "a_standard_metric_that_no_feature_can_have": (
        "features: {f: {used: opend}}",
        ["E201 opend"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), BOTH.values(), ids=BOTH)
def test_two_faults_of_a_definition_are_two(text: str, expected: list[str]) -> None:
    assert seen(faults(text)) == expected


def test_a_property_of_a_source_without_an_entity_is_known_all_the_same() -> None:
    base = BASE.replace("    entity: user\n", "    entty: user\n")
    assert seen(faults("segments: {s: {description: Paying, filter: {plan: por}}}", base=base)) == ["E101 entty", "E208 por"]


def test_standard_metrics_of_the_project_are_checked_where_no_feature_can_have_them() -> None:
    standard = "standard: {mine: {description: Mine, type: count, event: feature.failed, ownr: core, format: x}}"
    contents = {"project.yml": PROJECT, "base.yml": BASE, "standard.yml": standard, "f.yml": "features: {f: {used: opened}}"}
    found = inspect_project(Path("nowhere"), {f"metric_defs/{name}": text.encode() for name, text in contents.items()})
    assert seen(list(found.faults)) == ["E101 ownr", "E103 x"]


AGAIN = {
    "in_one_file": (f"metrics:\n  m: {METRIC}\n  m: {METRIC.replace('searched', 'serched')}\n",),
    "in_two_files": (f"metrics: {{m: {METRIC}}}", f"metrics: {{m: {METRIC.replace('searched', 'serched')}}}"),
}


@pytest.mark.parametrize("texts", AGAIN.values(), ids=AGAIN)
def test_a_definition_that_stands_twice_is_read_twice(texts: tuple[str, ...]) -> None:
    first, second = seen(faults(*texts))
    assert first in {"E003 m", "E004 m"}
    assert second == "E201 serched"


def test_a_kind_that_stands_twice_is_read_twice() -> None:
    late = f"events: {{late: {{description: Later}}}}\nmetrics: {{n: {METRIC.replace('searched', 'late')}}}"
    goal = "goals: {g: {description: More, metric: n, target: 5, start: 2027-01-01, by: 2027-03-01}}"
    assert seen(faults(f"metrics: {{m: {METRIC}}}\n{late}\n{goal}")) == ["E003 metrics"]


def test_a_second_document_is_a_fault_and_read() -> None:
    text = f"metrics: {{m: {METRIC}}}\n---\nmetrics: {{n: {METRIC.replace('searched', 'serched')}}}\n"
    assert seen(faults(text)) == ["E001 ---", "E201 serched"]


def test_a_file_that_is_not_utf8_is_read_where_it_can_be() -> None:
    text = f"metrics: {{m: {METRIC.replace('Of', 'Für').replace('searched', 'serched')}}}\n"
    assert [fault.code for fault in faults(text)] == ["E005", "E201"]


AROUND = f"metrics:\n  before: {METRIC.replace('searched', 'serched')}\n%s\n  after: {METRIC.replace('searched', 'opend')}\n"
NO_YAML = {
    "a_colon": ("  m:\n    description: Rate: of all\n    type: count", "E001 :"),
    "a_tab_before_a_key": ("  m:\n\ttype: count\n    event: opened", "E002"),
    "a_tab_before_an_id": ("\tm:\n    type: count\n    event: opened", "E002"),
    "a_key_without_a_colon": ("  m:\n    description: x\n    type count\n    event: opened", "E001 e"),
    "a_sign": ("  m:\n    description: @home", "E001 @"),
    "an_alias": ("  m: *gone", "E001 *"),
    "indentation": ("  m:\n    description: x\n   type: count", "E001 t"),
    "a_bracket": ("  m:\n    grains: [day\n    type: count", "E001 :"),
}


@pytest.mark.parametrize(("text", "expected"), NO_YAML.values(), ids=NO_YAML)
def test_what_is_no_yaml_leaves_the_rest_of_its_file(text: str, expected: str) -> None:
    found = seen(faults(AROUND % text))
    assert found == ["E201 serched", expected, "E201 opend"]


def test_several_definitions_that_are_no_yaml_are_all_reported() -> None:
    text = AROUND % "  m:\n    description: a: b\n  n:\n    description: c: d"
    assert seen(faults(text)) == ["E201 serched", "E001 :", "E001 :", "E201 opend"]


def test_behind_a_quote_that_is_never_closed_nothing_is_made_up() -> None:
    text = AROUND % "  m: {description: \"Rate, type: count}\n  n: {description: 'Rate, type: count}"
    assert [fault.code for fault in faults(text)] == ["E001"]


def test_what_a_definition_that_is_no_yaml_declares_may_exist() -> None:
    goal = "goals: {g: {description: More, metric: m, target: 5, start: 2027-01-01, by: 2027-03-01}}\n"
    assert seen(faults(goal + "metrics:\n  m:\n    description: a: b\n")) == ["E001 :"]


def test_a_word_of_an_unreadable_file_is_no_declaration() -> None:
    broken = 'metrics:\n  m: {description: "x, type: count, event: serched, owner: core}\n'
    assert seen(faults(broken, f"metrics: {{n: {METRIC.replace('searched', 'serched')}}}")) == ['E001 "', "E201 serched"]


def test_without_a_project_file_events_are_known_all_the_same() -> None:
    text = f"metrics: {{m: {METRIC.replace('searched', 'serched')}}}"
    assert seen(faults(text, project="")) == ["E008", "E201 serched"]


def test_what_a_foreign_tag_holds_is_one_fault() -> None:
    assert seen(faults(of_metric("type: count, event: !!set {a, b}"))) == ["E007 !!set {a, b}"]


ONCE = {
    "a_column_of_a_table": (
        'tests: {t: {metric: m, given: "user,tiem,event\\nu,2026-06-01,opened", expect: {2026-06-01: 1}}}\n'
        + of_metric("type: count, event: opened"),
        ["E206 tiem"],
    ),
    "an_expression_of_another_tool": (of_metric("type: count, event: opened, sql: '${TABLE}.id'"), ["E101 sql"]),
    "a_key_of_a_goal": (
        "goals: {g: {desription: x, metric: m, target: 5, start: 2027-01-01, by: 2027-03-01}}\n"
        + of_metric("type: count, event: opened"),
        ["E101 desription"],
    ),
    "a_path_of_a_goal_that_ends_before_it_starts": (
        "goals: {g: {description: x, metric: m, target: 5, start: 2027-01-01, by: 2026-03-01, path: {2026-02-01: 4}}}\n"
        + of_metric("type: count, event: opened"),
        ["E412 2026-03-01"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), ONCE.values(), ids=ONCE)
def test_one_fault_is_reported_once(text: str, expected: list[str]) -> None:
    assert seen(faults(text)) == expected


CURES = {
    "a_type_of_sql": ("events: {e: {properties: {a: varchar}}}", "Did you mean `string`?"),
    "a_zone_by_its_city": ("sources: {s: {kind: events, files: x, columns: {id: i}, time: {timezone: berlin}}}", "Berlin`?"),
    "an_abbreviated_zone": ("sources: {s: {kind: events, files: x, columns: {id: i}, time: {timezone: CEST}}}", "IANA"),
    "an_operator": (of_metric("type: count, event: searched, filter: {hits: {gte: 3}}"), "Did you mean `at_least`?"),
    "a_role": ("features: {f: {used: opened, success: searched}}", "Did you mean `succeeded`?"),
    "one_for_a_list": (of_metric("type: count, event: opened, aliases: now"), "Write [now]."),
    "an_empty_list": ("sources: {s: {kind: identities, files: []}}", "Add what is missing."),
    "an_empty_text": ("metrics: {m: {description: '', type: count, event: opened, owner: core}}", "Say it in a few words."),
    "a_small_number": ("work: {w: {pillar: research, task: x, every: week, hours: 0}}", "Write a number above 0."),
    "no_condition": ("segments: {s: {description: Nobody}}", "Add `filter: {property: value}`"),
    "a_whole_number": (of_metric("type: count, event: searched, filter: {hits: many}"), "Write digits alone"),
}


@pytest.mark.parametrize(("text", "cure"), CURES.values(), ids=CURES)
def test_a_cure_says_what_to_write(text: str, cure: str) -> None:
    (found,) = faults(text)
    assert cure in str(found.cure)
