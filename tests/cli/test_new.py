"""`prodops new`, `init` and `owners`: from nothing to a first metric, and nothing else is touched."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from prodops_metrics.cli import main  # noqa: F401  registers every command
from prodops_metrics.cli.app import app
from prodops_metrics.cli.calling import called
from prodops_metrics.metrics import load_catalog

COUNT = ("type=count", "event=search_submitted", "description=Searches that found nothing")


def prodops(project: Path, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["--project", str(project), *words], input=typed, env={"COLUMNS": "200"})


@pytest.fixture
def project(repository: Path, tmp_path: Path) -> Path:
    shutil.copytree(repository / "metric_defs", tmp_path / "metric_defs")
    return tmp_path


def state(project: Path) -> dict[str, str]:
    return {path.relative_to(project).as_posix(): path.read_text() for path in sorted(project.rglob("*.yml"))}


def test_a_metric_goes_to_its_feature_and_nothing_else_changes(project: Path) -> None:
    before = state(project)
    done = prodops(project, "new", "metric", "nothing_found", *COUNT, "filter={results: 0}", "feature=search")
    assert done.exit_code == 0, done.stderr
    after = state(project)
    changed = [name for name in after if after[name] != before.get(name)]
    assert changed == ["metric_defs/search.yml"]
    added = """\

  nothing_found:
    description: Searches that found nothing
    type: count
    event: search_submitted
    filter: {results: 0}
    feature: search
"""
    metrics, others, rest = before["metric_defs/search.yml"].partition("\ngoals:\n")
    assert after["metric_defs/search.yml"] == metrics + added + others + rest
    line = 2 + metrics.count("\n")
    assert f"Written to metric_defs/search.yml, line {line}. Next: prodops " in done.stdout
    assert f"--project {project} query nothing_found" in done.stdout, "a command that can be copied as it stands"
    assert load_catalog(project).metric("nothing_found").owner == "team-discovery"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "metric", "x", *COUNT[:1], "event=search_submited", COUNT[2]), "Did you mean `search_submitted`?"),
        (("new", "metric", "x", *COUNT, "filter={result: 0}"), "Did you mean `results`?"),
        (("new", "metric", "x", *COUNT, "bigger_is_better=false"), "Did you mean `higher_is_better`?"),
        (("new", "metric", "search_count", *COUNT), "`search_count` is defined there already"),
        (("new", "metric", "active_users", *COUNT, "feature=search"), "`active_users` is defined twice among metrics"),
        (("new", "metric", "x", "type=count"), "`event` is missing"),
        (("new", "metric", *COUNT), "An id is needed"),
        (("new", "metric", "x", *COUNT, "filter={"), "cannot be read"),
        (("new", "goal", "g", "description=x", "metric=search_zero_result_rate", "target=30", "by=2027-01-01",
          "start=2026-12-01"), "Did you mean `30%`?"),
    ],
)  # fmt: skip
def test_a_definition_with_a_fault_is_not_written(project: Path, words: tuple[str, ...], said: str) -> None:
    before = state(project)
    done = prodops(project, *words)
    assert done.exit_code == 1
    assert said in done.stderr
    assert state(project) == before


def test_every_kind_is_written_and_checked(project: Path) -> None:
    for words in (
        ("event", "search_filtered", "description=User narrowed the results", "properties={by: string}"),
        ("feature", "filters", "used=search_filtered", "owner=team-discovery", "launched=2026-10-01"),
        ("goal", "g", "description=Fewer", "metric=search_zero_result_rate", "target=10%", "by=2027-01-01",
         "start=2026-12-01"),
        ("experiment", "e", "exposure={event: search_opened, variant: variant}", "variants={control: 50, new: 50}",
         "start=2026-12-01", "end=2026-12-31", "primary=search_click_through"),
    ):  # fmt: skip
        done = prodops(project, "new", *words)
        if words[0] == "experiment":
            assert "no property `variant`" in done.stderr.lower()
            continue
        assert done.exit_code == 0, done.stderr
    catalog = load_catalog(project)
    assert catalog.feature("filters").place.file == "metric_defs/filters.yml"
    assert catalog.events["search_filtered"].place.file == "metric_defs/search.yml"
    assert catalog.goal("g").place.file == "metric_defs/search.yml"


def test_a_dry_run_shows_it_and_writes_nothing(project: Path) -> None:
    before = state(project)
    done = prodops(project, "new", "metric", "x", *COUNT, "--dry-run")
    assert "  x:\n" in done.stdout
    assert done.stdout.rstrip().endswith("Nothing was written.")
    assert state(project) == before


def test_a_file_can_be_chosen_only_among_the_definitions(project: Path) -> None:
    assert prodops(project, "new", "metric", "x", *COUNT, "--file", "mine/first.yml").exit_code == 0
    assert load_catalog(project).metric("x").place.file == "metric_defs/mine/first.yml"
    for outside in ("../x.yml", "/tmp/x.yml", "notes.txt"):
        assert prodops(project, "new", "metric", "y", *COUNT, "--file", outside).exit_code == 2


def test_for_machines_the_same_as_json(project: Path) -> None:
    done = prodops(project, "new", "metric", "x", "type=count_distinct", "event=search_submitted", "description=d", "--json")
    told = json.loads(done.stdout)
    assert (told["file"], told["written"], told["near"][0]) == (
        "metric_defs/product.yml",
        True,
        {"metric": "search_weekly_users", "same": True, "why": "the same calculation"},
    )
    wrong = prodops(project, "new", "metric", "y", "type=count", "event=nope", "description=d", "--json")
    assert wrong.exit_code == 1
    assert json.loads(wrong.stdout)["written"] is False


def test_questions_lead_to_a_metric_and_a_wrong_answer_is_asked_again(project: Path) -> None:
    typed = "Searches that found nothing\n\ncount\nsearch_submited\nsearch_submitted\n{result: 0}\n{results: 0}\nsearch\ny\n"
    done = prodops(project, "new", "metric", "--ask", typed=typed)
    assert done.exit_code == 0, done.stdout
    assert "These exist already:\n  search_zero_result_rate  Share of searches that found nothing" in done.stdout
    assert "There is no event `search_submited`. Did you mean `search_submitted`?" in done.stdout
    assert "Did you mean `results`?" in done.stdout
    assert load_catalog(project).metric("searches_found_nothing").feature == "search"


def test_an_answer_may_be_the_number_of_a_choice_and_ending_early_writes_nothing(project: Path) -> None:
    before = state(project)
    done = prodops(project, "new", "metric", "--ask", typed="Documents edited\nedits\n1\n?\n")
    assert done.exit_code == 1
    assert "Which event?" in done.stdout, "the first type is count"
    assert "template_document_saved" in done.stdout
    assert state(project) == before


def test_a_goal_that_says_no_aim_is_asked_again_without_losing_the_rest(project: Path) -> None:
    typed = "\n".join(
        ["Find more", "", "search_zero_result_rate", "", "", "", "2026-12-01", "2027-01-31", "", "", "10%", "", "y", ""]
    )
    done = prodops(project, "new", "goal", "--ask", typed=typed)
    assert "Not yet: please answer these again" in done.stdout
    assert done.exit_code == 0, done.stdout
    assert load_catalog(project).goal("find_more").target is not None


def test_a_project_starts_refreshes_and_takes_a_first_metric(tmp_path: Path) -> None:
    folder = tmp_path / "my product"
    started = CliRunner().invoke(app, ["init", str(folder), "--name", "Tasks: all", "--timezone", "Europe/Berlin"])
    assert started.exit_code == 0, started.stderr
    assert "refresh" in started.stdout
    project = load_catalog(folder).project
    assert (project.name, project.timezone) == ("Tasks: all", "Europe/Berlin")
    assert "0 quarantined" in prodops(folder, "refresh").stdout
    done = prodops(
        folder, "new", "metric", "by_mail", "description=Shared by mail", "type=count", "event=list_shared",
        "filter={by: mail}", "feature=sharing", "status=draft",
    )  # fmt: skip
    assert "Now: " in done.stdout
    shown = prodops(folder, "report", "sharing").stdout
    assert "By mail (draft)" in shown
    assert "too few to say" not in shown.split("More metrics")[0].replace("the window before: too few to say", "")
    assert "Drafts, in no verdict: by_mail." in prodops(folder, "report").stdout
    assert "This metric is a draft" in prodops(folder, "query", "by_mail").stdout


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "metric_defs").mkdir()
    (tmp_path / "metric_defs" / "mine.yml").write_text("events: {}\n")
    refused = CliRunner().invoke(app, ["init", str(tmp_path), "--timezone", "UTC"])
    assert refused.exit_code == 1
    assert "metric_defs/mine.yml is there already" in refused.stderr
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["mine.yml"]


def test_a_time_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["init", str(tmp_path / "x"), "--timezone", "Mars"])
    assert refused.exit_code == 1
    assert "`Europe/Berlin`" in refused.stderr
    assert not (tmp_path / "x").exists()


def test_owners_are_shown_written_and_checked(project: Path) -> None:
    assert prodops(project, "owners", "--check").exit_code == 1
    assert "/metric_defs/search.yml" in prodops(project, "owners").stdout
    assert not (project / "CODEOWNERS").exists()
    assert prodops(project, "owners", "--write").exit_code == 0
    assert prodops(project, "owners", "--check").exit_code == 0


def test_a_started_project_has_nothing_to_be_advised_of(tmp_path: Path) -> None:
    """Whoever starts with findings that are not theirs learns to overlook them."""
    CliRunner().invoke(app, ["init", str(tmp_path / "p"), "--timezone", "UTC"])
    done = prodops(tmp_path / "p", "check", "--strict")
    assert done.exit_code == 0, done.stdout


def test_a_filter_is_asked_for_with_the_properties_that_there_are(project: Path) -> None:
    typed = "Searches that found nothing\n\ncount\nsearch_submitted\n{results: 0}\nsearch\nn\n"
    done = prodops(project, "new", "metric", "--ask", typed=typed)
    assert "Only some of them, such as {" in done.stdout
    assert "results (integer)" in done.stdout


@pytest.mark.parametrize(
    ("typed", "project", "expected"),
    [
        ("prodops", ".", "prodops"),
        (".venv/bin/prodops", ".", ".venv/bin/prodops"),
        (".venv/bin/prodops", "my product", ".venv/bin/prodops --project 'my product'"),
        ("pytest", "p", "prodops --project p"),
    ],
)
def test_a_proposed_command_is_called_as_this_one_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, project: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [typed])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert called(tmp_path / project) == (expected if typed != "prodops" else "prodops")


@pytest.mark.parametrize("wrong", ["archive list!", "{people integer}", "search_submitted"])
def test_an_id_that_cannot_be_is_asked_for_again(project: Path, wrong: str) -> None:
    typed = f"User archived a list\n{wrong}\nlist_archived\n\ny\n"
    done = prodops(project, "new", "event", "--ask", typed=typed)
    assert done.exit_code == 0, done.stdout
    assert done.stdout.count("Its id, as other definitions") == 2
    assert "list_archived" in load_catalog(project).events


def test_where_no_answer_is_at_fault_asking_ends(project: Path) -> None:
    """An id from the command line is no answer: it is refused once, not for ever."""
    typed = "User archived a list\n\ny\n"
    done = prodops(project, "new", "event", "Archived!", "--ask", typed=typed)
    assert done.exit_code == 1
    assert "cannot be an id" in done.stderr


def test_what_is_needed_says_so_when_it_is_left_out(project: Path) -> None:
    done = prodops(project, "new", "feature", "--ask", typed="\n")
    assert "This cannot be left out" in done.stdout
