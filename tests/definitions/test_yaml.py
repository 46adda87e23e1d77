"""YAML itself: syntax, traps, duplicates, and files made to do harm."""

from pathlib import Path

import pytest

from prodops_metrics.definitions import load
from prodops_metrics.errors import DefinitionError
from tests.definitions.sample import EVENTS, METRIC, MODELS, PROJECT, Ratio, fault, faults, loaded, project, seen

SYNTAX = [
    ("metrics:\n  a: b: c\n", "E001", "quotes"),
    ("metrics: [a\n", "E001", None),
    ("metrics:\n\ta: 1\n", "E002", "spaces"),
    ("metrics:\n  a: *gone\n", "E001", "quotes"),
    ("metrics: {}\n---\nmetrics: {}\n", "E001", "---"),
    ("metrics: {a: !!python/object:os.system x}\n", "E007", None),
    ("metrics: \x07\n", "E001", None),
    ("- a\n", "E107", None),
    ("just text\n", "E107", None),
    ("metrics: [a]\n", "E107", None),
    ("metrcs: {}\n", "E101", "metrics"),
    ("verdicts: {}\n", "E110", None),
    ("project: {name: x}\n", "E110", None),
    ("standard: {}\n", "E110", None),
]


@pytest.mark.parametrize(("text", "code", "cure"), SYNTAX)
def test_what_is_no_yaml_of_ours_is_refused_with_its_place(tmp_path: Path, text: str, code: str, cure: str | None) -> None:
    found = {each.code: each for each in faults(tmp_path, m=text)}
    assert found[code].place.file == "metric_defs/m.yml"
    assert cure is None or cure in str(found[code].cure)


def test_a_duplicate_key_names_the_first(tmp_path: Path) -> None:
    found = fault(tmp_path, m=f"{METRIC}    type: share\n")
    assert (seen(found), found.message) == ("E003 type", "`type` stands here twice, first in line 4")


def test_a_duplicate_id_names_the_other_file(tmp_path: Path) -> None:
    found = fault(tmp_path, a=METRIC, b=METRIC)
    assert found.message == "`weekly` is defined twice among metrics, first at metric_defs/a.yml:2:3"
    assert found.place.file == "metric_defs/b.yml"


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    folder = project(tmp_path, m=METRIC)
    (folder / "metric_defs" / "m.yml").write_bytes(b"metrics:\n  a: {description: Z\xfcrich}\n")
    with pytest.raises(DefinitionError, match=r"m\.yml:2:21: E005"):
        load(folder, MODELS)


@pytest.mark.parametrize("levels", [50, 1_000, 200_000])
@pytest.mark.parametrize("kind", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(tmp_path: Path, levels: int, kind: str) -> None:
    text = kind * levels if kind == "- " else kind * levels + {"[": "]", "{a: ": "}"}[kind] * levels
    lead = "metrics:\n- " if kind == "- " else "metrics: "
    assert "E006" in {each.code for each in faults(tmp_path, m=f"{lead}{text}\n")}


def test_aliases_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 12)]
    assert fault(tmp_path, m="\n".join(lines)).code == "E006"


def test_anchors_and_merges_are_fine(tmp_path: Path) -> None:
    more = "  again:\n    <<: *one\n    type: share\n"
    catalog = loaded(tmp_path, m=METRIC.replace("weekly:", "weekly: &one") + more)
    assert (catalog.metric("again").type, catalog.metric("again").description) == ("share", "People who searched")


def test_words_and_numbers_stay_text_where_text_is_meant(tmp_path: Path) -> None:
    text = f"{METRIC}    filter: {{source: NO, version: 16.10}}\n    unit: on\n    question: 2026-01-01\n"
    metric = loaded(tmp_path, m=text).metric("weekly")
    assert (metric.unit, metric.question) == ("on", "2026-01-01")
    assert metric.condition.text == "((source = 'NO') AND (version = '16.10'))"  # type: ignore[attr-defined]


@pytest.mark.parametrize("written", ["0", "'0'"])
def test_a_literal_takes_the_type_of_its_property(tmp_path: Path, written: str) -> None:
    text = f"""\
    metrics:
      zero:
        description: Nothing found
        type: ratio
        numerator: {{type: count, event: Search Submitted, filter: {{results: {written}}}}}
        denominator: {{type: count, event: any}}
    """
    metric = loaded(tmp_path, m=text).metric("zero")
    assert isinstance(metric, Ratio)
    assert metric.numerator.condition.text == "(results = 0)"  # type: ignore[union-attr]
    assert metric.denominator.event.events is None


def test_a_missing_project_file_says_which_lines_to_write(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"metric_defs/project\.yml:1:1: E008") as caught:
        load(tmp_path, MODELS)
    assert "project:\n      name: My product\n      timezone: Europe/Berlin" in str(caught.value)


def test_places_hold_behind_other_scripts_and_line_ends(tmp_path: Path) -> None:
    folder = project(tmp_path, events=EVENTS.replace("pressed enter", "drückte ⏎"))
    text = (
        METRIC.replace("People who searched", "Suchende (größer)")
        + "    where: |\n      Component = 'ü'\n      and reslts = 1\n"
    )
    (folder / "metric_defs" / "m.yml").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    with pytest.raises(DefinitionError, match=r"m\.yml:8:11: E304 no property `reslts`"):
        load(folder, MODELS)


def test_ids_are_checked(tmp_path: Path) -> None:
    assert fault(tmp_path, m=METRIC.replace("weekly", "Weekly-Users")).cure == "Write `weekly_users`."
    assert fault(tmp_path, m="events: {any: {}}").code == "E108"


def test_a_project_with_little_has_its_defaults(tmp_path: Path) -> None:
    found = loaded(tmp_path, project="project: {name: x, timezone: UTC}", sources="", features="").project
    assert (found.week_start, found.small_sample, found.level, found.snapshots_kept) == ("monday", 30, 0.95, 5)
    assert [entity.column for entity in found.entities.values()] == ["user"]


PROJECT_FAULTS = [
    ("Europe/Berlin", "Europe/Berln", "E115"),
    ("parent: account", "parent: acount", "E204"),
    ("account: {column: account}", "account: {column: account, parent: user}", "E213"),
    ("{plan: internal}", "{pln: internal}", "E206"),
    ("{plan: internal}", "{plan: intern}", "E208"),
    ("name: Demo", "nam: Demo", "E101"),
    ("name: Demo", "name: Demo\n  level: 95", "E105"),
    ("name: Demo", "name: Demo\n  week_start: montag", "E103"),
    ("name: Demo", "name: Demo\n  small_sample: few", "E105"),
    ("contact:", "contct:", "E101"),
]


@pytest.mark.parametrize(("old", "new", "code"), PROJECT_FAULTS)
def test_faults_of_the_project_are_found(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert fault(tmp_path, project=PROJECT.replace(old, new)).code == code


UNCLOSED = {
    "a_bracket_at_the_end": ("metrics:\n  a: {type: count,\n", "2:19"),
    "a_bracket_before_more": ("metrics:\n  a: {type: count\n  b: {}\n", "3:4"),
    "a_quote": ("metrics:\n  a: {description: 'x}\n  b: {}\n", "2:20"),
}


@pytest.mark.parametrize(("text", "place"), UNCLOSED.values(), ids=UNCLOSED)
def test_what_is_never_closed_is_shown_in_the_file(tmp_path: Path, text: str, place: str) -> None:
    (found,) = [each for each in faults(tmp_path, m=text) if each.code.startswith("E0")]
    assert str(found).startswith(f"metric_defs/m.yml:{place}: E001 ")
    assert found.excerpt
    assert found.cure


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029"])
def test_signs_that_end_a_line_only_in_yaml_move_no_place(tmp_path: Path, sign: str) -> None:
    text = METRIC.replace("People who searched", f'"People{sign}who searched"').replace(
        "search_submitted", "serch_submitted"
    )
    found = fault(tmp_path, m=text)
    assert (str(found.place), seen(found)) == ("metric_defs/m.yml:5:12", "E201 serch_submitted")
