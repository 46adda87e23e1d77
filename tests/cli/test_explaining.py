"""`prodops explain`, `docs` and `schema`: what a definition means, in words, on pages, and for editors."""

import json
from pathlib import Path

import pytest

from prodops_metrics.metrics import METRIC_TYPES
from tests.cli.test_commands import prodops
from tests.documents import reference_files
from tests.projects import opened


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the reference before its first refresh."""
    return written(tmp_path_factory.mktemp("unbuilt"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the reference, refreshed."""
    root = written(tmp_path_factory.mktemp("project"))
    opened(root)
    return root


def written(root: Path) -> Path:
    for name, content in reference_files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def test_a_metric_is_explained_with_its_sql_its_points_and_its_origin(project: Path) -> None:
    shown = prodops(project, "explain", "search.adoption").stdout
    first, *_ = shown.splitlines()
    assert first.startswith("search.adoption: The share of eligible active users with `search_submitted`. Over 14 days")
    assert "Eligible are users with" in first
    assert "    adoption:\n      question: Who uses it?" in shown
    assert shown.count("2026-0") > 10
    assert "Data through 28 Jun 2026 (Europe/Berlin)" in shown
    assert "Counted: " in shown
    assert "    WITH windows" in shown


def test_a_metric_is_explained_without_numbers_before_the_first_refresh(unbuilt: Path) -> None:
    result = prodops(unbuilt, "explain", "zero_result_rate")
    assert result.exit_code == 0
    assert "divided by how often `search_submitted` where `(NOT" in result.stdout
    assert "happened. By week. Left out: Our own staff. Lower is better." in result.stdout
    assert "No numbers: There is no warehouse yet" in result.stdout


def test_an_explanation_as_json(project: Path) -> None:
    found = json.loads(prodops(project, "explain", "zero_result_rate", "--json").stdout)
    assert found["metric"] == "zero_result_rate"
    assert found["sentences"][-1] == "Lower is better."
    assert found["definition"]["text"].startswith("zero_result_rate:")
    assert found["answer"]["receipt"]["sql"]


@pytest.mark.parametrize(("name", "said"), [
    ("E201", "E201 No event has this name."),
    ("e201", "has to be mended"),
    ("funnel", "type: funnel - How far units get"),
    ("funnel", "    steps: The events, in the order"),
    ("funnel", "    window: The time from the first step"),
])  # fmt: skip
def test_checks_and_metric_types_are_explained_anywhere(name: str, said: str, tmp_path: Path) -> None:
    result = prodops(tmp_path, "explain", name)
    assert result.exit_code == 0
    assert said in result.stdout
    assert json.loads(prodops(tmp_path, "explain", name, "--json").stdout)


@pytest.mark.parametrize("word", METRIC_TYPES)
def test_every_metric_type_is_explained(word: str, tmp_path: Path) -> None:
    assert prodops(tmp_path, "explain", word).stdout.startswith(f"type: {word} - ")


@pytest.mark.parametrize(("name", "said"), [
    ("serch.adoption", "There is no metric `serch.adoption`. Did you mean `search.adoption`?"),
    ("search.exposure", "`search.exposure` is absent: skipped: everybody sees the box."),
])  # fmt: skip
def test_what_cannot_be_explained_says_why(name: str, said: str, project: Path) -> None:
    result = prodops(project, "explain", name)
    assert result.exit_code == 1
    assert said in result.stderr


def test_the_dictionary_is_written_beside_the_definitions(unbuilt: Path) -> None:
    result = prodops(unbuilt, "docs")
    assert result.exit_code == 0
    assert "dictionary/index.html" in result.stdout.replace("\n", "")
    assert (unbuilt / "dictionary" / "metrics" / "zero_result_rate.html").is_file()
    assert prodops(unbuilt, "docs", "--out", str(unbuilt / "metric_defs")).exit_code == 1


def test_the_schema_is_written_with_the_names_of_the_project(unbuilt: Path) -> None:
    result = prodops(unbuilt, "schema")
    assert result.exit_code == 0
    text = (unbuilt / ".schema" / "metric_defs.json").read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(prodops(unbuilt, "schema", "--print").stdout)
    assert '"search_submitted"' in text


def test_the_schema_of_a_faulty_project_has_no_names_and_says_so(tmp_path: Path) -> None:
    root = written(tmp_path)
    (root / "metric_defs" / "faulty.yml").write_text("metric: {}\n")
    result = prodops(root, "schema")
    assert result.exit_code == 0
    assert "Without names" in result.stdout
    assert '"search_submitted"' not in (root / ".schema" / "metric_defs.json").read_text(encoding="utf-8")


def test_without_a_project_there_is_no_schema(tmp_path: Path) -> None:
    result = prodops(tmp_path, "schema")
    assert result.exit_code == 1
    assert "`prodops init` starts a project" in result.stderr


@pytest.mark.parametrize(("name", "kind"), [("search_submitted", "an event"), ("search", "a feature")])
def test_what_is_no_metric_is_told_what_it_is(project: Path, name: str, kind: str) -> None:
    result = prodops(project, "explain", name)
    assert result.exit_code == 1
    assert f"`{name}` is {kind}, and only metrics are explained here" in result.stderr
