"""Adding a definition to a file: everything that was there stays, whatever it looks like."""

from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from prodops_metrics.definitions.emitting import flow, scalar
from prodops_metrics.definitions.literals import Plain
from prodops_metrics.definitions.values import read_value
from prodops_metrics.definitions.writing import with_definition
from prodops_metrics.errors import WritingError

VALUES: dict[str, Any] = {
    "description": "Searches, all of them",
    "type": "count",
    "event": "search_submitted",
    "filter": {"results": Plain("0"), "plan": "5"},
}
NODE = """\
  new:
    description: Searches, all of them
    type: count
    event: search_submitted
    filter: {results: 0, plan: '5'}
"""


def added(text: str) -> str:
    return with_definition(text, "metrics", "new", VALUES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"metrics:\n{NODE}"),
        ("# Only a word\n", f"# Only a word\n\nmetrics:\n{NODE}"),
        ("metrics:\n", f"metrics:\n{NODE}"),
        ("events:\n  e: {}", f"events:\n  e: {{}}\n\nmetrics:\n{NODE}"),
        (
            "metrics:\n  a: {x: 1}\n  b: {x: 2}  # two\nz: 1\n",
            f"metrics:\n  a: {{x: 1}}\n  b: {{x: 2}}  # two\n{NODE}z: 1\n",
        ),
        ("metrics:\n  a:\n    x: 1\n\n# Next\nz: 1\n", f"metrics:\n  a:\n    x: 1\n\n{NODE}\n# Next\nz: 1\n"),
        (
            "metrics:\n  a:\n    x: 1\n  # still of a\n\nz: 1\n",
            f"metrics:\n  a:\n    x: 1\n  # still of a\n\n{NODE}\nz: 1\n",
        ),
        ("metrics:\n  a:\n    x: |\n      text\n\nz: 1\n", f"metrics:\n  a:\n    x: |\n      text\n\n{NODE}\nz: 1\n"),
        ("\ufeffmetrics:\n  a: {}\n", f"\ufeffmetrics:\n  a: {{}}\n{NODE}"),
    ],
)
def test_it_goes_after_the_last_of_its_kind_as_the_others_are_set(before: str, after: str) -> None:
    assert added(before) == after


def test_line_ends_and_indentation_are_those_of_the_file() -> None:
    text = added("metrics:\r\n    a:\r\n        x: 1\r\nz: 1\r\n")
    assert "\r\n    new:\r\n        description: Searches" in text
    assert text.count("\n") == text.count("\r\n")


@pytest.mark.parametrize(
    "before",
    ["metrics: {}\n", "metrics: {a: {x: 1}, }\n", "{metrics: {a: {x: 1}}}\n", "{}\n", "metrics: {  # a\n  a: 1 }\n"],
)
def test_mappings_in_brackets_get_it_in_brackets(before: str) -> None:
    read, old = yaml.safe_load(added(before)), yaml.safe_load(before)
    assert read["metrics"].pop("new")["filter"] == {"results": 0, "plan": "5"}
    assert (read["metrics"] or None) == (old.get("metrics") or None)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("x: &a {b: 1}\nmetrics: *a\n", "`metrics` is an alias there"),
        ("metrics: [\n", "has a fault that has to be mended first"),
        ("- 1\n", "has a fault that has to be mended first"),
        ("metrics:\n  new: {x: 1}\n", "`new` is defined there already"),
    ],
)
def test_a_file_that_cannot_take_it_says_why(before: str, said: str) -> None:
    with pytest.raises(WritingError, match=said):
        added(before)


@pytest.mark.parametrize("kind", ["metrics", "events", "features", "goals"])
def test_every_line_of_the_sample_stays(repository: Path, kind: str) -> None:
    for path in sorted((repository / "metric_defs").glob("*.yml")):
        old = path.read_text(encoding="utf-8")
        new = with_definition(old, kind, "new", VALUES)
        assert {line[0] for line in ndiff(old.splitlines(), new.splitlines())} == {" ", "+"}
        assert new.startswith(old) or old.replace("\n", "") != new.replace("\n", "")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30))
def test_any_text_is_read_back_as_it_was_written(text: str) -> None:
    assert read_value(flow([text])) == [text]
    read = yaml.compose(f"key: {scalar(text)}")
    assert read is not None
    assert read.value[0][1].value == text


NESTED = st.recursive(
    st.sampled_from(["a", "a: b", "5", "yes", "#x", "it's", "a, b", "{", "- a", "*a", " "]),
    lambda inner: (
        st.dictionaries(st.sampled_from(["one", "two", "three"]), inner, min_size=1, max_size=3)
        | st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["x", "y", "z"]), NESTED, min_size=1, max_size=3))
def test_any_definition_is_read_back_as_it_was_written(values: dict[str, object]) -> None:
    for before in ("", "metrics:\n  a: {x: 1}\n", "metrics: {a: {x: 1}}\n"):
        read = read_value(with_definition(before, "metrics", "new", values))
        assert read["metrics"]["new"] == values  # type: ignore[index]
