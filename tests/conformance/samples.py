"""Summary statistics of a case as the groups that `statistics` works on."""

from collections.abc import Iterator, Mapping
from typing import Any

from prodops_metrics.errors import NotEnoughDataError
from prodops_metrics.statistics.cuped import Mean, Ratio, corrected_means, corrected_ratios
from prodops_metrics.statistics.effects import Effect, Plan, Side, effect
from prodops_metrics.statistics.groups import Group, Sums, covariance_of, group_of, proportion_sums, ratio_of
from tests.conformance.case import Case

SIDES: Mapping[str, Side] = {"two_sided": "two_sided", "greater": "greater", "less": "less", "sequential": "two_sided"}
ABOVE, BELOW = ("numerator", "m_statistic"), ("denominator", "d_statistic")
MEASURES = {"effect": "point", "p_value": "p", "standard_error": "error"}


def effect_of(case: Case) -> Effect:
    """The effect that a case asks for."""
    inputs = case.raw["inputs"]
    control, treatment = groups(inputs["control"], inputs["treatment"])
    return effect(control, treatment, plan_of(inputs))


def plan_of(inputs: Mapping[str, Any]) -> Plan:
    """What was planned: one- or two-sided, absolute or relative, looked at once or at any time."""
    test = inputs.get("test", "two_sided")
    side = SIDES[test.removeprefix("sequential_")]
    tuning = inputs.get("sequential_tuning", 5000) if test.startswith("sequential") else None
    return Plan(inputs["difference"], side, 1 - inputs["alpha"], tuning)


def groups(control: Mapping[str, Any], treatment: Mapping[str, Any]) -> tuple[Group, Group]:
    """Both groups, corrected together where that is asked for."""
    if control["type"] == "cuped":
        return corrected_means(_cuped(control), _cuped(treatment))
    if control["type"] == "cuped_ratio":
        return corrected_ratios(_cuped_ratio(control), _cuped_ratio(treatment))
    return _plain(control), _plain(treatment)


def cuped_of(case: Case) -> tuple[Mean, Mean]:
    """Both groups before they are corrected."""
    inputs = case.raw["inputs"]
    return _cuped(inputs["control"]), _cuped(inputs["treatment"])


def _sums(one: Mapping[str, Any]) -> Sums:
    if one["type"] == "proportion":
        return proportion_sums(one["n"], one["sum"])
    return Sums(one["n"], one["sum"], one["sum_squares"])


def _plain(one: Mapping[str, Any]) -> Group:
    if one["type"] != "ratio":
        return group_of(_sums(one).variable)
    above, below = (_sums(_under(one, names)) for names in (ABOVE, BELOW))
    products = next(float(value) for key, value in one.items() if "product" in key)
    return group_of(ratio_of(above.variable, below.variable, covariance_of(above, below, products)))


def _under(one: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    return next(value for key, value in one.items() if key in names)


def _cuped(one: Mapping[str, Any]) -> Mean:
    return Mean(_sums(one["post"]), _sums(one["pre"]), one["post_pre_sum_of_products"])


def _cuped_ratio(one: Mapping[str, Any]) -> Ratio:
    products = one["products"]
    return Ratio(
        after=(_sums(one["numerator_post"]), _sums(one["denominator_post"])),
        before=(_sums(one["numerator_pre"]), _sums(one["denominator_pre"])),
        within_after=products["num_post_den_post"],
        within_before=products["num_pre_den_pre"],
        numerators=products["num_post_num_pre"],
        denominators=products["den_post_den_pre"],
        after_above_before_below=products["num_post_den_pre"],
        after_below_before_above=products["num_pre_den_post"],
    )


def differing(case: Case, found: Effect) -> Iterator[str]:
    """What of an effect is another than the case expects."""
    tolerance = float(case.raw.get("tolerance", 1e-6))
    for word, name in MEASURES.items():
        expected = case.expected.get(word)
        if expected is not None and abs(getattr(found, name) - expected) > tolerance:
            yield f"{word} {getattr(found, name):.9g} for {expected:.9g}"
    for bound, end, expected in zip((found.low, found.high), ("low", "high"), case.expected.get("ci", ()), strict=False):
        if (bound is None) != (expected is None):
            yield f"{end} end {bound} for {expected}"
        elif bound is not None and abs(bound - expected) > tolerance:
            yield f"{end} end {bound:.9g} for {expected:.9g}"


def refused(case: Case) -> bool:
    """Whether the case expects that no result is given."""
    return "error" in case.expected or "error" in case.raw


def checked_effect(case: Case) -> Iterator[str]:
    """What is wrong with the effect, or with there being one."""
    try:
        found = effect_of(case)
    except NotEnoughDataError as error:
        if not refused(case):
            yield str(error)
        return
    if refused(case):
        yield "there is an effect where there must be none"
        return
    yield from differing(case, found)
    inputs = case.raw["inputs"]
    for group, name in ((inputs["control"], "control_mean"), (inputs["treatment"], "treatment_mean")):
        expected = case.expected.get(name)
        mean = groups(group, group)[0].baseline
        if expected is not None and abs(mean - expected) > 1e-6:
            yield f"{name} {mean:.9g} for {expected:.9g}"
