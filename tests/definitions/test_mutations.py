"""Whatever a definition file turns into, the answer is a list of faults with their places, never a traceback."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops_metrics.definitions import Contents, advice, contents_of
from prodops_metrics.metrics import inspect_project
from tests.definitions.test_planted import CONTENTS

ROOT = Path(__file__).parents[2]
PROJECTS: Mapping[str, Contents] = {
    "example": contents_of(Path(__file__).with_name("example_project")),
    "planted": CONTENTS,
    "sample": contents_of(ROOT),
}
WORDS = (
    *("", "~", "null", "true", "no", "on", "0", "-1", "1e999", "9" * 30, "0x10", "1_000", ".inf", ".nan", "16.10", "30%"),
    *(
        "2026-02-30",
        "2026-01-01",
        "12:30:00",
        "7 days",
        "0 days",
        "99999999999 weeks",
        "any",
        "feature.used",
        "search.adoption",
    ),
    *(
        "search",
        "search.adoption",
        "search_submitted",
        "searches",
        "user",
        "plan",
        "count",
        "retention",
        "derived",
        "week",
        "hour",
        "goal",
    ),
    *("'", '"', "a: b", "[]", "{}", "[[]]", "{a: }", "[a, {b: [c]}]", "*a", "&a b", "<<", "!!set {a}", "!x y", "| ", "> "),
    *(
        "\t",
        "\r",
        "\x00",
        "\x85",
        "\ufeff",
        "\u2028",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "ä",
        "%",
    ),
    *("plan = 'pro'", "1; DROP TABLE x", "(" * 50, "now() > 1", "a" * 200, "--", "/*", "$1", "é = 1", "results + 1", "b/0"),
    *(
        "user,time,event\n",
        "- ",
        "? ",
        ": ",
        "# ",
        ",",
        "[",
        "]",
        "{",
        "}",
        "-",
        "---",
        "...",
        "metrics:",
        "events:",
        "type: sum",
    ),
)
RAW: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, "", "x", "any", "week", "7 days", "2026-01-01", "30%", "-5pp", "feature.used"),
    *(
        [],
        {},
        [[]],
        {"": ""},
        [None],
        {"a": None},
        ["x", "x"],
        {"event": "any"},
        {"filter": {}},
        {"type": "count"},
        [{"event": []}],
    ),
    *(
        [{"event": []}],
        {"type": ["count"]},
        {"not": None},
        {"between": [1, "x"]},
        {"relative": "x"},
        date(2026, 1, 1),
        {1: 2},
        {None: None},
    ),
)

KEYS = ("type", "filter", "where", "event", "window", "grain", "feature", "x", 1, None)


def checked(contents: Contents) -> None:
    """Reads a project and tells everything about it."""
    found = inspect_project(ROOT, contents)
    faults = [*found.faults, *advice(found, found.catalog)]
    assert (found.catalog is None) == bool(found.faults)
    assert len({(fault.place, fault.code, fault.message) for fault in faults}) == len(faults)
    for fault in faults:
        lines = found.report.texts.get(fault.place.file, "").split("\n")
        assert 1 <= fault.place.line <= len(lines), fault
        assert 1 <= fault.place.column <= len(lines[fault.place.line - 1]) + 1, fault
        assert str(fault).startswith(f"{fault.place}: {fault.code} ")
    if found.catalog is not None:
        assert all(found.catalog.meaning(metric) for metric in found.catalog.metrics)


@st.composite
def rewritten(draw: st.DrawFn) -> Contents:
    """A project of which one file has been changed as text: pieces cut out, doubled, moved or overwritten."""
    contents = draw(st.sampled_from(sorted(PROJECTS)).map(PROJECTS.__getitem__))
    name = draw(st.sampled_from(sorted(contents)))
    text = contents[name].decode("utf-8", "surrogateescape")
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 3, 12, 60])))
        piece = draw(st.sampled_from(WORDS) | st.just(text[start:end] * 2) | st.just("\n" + text[start:end]))
        text = text[:start] + piece + text[end:]
    return {**contents, name: text.encode("utf-8", "surrogateescape")}


@st.composite
def restructured(draw: st.DrawFn) -> Contents:
    """A project of which one file has other values at some places, of any kind."""
    contents = draw(st.sampled_from(["example", "sample"]).map(PROJECTS.__getitem__))
    name = draw(st.sampled_from(sorted(contents)))
    tree = yaml.safe_load(contents[name])
    for _ in range(draw(st.integers(1, 3))):
        _change(draw, tree)
    return {**contents, name: yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode()}


def _change(draw: st.DrawFn, tree: object) -> None:
    """Puts another value somewhere into a tree, or a key that was not there."""
    here = tree
    while isinstance(here, dict | list) and here:
        steps = sorted(here, key=str) if isinstance(here, dict) else range(len(here))
        step: Any = draw(st.sampled_from(steps))
        value = here[step]
        if not isinstance(value, dict | list) or not value or draw(st.integers(0, 3)) == 0:
            added = isinstance(here, dict) and draw(st.booleans())
            here[draw(st.sampled_from(KEYS)) if added else step] = deepcopy(draw(st.sampled_from(RAW)))
            return
        here = value


@given(rewritten())
@settings(max_examples=120, deadline=None, derandomize=True)
def test_a_file_changed_as_text_is_answered_with_faults(contents: Contents) -> None:
    checked(contents)


@given(restructured())
@settings(max_examples=120, deadline=None, derandomize=True)
def test_a_file_with_other_values_is_answered_with_faults(contents: Contents) -> None:
    checked(contents)


@pytest.mark.long
@given(st.one_of(rewritten(), restructured()))
@settings(max_examples=1_500, deadline=None)
def test_thousands_of_changed_files_are_answered_with_faults(contents: Contents) -> None:
    checked(contents)
