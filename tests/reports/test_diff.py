"""What a change of the definitions moves: in words, in numbers on one snapshot, and in one comment."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from prodops_metrics.definitions import Contents, contents_of
from prodops_metrics.errors import ProdopsError
from prodops_metrics.reports.diff import Diff, MetricChange, diff
from prodops_metrics.reports.diff_text import MARK, diff_values, markdown
from prodops_metrics.reports.wording import MINUS
from tests.projects import opened, write_project

START = date(2024, 1, 1)
PRODUCT = """\
events:
  searched: {description: Searched, properties: {results: integer}, aliases: [Search]}
  opened: {description: Opened}
features:
  search: {name: Search, used: searched, exposed: opened, launched: 2023-01-01}
metrics:
  searches: {type: count, description: All searches, event: searched, feature: search}
  misses: {type: count, description: Searches for nothing, event: searched, filter: {results: 0}, higher_is_better: false}
  opening:
    type: funnel
    description: Those who open and search
    steps: [opened, searched]
    window: 1 day
"""


OF_USE = (
    *("eligible", "adoption", "active_units", "active_units_7_days", "time_to_adopt", "adopted_in_7_days"),
    *("adopted_in_28_days", "frequency", "uses_per_unit", "stickiness", "active_days", "retention", "retention_so_far"),
    "lifecycle",
)
METRICS = ("searches", "misses", "opening", "exposure", *OF_USE)


def lines() -> Iterator[str]:
    """Twenty weeks: 40 people search every Monday, in week n the first n of them for nothing; those open it before."""
    yield "user,event,time,results"
    for week in range(20):
        monday = START + timedelta(weeks=week)
        for number in range(40):
            yield f"u{number},searched,{monday} 10:00,{0 if number < week else 3}"
            if number < week:
                yield f"u{number},opened,{monday} 09:00,"
    yield f"u0,searched,{START + timedelta(weeks=20, days=-1)} 10:00,3"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_project(tmp_path_factory.mktemp("diff"), PRODUCT, "\n".join(lines()) + "\n", small_sample=1)
    opened(root).warehouse.close()
    return root


def before(root: Path, *edits: tuple[str, str]) -> Contents:
    """Today's files with some texts put differently: what the definitions were."""
    text = "\n".join(contents_of(root)["metric_defs/product.yml"].decode().splitlines()) + "\n"
    for now, then in edits:
        assert now in text
        text = text.replace(now, then)
    return {**contents_of(root), "metric_defs/product.yml": text.encode()}


def found(root: Path, *edits: tuple[str, str]) -> Diff:
    return diff(root, "main", before(root, *edits))


def only(answer: Diff) -> MetricChange:
    assert len(answer.changed) == 1, [each.metric for each in answer.changed]
    return answer.changed[0]


def test_nothing_changed_is_an_answer_too(folder: Path) -> None:
    answer = found(folder)
    assert answer.changed == ()
    assert answer.rested == len(METRICS)
    assert markdown(answer).startswith(f"{MARK}\n### No number moved\n")


def test_an_edit_of_words_moves_nothing_and_is_counted(folder: Path) -> None:
    answer = found(folder, ("All searches", "Every search"), ("description: Searched,", "description: A search,"))
    assert answer.changed == ()
    assert answer.reworded == ("metric searches", "event searched")
    assert "Only words changed in: metric searches, event searched." in markdown(answer)


def test_a_metric_by_another_filter_shows_both_numbers_of_the_same_weeks(folder: Path) -> None:
    """In week n, n searches found nothing and 40 - n found three; the 20th Sunday brings one more of those."""
    change = only(found(folder, ("filter: {results: 0}", "filter: {results: 3}")))
    assert change.words == ("`filter`: `(results = 3)` → `(results = 0)`",)
    assert change.old is not None
    assert change.new is not None
    assert (change.old.bucket, change.new.bucket) == (date(2024, 5, 13), date(2024, 5, 13))
    assert (change.old.point, change.new.point) == (22, 19)
    assert list(change.new.points.values()) == list(range(8, 20))
    assert change.new.mean == sum(range(8, 20)) / 12
    assert change.largest is not None
    assert (change.largest.bucket, change.largest.old, change.largest.new) == (START + timedelta(weeks=8), 32, 8)


def test_a_feature_that_counts_another_event_moves_its_standard_metrics(folder: Path) -> None:
    answer = found(folder, ("used: searched", "used: opened"))
    assert {each.metric for each in answer.changed} == {f"search.{name}" for name in OF_USE}
    assert (
        "`event`: `opened` → `searched`" in next(each for each in answer.changed if each.metric == "search.adoption").words
    )


def test_a_change_of_the_project_names_itself_on_every_metric(folder: Path) -> None:
    contents = dict(before(folder))
    contents["metric_defs/project.yml"] = contents["metric_defs/project.yml"].replace(b"monday", b"sunday")
    answer = diff(folder, "main", contents)
    assert len(answer.changed) == len(METRICS)
    assert all("project `week_start`: sunday → monday" in each.words for each in answer.changed)


def test_what_needs_a_refresh_first_has_no_number_and_says_so(folder: Path) -> None:
    contents = dict(before(folder))
    contents["metric_defs/project.yml"] = contents["metric_defs/project.yml"].replace(b"UTC", b"Asia/Tokyo")
    change = diff(folder, "main", contents).changed[0]
    assert change.old is not None
    assert change.old.point is None
    assert "prodops refresh" in change.old.absent


def test_a_window_of_a_funnel_changes_in_words_of_time(folder: Path) -> None:
    change = only(found(folder, ("window: 1 day", "window: 30 minutes")))
    assert change.words == ("`window`: 30 minutes → 1 day",)
    assert change.largest is not None
    assert (change.largest.old, change.largest.new) == (0, 1)


def test_a_metric_that_came_and_one_that_went_stand_there_with_their_number(folder: Path) -> None:
    answer = found(folder, ("  misses:", "  nothing_found:"))
    assert {each.metric: each.words for each in answer.changed} == {"misses": ("added",), "nothing_found": ("removed",)}
    text = markdown(answer)
    assert "| `misses` | 19" in text
    assert "no more" in text


def test_without_a_snapshot_meanings_are_compared_and_no_numbers(tmp_path: Path) -> None:
    root = write_project(tmp_path, PRODUCT, "user,event,time\n")
    answer = found(root, ("filter: {results: 0}", "filter: {results: 3}"))
    assert answer.snapshot is None
    assert only(answer).words
    assert "No snapshot is at hand here" in markdown(answer)


def test_former_definitions_with_faults_are_named_as_such(folder: Path) -> None:
    with pytest.raises(ProdopsError, match=r"(?s)The definitions of main have faults.*E201"):
        found(folder, ("event: searched, feature", "event: serched, feature"))


def test_the_values_for_machines_hold_every_point_as_a_day(folder: Path) -> None:
    values = diff_values(found(folder, ("filter: {results: 0}", "filter: {results: 3}")))
    assert values["moved"] == ["misses"]
    assert values["changed"][0]["new"]["points"]["2024-05-13"] == 19
    assert values["changed"][0]["largest"]["bucket"] == "2024-02-26"


def test_the_comment_is_one_table_with_both_numbers(folder: Path) -> None:
    text = markdown(found(folder, ("filter: {results: 0}", "filter: {results: 3}")))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 3
    assert rows[2].startswith("| `misses` | 22 (")
    assert f"32 → 8, {MINUS}75.0 % (26 Feb 2024)" in rows[2]


GOAL = """\
goals:
  fewer_misses:
    description: Half of the searches that found nothing
    metric: misses
    baseline: {from: 2024-02-26, to: 2024-04-21}
    change: {relative: -50%}
    start: 2024-04-22
    by: 2024-05-19
    window: 28 days
"""


def test_a_goal_that_stands_elsewhere_under_the_new_meaning_is_named(tmp_path: Path) -> None:
    """Misses rise week by week, so that the goal is missed; searches that found three fall, so that it was achieved."""
    root = write_project(tmp_path, PRODUCT + GOAL, "\n".join(lines()) + "\n", small_sample=1)
    opened(root).warehouse.close()
    change = only(found(root, ("filter: {results: 0}", "filter: {results: 3}")))
    assert change.dependents == ("goal fewer_misses",)
    assert change.flips == ("goal `fewer_misses`: achieved → **missed**",)


def test_a_renamed_metric_is_the_same_one_under_its_former_name(folder: Path) -> None:
    text = contents_of(folder)["metric_defs/product.yml"].decode()
    now = text.replace("  misses: {", "  nothing_found: {aliases: [misses], ")
    (folder / "metric_defs" / "product.yml").write_text(now)
    try:
        answer = diff(folder, "main", {**contents_of(folder), "metric_defs/product.yml": text.encode()})
    finally:
        (folder / "metric_defs" / "product.yml").write_text(text)
    assert answer.changed == ()
    assert answer.others == ("metric misses is now nothing_found",)


def swapped(root: Path, file: str, now: str, then: str) -> Diff:
    """Today's definitions against those in which one file said something else."""
    contents = dict(contents_of(root))
    assert now.encode() in contents[file]
    return diff(root, "main", {**contents, file: contents[file].replace(now.encode(), then.encode())})


def test_a_segment_that_means_something_else_is_no_silence(tmp_path: Path) -> None:
    """Breakdowns show it, so that "no number moved" would be wrong."""
    segment = "segments:\n  paying: {description: Who pay, filter: {plan: pro}}\n"
    units = "  people: {kind: units, entity: user, files: units.csv, key: user, properties: {plan: string}}\n"
    root = write_project(tmp_path, PRODUCT + segment, "user,event,time\n")
    (root / "units.csv").write_text("user,plan\nu1,pro\n")
    sources = root / "metric_defs" / "sources.yml"
    sources.write_text(sources.read_text() + units)
    answer = swapped(root, "metric_defs/product.yml", "plan: pro", "plan: free")
    assert [(each.kind, each.name, each.words) for each in answer.redefined] == [
        ("segment", "paying", ("`filter`: `(plan = 'free')` → `(plan = 'pro')`",))
    ]
    assert "### No metric changed meaning, but who is in a segment did" in markdown(answer)
    assert diff_values(answer)["redefined"][0]["name"] == "paying"


def test_a_source_that_is_read_otherwise_says_that_numbers_follow(folder: Path) -> None:
    answer = swapped(folder, "metric_defs/sources.yml", "timezone: UTC", "timezone: Asia/Tokyo")
    text = markdown(answer)
    assert "### No number moved yet, but the next refresh reads the exports otherwise" in text
    assert "- source `log`: `time.timezone`: `Asia/Tokyo` → `UTC`." in text


def test_a_setting_that_hides_numbers_is_named(folder: Path) -> None:
    answer = swapped(folder, "metric_defs/project.yml", "small_sample: 1", "small_sample: 9")
    assert "- project: `small_sample`: `9` → `1`." in markdown(answer)
    assert "No number moved" not in markdown(answer)


def test_an_enum_of_an_event_is_named_and_moves_nothing(folder: Path) -> None:
    answer = found(folder, ("results: integer", "results: {type: integer, enum: [0, 3]}"))
    text = markdown(answer)
    assert "### No number moved\n" in text
    assert "- event `searched`: `properties.results.enum`: `0`, `3` → not set." in text


def test_what_one_version_reads_otherwise_has_not_moved_and_flips_nothing(folder: Path) -> None:
    answer = found(folder, ("aliases: [Search]", "aliases: [Searching]"))
    assert [each.unread for each in answer.changed] == [True] * len(answer.changed)
    assert answer.moved == ()
    text = markdown(answer)
    assert f"### {len(answer.changed)} metrics cannot be compared on one snapshot" in text
    assert text.count("names of `searched` in exports") == 1
    assert "Only words changed" not in text
    assert {each["moved"] for each in diff_values(answer)["changed"]} == {None}


def test_a_goal_with_another_target_says_where_it_stands_now(tmp_path: Path) -> None:
    root = write_project(tmp_path, PRODUCT + GOAL, "\n".join(lines()) + "\n", small_sample=1)
    opened(root).warehouse.close()
    answer = found(root, ("change: {relative: -50%}", "target: 80"))
    assert answer.changed == ()
    assert answer.redefined[0].flips == ("goal `fewer_misses`: achieved → **missed**",)
    assert "- goal `fewer_misses`: `target`: `80` → not set; `change`: not set → relative `-50%`." in markdown(answer)


def test_another_standing_is_more_than_words(folder: Path) -> None:
    answer = found(folder, ("filter: {results: 0}", "status: draft, filter: {results: 0}"))
    assert answer.others == ("metric misses: draft → active",)
    assert answer.reworded == ()


def test_a_renamed_feature_takes_its_standard_metrics_along(folder: Path) -> None:
    text = contents_of(folder)["metric_defs/product.yml"].decode()
    now = text.replace("  search: {", "  finding: {aliases: [search], ").replace("feature: search", "feature: finding")
    (folder / "metric_defs" / "product.yml").write_text(now)
    try:
        answer = diff(folder, "main", {**contents_of(folder), "metric_defs/product.yml": text.encode()})
    finally:
        (folder / "metric_defs" / "product.yml").write_text(text)
    assert answer.changed == ()
    assert answer.others == ("feature search is now finding",)


def test_without_a_snapshot_nothing_is_said_of_how_numbers_changed(tmp_path: Path) -> None:
    root = write_project(tmp_path, PRODUCT, "user,event,time\n")
    text = markdown(found(root, ("filter: {results: 0}", "filter: {results: 3}")))
    assert "| metric |" not in text
    assert "- `misses`: `filter`" in text


def test_a_comment_is_never_longer_than_a_code_host_takes(folder: Path) -> None:
    """One of 65,536 characters is refused, and then nobody sees anything."""
    one = only(found(folder, ("filter: {results: 0}", "filter: {results: 3}")))
    still = replace(one, metric="still", new=one.old, words=("x" * 2_000,))
    whole = found(folder)
    names = tuple(f"metric a_metric_with_a_long_name_{number}" for number in range(3_000))
    text = markdown(replace(whole, changed=(*[still] * 999, one), reworded=names, others=names))
    assert len(text) < 65_536
    assert text.startswith(f"{MARK}\n### 1 metric moved\n")
    assert text.index("`misses`") < text.index("`still`")
    assert "`prodops diff main --json` has everything" in text
    assert "and 2,960 more." in text


def test_a_percentage_moves_by_points(folder: Path) -> None:
    """Of 40 who open the search in the last week all search within a day, and nobody within half an hour."""
    text = markdown(found(folder, ("window: 1 day", "window: 30 minutes")))
    assert "0.0 % → 100.0 %, +100.0 pp" in text


def test_a_feature_that_is_judged_otherwise_is_named(folder: Path) -> None:
    answer = found(folder, ("launched: 2023-01-01}", "launched: 2023-01-01, stage: idea}"))
    (flip,) = answer.verdicts
    assert flip.startswith("verdict on `search`: not judged → **")
    assert f"Judged otherwise:\n\n- {flip}\n" in markdown(answer)
    assert diff_values(answer)["verdicts"] == [flip]
    assert found(folder, ("All searches", "Every search")).verdicts == ()
