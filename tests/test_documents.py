"""Every example in a document or docstring is read, and where it is a metric, asked; the reference has every key."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import indent
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel
from typer.main import get_command

from prodops_metrics.cli.app import app
from prodops_metrics.definitions.json_models import Writer
from prodops_metrics.definitions.json_schema import MODELS, SOURCES
from prodops_metrics.definitions.keys import shape
from prodops_metrics.definitions.links import unfolded
from prodops_metrics.definitions.part import Part
from prodops_metrics.definitions.project import Project
from prodops_metrics.definitions.taxonomy import Property
from prodops_metrics.definitions.verdicts import Verdicts
from prodops_metrics.metrics import METRIC_TYPES, inspect_project, load_catalog
from prodops_metrics.reports.metric_tests import run_tests
from prodops_metrics.reports.query import Asked, query
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.type_docs import taken_apart, type_docs
from prodops_metrics.warehouse.connection import open_current
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent
from tests.documents import KINDS, REFERENCE, Block, docstrings, documents, reference_files, replaced, yaml_blocks
from tests.projects import LOADED_AT
from tests.test_cases import answer, plain

CASES = Path(__file__).with_name("cases")
CASE_FILE = re.compile(r"# tests/cases/(\w+)\.yaml\n")
COMMAND = re.compile(r"(?:^|[`/ $])prodops(?: --project \S+)? ([a-z]+)", re.MULTILINE)
SPAN = re.compile(r"```console\n(.*?)```|`([^`\n]+)`", re.DOTALL)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the reference, refreshed."""
    root = tmp_path_factory.mktemp("reference")
    for name, content in reference_files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    refresh(load_catalog(root), progress=Silent(), now=LOADED_AT)
    return root


def test_the_reference_has_no_fault_and_needs_no_advice(reference: Path) -> None:
    found = [str(fault) for fault in inspect_project(reference).faults]
    assert found == []


def test_every_metric_of_the_reference_can_be_asked(reference: Path) -> None:
    catalog = load_catalog(reference)
    session = Session(catalog, open_current(catalog))
    assert {metric.type for metric in catalog.metrics.values()} <= set(METRIC_TYPES)
    for name in catalog.metrics:
        assert query(session, name, Asked()).headlines


def test_the_tests_of_the_reference_pass(reference: Path) -> None:
    outcomes = list(run_tests(load_catalog(reference)))
    assert len(outcomes) >= 3
    assert [outcome for outcome in outcomes if not outcome.passed] == []


@pytest.mark.parametrize("block", [pytest.param(block, id=block.id) for block in yaml_blocks()])
def test_a_block_of_yaml_in_a_document_does_what_it_says(block: Block, reference: Path, tmp_path: Path) -> None:
    try_out(block.text, reference, tmp_path)


def examples() -> list[Any]:
    sections = ((place, taken_apart(text)[1].get("Example", "")) for place, text in docstrings())
    return [pytest.param(text, id=place) for place, text in sections if text.strip()]


@pytest.mark.parametrize("text", examples())
def test_the_example_of_a_docstring_does_what_it_says(text: str, reference: Path, tmp_path: Path) -> None:
    try_out(text, reference, tmp_path)


def try_out(text: str, reference: Path, folder: Path) -> None:
    """Reads what an example defines in the project of the reference, and asks its metrics; runs it where it is a case."""
    document = yaml.safe_load(text) or {}
    if "jobs" in document:
        return  # a workflow of the code host
    if case := CASE_FILE.search(text):
        run_cases(case[1], document, folder)
    elif set(document) <= KINDS:
        ask(text, document, reference)
    else:
        assert all("type" in metric for metric in document.values()), "it is no file, no metrics, and no cases"
        ask("metrics:\n" + indent(text, "  "), {"metrics": document}, reference)


def run_cases(kind: str, cases: Mapping[str, Any], folder: Path) -> None:
    for name, case in cases.items():
        rows = answer(kind, case, "as_written", folder / name)
        expected = [{key: plain(value) for key, value in row.items()} for row in case["expect"]]
        assert [{key: plain(row[key]) for key in expected[0]} for row in rows] == expected


def ask(text: str, document: Mapping[str, Any], reference: Path) -> None:
    files = {"metric_defs/project.yml": text.encode()} if "project" in document else replaced(reference_files(), text)
    found = inspect_project(reference, files)
    assert found.catalog, [str(fault) for fault in found.faults]
    session = Session(found.catalog, open_current(found.catalog))
    names = [*document.get("metrics", {})]
    for feature in document.get("features", {}):
        names += [name for name in found.catalog.metrics if name.startswith(f"{feature}.")]
    for name in names:
        assert query(session, name, Asked()).headlines


def test_every_command_that_a_document_names_exists() -> None:
    known = set(get_command(app).commands)  # type: ignore[attr-defined]  # a group has commands
    for path in documents():
        spans = (first or second for first, second in SPAN.findall(path.read_text(encoding="utf-8")))
        named = {command for span in spans for command in COMMAND.findall(span)}
        assert named <= known, f"{path.name} names commands that are not there: {sorted(named - known)}"


# -- every key ------------------------------------------------------------------------------------------------------


def every_key(models: Mapping[str, type[Part]]) -> set[tuple[str, str]]:
    """Each model that can stand in a file, those inside others too, with each of its keys."""
    writer = Writer()
    for model in models.values():
        writer.model(model)
    return {(name, key) for name, found in writer.definitions.items() for key in found.get("properties", ())}


def written_keys(annotation: Any, raw: object) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """The keys that a piece of YAML uses, each with the model that it belongs to."""
    for option, _ in unfolded(annotation):
        origin, arguments = get_origin(option), get_args(option)
        if isinstance(option, type) and issubclass(option, BaseModel) and isinstance(raw, dict):
            yield from keys_of(option, raw)
        elif isinstance(raw, dict) and isinstance(origin, type) and issubclass(origin, Mapping):
            yield from (found for each in raw.values() for found in written_keys(arguments[1], each))
        elif origin in {tuple, list}:
            values = raw if isinstance(raw, list) else [raw]
            yield from (found for each in values for found in written_keys(arguments[0], each))


def keys_of(model: type[BaseModel], raw: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    assert issubclass(model, Part)
    for key, annotation in shape(model).items():
        if key in raw:
            yield model.__name__, key
            yield from written_keys(annotation, raw[key])


def keys_in(text: str) -> Iterator[tuple[str, str]]:
    """The keys that the definitions in a text use."""
    document = yaml.safe_load(text) or {}
    if "project" in document:
        yield from keys_of(Project, document["project"])
    yield from keys_of(Verdicts, document.get("verdicts", {}))
    for name, raw in document.get("properties", {}).items():
        yield from keys_of(Property, raw if isinstance(raw, dict) else {name: raw})
    for kind, model in MODELS.items():
        yield from (found for raw in (document.get(kind) or {}).values() for found in keys_of(model, raw))
    for raw in (document.get("sources") or {}).values():
        yield from keys_of(SOURCES[raw["kind"]], raw)
    for raw in (document.get("metrics") or {}).values():
        yield from keys_of(METRIC_TYPES[raw["type"]], raw)


def in_the_reference() -> set[tuple[str, str]]:
    texts = [content.decode() for name, content in reference_files().items() if name.endswith(".yml")]
    return {found for text in texts for found in keys_in(text)}


def in_its_prose() -> set[str]:
    """The keys that the reference names in a sentence."""
    return set(re.findall(r"`(\w+)`", REFERENCE.read_text(encoding="utf-8")))


def test_the_reference_uses_every_key_of_every_kind() -> None:
    kinds: dict[str, type[Part]] = {**MODELS, **SOURCES, "project": Project, "properties": Property, "verdicts": Verdicts}
    missing = every_key(kinds) - in_the_reference()
    assert {key for key in missing if key[1] not in in_its_prose()} == set()


@pytest.mark.parametrize("word", METRIC_TYPES)
def test_every_key_of_a_metric_type_is_shown_somewhere(word: str) -> None:
    """In the reference, in the docstring of its file, or in its cases."""
    used = {key for _, key in in_the_reference()} | set(re.findall(r"\w+", type_docs(METRIC_TYPES[word]).example))
    used |= set(re.findall(r"(\w+):", (CASES / f"{word}.yaml").read_text(encoding="utf-8")))
    assert {key for _, key in every_key({word: METRIC_TYPES[word]})} - used == set()
