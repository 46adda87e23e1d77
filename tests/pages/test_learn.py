"""Learn: the lesson works when it is followed to the letter, and the example is the card of a report."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prodops_metrics.cli.app import app
from prodops_metrics.metrics import METRIC_TYPES
from prodops_metrics.reports.figures import figure
from prodops_metrics.reports.learn import example, glossary, lesson, verdict_words
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.reports.verdict_words import NAMES
from tests.pages.test_catalogue import drawn, links, texts
from tests.projects import opened, write_project


def test_the_lesson_works_when_it_is_followed_to_the_letter(sample_project: Path, tmp_path: Path) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    taught = lesson(open_session(project).catalog)
    assert taught
    for step in taught.steps:
        if step.file:
            (project / step.file).write_text(step.content)
        if step.command:
            done = CliRunner().invoke(app, ["--project", str(project), *step.command])
            assert (done.exit_code != 0) is step.fails, done.output
            assert step.says in " ".join(done.output.split()), step.title
    assert sum(bool(step.command) for step in taught.steps) >= 4
    asked = CliRunner().invoke(app, ["--project", str(project), "query", "my_first_metric", "--json"])
    told = {row["window"]: row["point"] for row in json.loads(asked.output)["headline"]}
    session = open_session(project)
    expected = query(session, "my_first_metric", Asked()).headlines[-1].now
    assert expected.point
    assert told["now"] == expected.point
    assert session.catalog.metrics["my_first_metric"].status == "draft"


def test_what_the_lesson_made_is_where_the_lesson_says_it_is_to_be_seen(
    sample_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    taught = lesson(open_session(project).catalog)
    assert taught
    name = Path(taught.steps[2].file).stem
    before, after = (
        (step.page, step.chosen) for step in taught.steps if step.page in {"metrics", "feature"} and step.chosen
    )
    assert (before, after) == (("metrics", {"find": name}), ("feature", {"feature": "ai_summary"}))
    lesson_page = texts(drawn("learn.page", project, monkeypatch, topic="adding"))
    assert "Open a terminal" in lesson_page
    assert "the one that holds metric_defs/" in lesson_page
    (project / taught.steps[2].file).write_text(taught.text)
    assert f"metric={name}" in links(drawn("catalogue.page", project, monkeypatch, **before[1]))
    report = drawn("feature.page", project, monkeypatch, **after[1])
    assert "My first metric :blue-badge[Draft]" in [card.label for card in report.metric]
    asked = query(open_session(project), name, Asked()).headlines[-1].now
    assert f"{asked.point:,.0f}" in [card.value for card in report.metric]


def test_a_second_lesson_takes_a_free_name(sample_project: Path, tmp_path: Path) -> None:
    project = shutil.copytree(sample_project, tmp_path / "project")
    first = lesson(open_session(project).catalog)
    assert first
    (project / first.steps[2].file).write_text(first.text)
    second = lesson(open_session(project).catalog)
    assert second
    assert "my_first_metric_2:" in second.text


def test_the_example_is_the_card_of_the_report(
    sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = example(sample)
    assert shown
    card = figure(sample, f"{shown.feature.id}.adoption", "Adoption")
    test = drawn("learn.page", sample_project, monkeypatch)
    assert not test.exception
    assert [metric.value for metric in test.metric] == [card.text]
    assert f"feature={shown.feature.id}" in links(test)
    interval = texts(drawn("learn.page", sample_project, monkeypatch, topic="interval"))
    assert card.interval_text in interval
    assert "if the same kind of people came again" in interval


def test_the_glossary_has_every_type_and_the_verdicts_every_state() -> None:
    assert [docs.word for docs in glossary()] == sorted(METRIC_TYPES)
    assert all(docs.title and docs.unit for docs in glossary())
    assert len(verdict_words()) == len(NAMES)


@pytest.mark.parametrize(
    ("topic", "said"), [("types", "order-statistic"), ("verdicts", "Instrumentation suspect"), ("words", "seam")]
)
def test_topics_need_no_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, topic: str, said: str) -> None:
    test = drawn("learn.page", tmp_path, monkeypatch, topic=topic)
    assert not test.exception
    assert said in texts(test)


def test_an_unknown_topic_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no topic `wrods` here." in texts(drawn("learn.page", tmp_path, monkeypatch, topic="wrods"))


def test_a_project_without_features_says_what_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write_project(
        tmp_path, "events: {opened: {description: It was opened}}\n", "user,event,time\na,opened,2024-01-01\n"
    )
    opened(project)
    assert "so there is no example of your own" in texts(drawn("learn.page", project, monkeypatch))
    assert "No feature has `used` yet" in texts(drawn("learn.page", project, monkeypatch, topic="adding"))
