"""What cannot stand in one formula, each with the place of the fault; and what a formula rests on."""

from pathlib import Path
from textwrap import indent

import pytest

from prodops_metrics.definitions import Catalog, Fault, load
from prodops_metrics.errors import DefinitionError
from prodops_metrics.metrics import METRIC_TYPES
from prodops_metrics.metrics.derived import Derived
from tests.definitions.sample import project, seen
from tests.definitions.test_metric_types import the_fault

METRICS = """\
metrics:
  searches: {type: count, description: Searches, event: search_submitted}
  daily: {type: count, description: By the day, event: search_submitted, grain: day, grains: [week]}
  monthly: {type: count, description: By the month, event: search_submitted, grain: month}
  rolling: {type: count_distinct, description: Users, event: search_submitted, window: 28 days}
  running: {type: count, description: So far, event: search_submitted, cumulative: true}
  accounts: {type: count_distinct, description: Accounts, event: search_submitted, entity: account}
  flow: {type: lifecycle, description: Where they come from, event: search_submitted}
  days: {type: stickiness, description: Days, event: search_submitted, form: distribution, grain: week}
  back: {type: retention, description: They come back, start: search_submitted, return: search_submitted}
  wait: {type: time_to, description: How long, event: search_submitted}
  growth:
    type: derived
    description: Growth
    formula: now / ago
    inputs: {now: searches, ago: {metric: searches, offset: 1 week}}
  lost: {type: count, description: Faulty by itself, event: search_submited}
"""
A = "formula: a\ninputs: {a: "
B = "formula: a / b\ninputs:\n  a: searches\n  b: "
VALID = (
    A + "searches}",
    A + "{metric: searches, offset: 4 weeks}}",
    A + "{metric: flow, at: new}}",
    A + "{metric: days, at: 3}}",
    A + "accounts}\nentity: account",
    A + "monthly}\ngrain: month",
    A + "{metric: monthly, offset: 1 month}}",
    A + "search.adoption}",
    A + "wait}",
    A + "growth}",
    B + "daily",
    B + "accounts",
    B + "growth",
    B + "{metric: growth, offset: 2 weeks}",
    "formula: a / b\ninputs: {a: running, b: running}",
    "formula: a / b\ninputs: {a: daily, b: searches}\ngrain: week",
)
INVALID = {
    A + "serches}": ("E205 serches", "there is no metric `serches`"),
    B + "{metric: serches}": ("E205 serches", "there is no metric `serches`"),
    "formula: a + c\ninputs: {a: searches}": ("E216 a + c", "names `c`, which is no input"),
    "formula: a\ninputs: {a: searches, b: daily}": ("E216 daily", "does not use `b`"),
    A + "{metric: searches, offset: a week}}": ("E119 a week", "is no offset"),
    A + "{metric: searches, offset: 1 month}}": ("E218 1 month", "does not lead from one week to another"),
    A + "{metric: monthly, offset: 4 weeks}}": ("E218 4 weeks", "does not lead from one month to another"),
    A + "{metric: running, offset: 1 week}}": ("E218 1 week", "has nothing earlier"),
    A + "{metric: searches, at: 1}}": ("E218 1", "has only one number"),
    A + "flow}": ("E218 flow", "a number for every `state`"),
    A + "{metric: flow, at: gone}}": ("E218 a", "a number for every `state`"),
    A + "days}": ("E218 days", "a number for every `active_days`"),
    A + "back}": ("E218 back", "of the type retention"),
    A + "searches}\nentity: account": ("E218 account", "`a` counts users"),
    A + "searches}\ngrain: month": ("E218 searches", "not counted over the same windows"),
    B + "monthly": ("E218 monthly", "`b` is not counted over the same windows as `a`"),
    B + "rolling": ("E218 rolling", "`b` is not counted over the same windows as `a`"),
    B + "running": ("E218 running", "`b` is not counted over the same windows as `a`"),
    B + "wait": ("E218 wait", "`b` is not counted over the same windows as `a`"),
    A + "asked}": ("E226 asked", "asked -> asked"),
    B + "other": ("E226 other", "asked -> other -> asked"),
}
OTHER = "  other: {type: derived, description: The other, formula: b, inputs: {b: asked}}\n"
LOST = "  lost: {type: count, description: Faulty by itself, event: search_submited}\n"


def catalog(folder: Path, text: str, more: str = "") -> Catalog:
    return load(written(folder, text, more), METRIC_TYPES)


def written(folder: Path, text: str, more: str = "") -> Path:
    head = "metrics:\n  asked:\n    type: derived\n    description: Asked\n"
    rest = METRICS.removeprefix("metrics:\n").replace(LOST, "") + more
    return project(folder, m=f"{head}{indent(text, '    ')}\n{rest}")


@pytest.mark.parametrize("text", VALID)
def test_inputs_that_go_together(tmp_path: Path, text: str) -> None:
    metric = catalog(tmp_path, text).metric("asked")
    assert isinstance(metric, Derived)
    assert metric.operands


@pytest.mark.parametrize("text", INVALID)
def test_inputs_that_do_not_are_a_fault_where_they_stand(tmp_path: Path, text: str) -> None:
    where, says = INVALID[text]
    found = faults(tmp_path, text, OTHER if text == B + "other" else "")[0]
    assert says in found.message
    assert seen(found) == where


def faults(folder: Path, text: str, more: str) -> list[Fault]:
    with pytest.raises(DefinitionError) as caught:
        catalog(folder, text, more)
    return [one for one in caught.value.faults if isinstance(one, Fault)]


def test_an_input_with_a_fault_of_its_own_is_reported_once(tmp_path: Path) -> None:
    found = the_fault(written(tmp_path, A + "lost}", LOST))
    assert "search_submited" in found.message


def test_a_formula_of_formulas_is_written_out(tmp_path: Path) -> None:
    metric = catalog(tmp_path, "formula: 1 - b\ninputs: {b: {metric: growth, offset: 2 weeks}}").metric("asked")
    assert isinstance(metric, Derived)
    assert metric.rests_on == ("growth",)
    assert metric.flat is not None
    assert metric.flat.text == "1 - (b_now / b_ago)"
    earlier = {name: [f"{one.count} {one.grain}" for one in each.offsets] for name, each in metric.operands.items()}
    assert earlier == {"b_now": ["2 week"], "b_ago": ["2 week", "1 week"]}


def test_what_an_input_means_is_a_part_of_what_the_formula_means(tmp_path: Path) -> None:
    one = catalog(tmp_path / "a", A + "growth}")
    two = catalog(tmp_path / "b", A + "growth}")
    assert one.meaning("asked") == two.meaning("asked")
    changed = written(tmp_path / "c", A + "growth}")
    path = changed / "metric_defs" / "m.yml"
    text = path.read_text().replace("offset: 1 week", "offset: 2 weeks")
    path.write_text(text)
    assert load(changed, METRIC_TYPES).meaning("asked") != one.meaning("asked")
