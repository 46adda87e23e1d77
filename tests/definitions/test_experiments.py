"""Experiments: what they say, and where they are refused."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.definitions.sample import EVENTS, METRIC, fault, faults, loaded, seen

VIEWED = EVENTS + "  experiment_viewed: {properties: {experiment: string, variant: {enum: [control, new, newer]}}}\n"
SHARE = "  opened: {description: People who opened one, type: share, event: search_clicked, format: percent}\n"
ACCOUNTS = "  accounts: {description: Accounts that search, type: count_distinct, event: any, entity: account}\n"
METRICS = METRIC + SHARE + ACCOUNTS
EXPERIMENT = """\
experiments:
  ranking:
    feature: search
    hypothesis: A better order brings more clicks
    exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
    variants: {control: 50, new: 50}
    control: control
    analysis: sequential
    start: 2026-08-03
    end: 2026-08-30
    window: 14 days
    primary: opened
    secondary: [weekly]
    guardrails: [{metric: search.failure_rate, no_worse_than: 0.5pp}]
    effect: 2pp
"""


def test_an_experiment_says_who_saw_what_and_what_it_is_to_change(tmp_path: Path) -> None:
    catalog = loaded(tmp_path, events=VIEWED, m=METRICS, x=EXPERIMENT)
    found = catalog.experiment("ranking")
    assert [each.condition and each.condition.text for each in found.exposure.matched] == ["(experiment = 'ranking')"]
    assert (found.variants, found.control) == ({"control": 50, "new": 50}, "control")
    assert (found.start, found.end, found.window) == (date(2026, 8, 3), date(2026, 8, 30), timedelta(days=14))
    assert (found.primary, found.secondary, found.guardrails[0].metric) == ("opened", ("weekly",), "search.failure_rate")
    assert (found.owner, found.effect is not None) == ("team-discovery", True)
    assert found.effect is not None
    assert found.effect.value == pytest.approx(0.02)
    assert [each.id for each in catalog.dependents("opened")] == ["ranking"]


@pytest.mark.parametrize(
    "weights", ["{control: 50%, new: 50%}", "{control: 0.5, new: 0.5}", "{control: 1, new: 49, newer: 50}"]
)
def test_weights_are_parts_of_a_whole(tmp_path: Path, weights: str) -> None:
    text = EXPERIMENT.replace("{control: 50, new: 50}", weights)
    variants = loaded(tmp_path, events=VIEWED, m=METRICS, x=text).experiment("ranking").variants
    assert sum(variants.values()) in {1, 100}


FAULTS = [
    ("{control: 50, new: 50}", "{control: 50, new: 0}", "E430 0"),
    ("{control: 50, new: 50}", "{control: 50, new: 50pp}", "E430 50pp"),
    ("{control: 50, new: 50}", "{control: 100}", "E431 variants"),
    ("{control: 50, new: 50}", "{control: 50, new: 40}", "E432 variants"),
    ("control: control\n", "control: contorl\n", "E433 contorl"),
    ("new: 50", "old: 50", "E434 old"),
    ("    analysis: sequential\n    start: 2026-08-03\n    end: 2026-08-30\n", "    start: 2026-08-03\n", "E435 ranking"),
    ("analysis: sequential", "entity: user\n    analysis: sequential", None),
    ("[weekly]", "[weekly, accounts]", "E436 accounts"),
    ("[{metric: search.failure_rate, no_worse_than: 0.5pp}]", "[accounts]", "E436 accounts"),
    ("0.5pp", "0.5%", "E418 0.5%"),
    ("effect: 2pp", "effect: 2%", "E418 2%"),
    ("effect: 2pp", "effect: -2pp", "E419 -2pp"),
    ("metric: search.failure_rate", "metric: opened", "E417 opened"),
    ("end: 2026-08-30", "end: 2025-08-30", "E412 2025-08-30"),
    ("variant: variant", "variant: varient", "E206 varient"),
    ("event: experiment_viewed", "event: experiment_veiwed", "E201 experiment_veiwed"),
    ("{experiment: ranking}", "{experimnt: ranking}", "E206 experimnt"),
    ("primary: opened", "primary: opend", "E205 opend"),
    ("analysis: sequential", "analysis: bayesian", "E103 bayesian"),
    ("start: 2026-08-03", "start: 3 August", "E104 3 August"),
    ("feature: search", "feature: serch", "E202 serch"),
    ("    primary: opened\n", "", "E102 ranking"),
    ("hypothesis:", "hypotesis:", "E101 hypotesis"),
]


@pytest.mark.parametrize(("old", "new", "expected"), FAULTS)
def test_what_could_not_be_evaluated_is_refused(tmp_path: Path, old: str, new: str, expected: str | None) -> None:
    assert old in EXPERIMENT
    files = {"events": VIEWED, "m": METRICS, "x": EXPERIMENT.replace(old, new)}
    if expected is None:
        assert loaded(tmp_path, **files).experiments
    else:
        assert seen(fault(tmp_path, **files)) == expected


def test_one_fault_of_an_experiment_hides_no_other(tmp_path: Path) -> None:
    text = (
        EXPERIMENT.replace("primary: opened", "primary: opend")
        .replace("new: 50", "new: 40")
        .replace("2026-08-30", "2025-08-30")
    )
    found = faults(tmp_path, events=VIEWED, m=METRICS, x=text.replace("event: experiment_viewed", "event: viewed"))
    assert [each.code for each in found] == ["E201", "E432", "E412", "E205"]


def test_the_meaning_of_an_experiment_is_what_can_change_its_result(tmp_path: Path) -> None:
    def meaning(name: str, text: str) -> str:
        return loaded(tmp_path / name, events=VIEWED, m=METRICS, x=text).experiment_meaning("ranking")

    base = meaning("a", EXPERIMENT)
    assert meaning("b", EXPERIMENT.replace("A better order", "Another order") + "    learned: Much\n") == base
    assert meaning("c", EXPERIMENT.replace("14 days", "7 days")) != base
    assert meaning("d", EXPERIMENT.replace("primary: opened", "primary: search.adoption")) != base
