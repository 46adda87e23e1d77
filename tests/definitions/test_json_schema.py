"""The JSON Schema takes what the checks take, and marks what is wrong in its shape."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from prodops_metrics.definitions import CHECKS, Check, MetricDefinition, Part, Project, Property, filters, json_shapes
from prodops_metrics.definitions.files import HOME, KINDS
from prodops_metrics.definitions.json_models import Writer
from prodops_metrics.definitions.json_schema import MODELS, SOURCES, json_schema
from prodops_metrics.metrics import METRIC_TYPES, load_catalog

REPOSITORY = Path(__file__).parents[2]
PROJECTS = (REPOSITORY, *sorted(path.parent for path in (REPOSITORY / "tests").glob("*/*/metric_defs")))
SHAPES = re.compile("E10[1-6]|E110")


class Editor(yaml.SafeLoader):
    """YAML as editors read it, by version 1.2: dates are text, and only `true` and `false` are truth values."""


Editor.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(("timestamp", "bool"))]
    for sign, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false", re.IGNORECASE), list("tTfF"))


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    schema = json_schema(METRIC_TYPES)
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)


def marked(validator: Draft7Validator, text: str) -> list[str]:
    """The paths of what an editor underlines in a file, and why."""
    document = yaml.load(text, Editor)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(document)]


def files() -> list[Any]:
    found = [path for project in PROJECTS for path in sorted((project / "metric_defs").rglob("*.yml"))]
    found.append(REPOSITORY / "prodops_metrics" / "definitions" / "standard.yml")
    return [pytest.param(path, id=str(path.relative_to(REPOSITORY))) for path in found]


@pytest.mark.parametrize("path", files())
def test_every_definition_file_of_this_repository_fits_the_schema(path: Path, validator: Draft7Validator) -> None:
    assert marked(validator, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_valid_example_of_every_check_fits_the_schema(check: Check, validator: Draft7Validator) -> None:
    if check.valid:
        assert marked(validator, check.valid) == []


@pytest.mark.parametrize("code", [code for code in CHECKS if SHAPES.fullmatch(code)])
def test_the_invalid_example_of_a_check_of_shape_is_marked(code: str, validator: Draft7Validator) -> None:
    assert marked(validator, re.sub("[«»]", "", CHECKS[code].invalid))


def test_no_kind_of_a_file_is_forgotten() -> None:
    assert set(json_schema(METRIC_TYPES)["properties"]) == {*KINDS, *HOME}


def written_models() -> dict[str, dict[str, Any]]:
    """The schemas of all models of definitions, metric types aside."""
    writer = Writer()
    models: tuple[type[Part], ...] = (*MODELS.values(), *SOURCES.values(), Project, Property, MetricDefinition)
    for model in models:
        writer.model(model)
    return writer.definitions


def test_every_way_of_reading_a_field_is_known() -> None:
    """A field that is read by a function of its own admits anything until `json_shapes.READ` says what."""
    unknown = {
        f"{name}.{key}"
        for name, found in written_models().items()
        for key, schema in found["properties"].items()
        if not set(schema) - {"description", "default"}
    }
    assert unknown == set()


def test_no_operator_of_a_filter_is_forgotten() -> None:
    assert set(json_shapes.OPERATORS) == set(filters.OPERATORS)


def test_every_key_of_every_kind_says_what_it_is() -> None:
    """So that completion teaches; `filter` and `where` are explained where they are defined."""
    silent = {
        f"{name}.{key}"
        for name, found in written_models().items()
        for key, schema in found["properties"].items()
        if not schema.get("description") and not {key} & {"filter", "where"}
    }
    assert silent == set()


def test_the_names_of_a_project_are_proposed_and_never_enforced() -> None:
    schema = json_schema(METRIC_TYPES, load_catalog(REPOSITORY / "tests" / "definitions" / "example_project"))
    labels = {snippet["label"] for snippet in schema["definitions"]["event"]["defaultSnippets"]}
    assert {"search_submitted", "any"} <= labels
    new = "metrics:\n  mine: {description: Mine, type: count, event: declared_a_moment_ago}\n"
    assert marked(Draft7Validator(schema), new) == []


FAULTS = {
    "an unknown key": "metrics:\n  mine: {description: Mine, type: count, evnt: a}\n",
    "a key of another type": "metrics:\n  mine: {description: Mine, type: count, event: a, steps: [a, b]}\n",
    "an unknown kind": "metric: {}\n",
    "an unknown key deep inside": "metrics:\n  mine: {description: M, type: count, event: [{event: a, filtre: {b: 1}}]}\n",
    "an id that is none": "metrics:\n  My Metric: {description: Mine, type: count, event: a}\n",
    "an unknown type": "metrics:\n  mine: {description: Mine, type: counter, event: a}\n",
    "an unknown operator": "metrics:\n  mine: {description: Mine, type: count, event: a, filter: {b: {over: 1}}}\n",
    "an empty filter": "metrics:\n  mine: {description: Mine, type: count, event: a, filter: {}}\n",
    "a window that is no length": "metrics:\n  mine: {description: Mine, type: count, event: a, window: 28}\n",
    "a funnel of one step": "metrics:\n  mine: {description: Mine, type: funnel, steps: [a], window: 1 hour}\n",
    "a share that is more than the whole": "sources:\n  s: {kind: units, files: a, max_quarantine: 5}\n",
    "a source of no kind": "sources:\n  s: {kind: rows, files: a}\n",
    "a key of another kind of source": "sources:\n  s: {kind: feedback, files: a, duplicates: row}\n",
    "a feature that is never used": "features:\n  f: {name: F}\n",
    "a change of no standard key": "features:\n  f: {used: a, standard: {adoption: {windw: 7 days}}}\n",
    "a segment without a condition": "segments:\n  s: {description: S}\n",
    "a type of property that is none": "events:\n  e: {properties: {a: int}}\n",
    "a day that is none": "goals:\n  g: {description: G, metric: a, target: 1, by: 2026-02-30}\n",
    "an amount that is none": "goals:\n  g: {description: G, metric: a, target: much, by: 2026-02-28}\n",
    "an expectation without a date": "tests:\n  t: {metric: a, given: 'a', expect: {monday: 1}}\n",
}


@pytest.mark.parametrize("what", FAULTS)
def test_the_schema_marks(what: str, validator: Draft7Validator) -> None:
    assert marked(validator, FAULTS[what])


@pytest.mark.parametrize("text", [
    "features:\n  f: {stage: idea}\n",
    "features:\n  f: {used: a, owner: }\n",
    "metrics:\n  mine: {description: 2026, type: funnel, steps: [a, [b, c]], window: none}\n",
    "metrics:\n  mine: {description: Mine, type: count, event: any, filter: {a: NO, b: [1, 2.5], c: {is_set: true}}}\n",
    "segments:\n  s: {where: 'seats > 3'}\n",
    "events:\n",
])  # fmt: skip
def test_the_schema_takes(text: str, validator: Draft7Validator) -> None:
    assert marked(validator, text) == []
