"""The rules of verdicts as they are read: the package's, a project's in their place, and a feature's own thresholds."""

from pathlib import Path

import pytest

from prodops_metrics.definitions import Catalog, Fault
from prodops_metrics.definitions.rulings import AllOf, Always, AnyOf, Bound, Bounds, bounds_in
from prodops_metrics.definitions.verdicts import Limit
from prodops_metrics.errors import DefinitionError
from prodops_metrics.metrics import load_catalog
from tests.projects import write_project

FEATURE = "features:\n  search: {used: searched, failed: broke, verdicts: {failure_rate: {%s}}}\n"
EVENTS = "events: {searched: {description: Sent}, broke: {description: Failed}}\n"


def loaded(folder: Path, standard: str = "", product: str = "") -> Catalog:
    write_project(folder, EVENTS + (product or "features: {search: {used: searched, failed: broke}}\n"), "event,user,time\n")
    if standard:
        (folder / "metric_defs" / "standard.yml").write_text(standard)
    return load_catalog(folder)


def fault(folder: Path, standard: str = "", product: str = "") -> str:
    with pytest.raises(DefinitionError) as caught:
        loaded(folder, standard, product)
    (found,) = caught.value.faults
    assert isinstance(found, Fault)
    return found.code


def test_the_package_brings_the_rules_of_the_design_in_their_order(tmp_path: Path) -> None:
    verdicts = loaded(tmp_path).verdicts
    states = ["not_judged", "too_early", "suspect", "not_enough", "at_risk", "watch", "healthy", "watch"]
    assert [rule.id for rule in verdicts.rules] == states
    assert (verdicts.level, verdicts.hold, verdicts.window.days) == (0.99, 2, 28)
    assert isinstance(verdicts.rules[4].when, AnyOf)
    assert [bound.name for bound in bounds_in(verdicts.rules[4].when)] == [
        "failure_rate.low", "adoption.relative_change.high", "activation.high", "retention.high",
    ]  # fmt: skip
    assert verdicts.rules[-1].when == Always()


def test_a_project_overrides_key_by_key_and_checks_of_health_one_by_one(tmp_path: Path) -> None:
    verdicts = loaded(tmp_path, "verdicts:\n  hold: 3\n  health: {without_id: {above: 20%}}\n").verdicts
    assert verdicts.hold == 3
    assert len(verdicts.rules) == 8
    assert verdicts.health.without_id == Limit(above=0.2)
    assert verdicts.health.using_without_exposed == Limit(above=0.5)
    assert "used" in verdicts.health.never_seen


def test_a_mapping_of_several_conditions_asks_for_all_of_them(tmp_path: Path) -> None:
    rules = (
        "verdicts:\n  rules: [{id: watch, when: {adoption.low: {above: 1%, below: 5%}, weeks_since_launch: {above: 8}}}]\n"
    )
    (rule,) = loaded(tmp_path, rules).verdicts.rules
    assert isinstance(rule.when, AllOf)
    assert rule.when.parts[0] == Bound("adoption", "low", Bounds(above=0.01, below=0.05))


def test_a_feature_moves_one_number_and_says_why(tmp_path: Path) -> None:
    catalog = loaded(tmp_path, product=FEATURE % "at_risk: 8%, because: Slow archive")
    own, everyones = catalog.verdicts.of(catalog.feature("search")), catalog.verdicts
    (moved,) = (bound for bound in bounds_in(own.rules[4].when) if bound.metric == "failure_rate")
    assert (moved.bounds.above, moved.because) == (0.08, "Slow archive")
    assert [own.rules[at] for at in (0, 1, 2, 3, 5, 6, 7)] == [everyones.rules[at] for at in (0, 1, 2, 3, 5, 6, 7)]


@pytest.mark.parametrize(
    ("override", "code"),
    [
        ("at_risk: 8%", "E102"),
        ("at_risk: 8, because: Slow", "E105"),
        ("not_enough: 8%, because: Slow", "E148"),
        ("at_rsk: 8%, because: Slow", "E101"),
        ("because: ''", "E116"),
    ],
)
def test_what_is_wrong_with_a_features_own_threshold_is_found(tmp_path: Path, override: str, code: str) -> None:
    assert fault(tmp_path, product=FEATURE % override) == code


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("{id: fine, when: always}", "E103"),
        ("{id: watch}", "E102"),
        ("{id: watch, when: {any: []}}", "E144"),
        ("{id: watch, when: {any: {adoption.low: {above: 1%}}}}", "E144"),
        ("{id: watch, when: {adoption: {above: 1%}}}", "E143"),
        ("{id: watch, when: {adoption.low: 5%}}", "E145"),
        ("{id: watch, when: {adoption.low: {above: 5%, below: 1%}}}", "E145"),
        ("{id: watch, when: {adoption.low: {above: high}}}", "E105"),
        ("{id: watch, when: {adoption.low: {above: 1%, or_absent: maybe}}}", "E103"),
        ("{id: watch, when: {stage: [gaa]}}", "E103"),
        ("{id: watch, when: {stage: []}}", "E103"),
        ("{id: watch, when: {health: [failing, failing, {a: 1}]}}", "E103"),
        ("{id: watch, when: {search.adoption.low: {above: 1%}}}", "E140"),
        ("{id: watch, when: always, say: 'Between {low'}", "E147"),
        ("{id: watch, when: always, say: '{}'}", "E147"),
    ],
)
def test_what_is_wrong_with_a_rule_is_found(tmp_path: Path, rule: str, code: str) -> None:
    assert fault(tmp_path, f"verdicts:\n  rules: [{rule}]\n") == code
