"""E1: the rules of verdicts."""

from collections.abc import Iterable

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import did_you_mean, listed, shown


@check("E140")
def unknown_condition(key: str, known: Iterable[str]) -> Flaw:
    """A rule asks for a metric that not every feature has, or for nothing that there is.

    Rules hold for all features alike, so they name standard metrics, without a feature in front.

    Valid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: at_risk, when: {activation.high: {below: 30%}}}

    Invalid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: at_risk, when: {«activaton.high»: {below: 30%}}}
    """
    names = list(known)
    cure = did_you_mean(key.partition(".")[0], names, otherwise=f"There is: {listed(names)}")
    return Flaw("E140", f"a rule cannot ask for `{key}`", cure, at_key=True)


@check("E143")
def unknown_reading(metric: str, reading: str, known: Iterable[str]) -> Flaw:
    """A rule reads off a metric what it does not have.

    A rule asks for an end of the interval, so that a verdict changes only when the evidence does: `low` is surely passed,
    `high` surely not reached. `change` is against the window before, `relative_change` in parts of it.

    Valid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: watch, when: {adoption.change.high: {below: 0}}}

    Invalid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: watch, when: {«adoption.change.upper»: {below: 0}}}
    """
    names = [f"{metric}.{each}" for each in known]
    what = f"`{metric}.{reading}` is no reading of a metric" if reading else f"`{metric}` alone is no number to compare"
    cure = did_you_mean(f"{metric}.{reading}", names, otherwise=f"There is: {listed(names)}")
    return Flaw("E143", what, cure, at_key=True)


@check("E144")
def no_condition(raw: object, *, several: bool = False) -> Flaw:
    """The condition of a rule is none.

    A rule holds `when:` a mapping of conditions holds, each of them, or `always`. `any:` and `all:` have a list of mappings.

    Valid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: watch, when: always}

    Invalid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: watch, when: «otherwise»}
    """
    form = "[{failure_rate.low: {above: 5%}}, …]" if several else "{failure_rate.low: {above: 5%}}, or `always`"
    return Flaw("E144", f"{shown(raw)} is no condition", f"Write {form}.")


@check("E145")
def no_bound(raw: object) -> Flaw:
    """A rule does not say from where on.

    Each condition has `above:`, `below:` or both. With `or_absent: true` it also holds where there is no number.

    Valid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: healthy, when: {failure_rate.high: {below: 5%, or_absent: true}}}

    Invalid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: healthy, when: {«failure_rate.high»: {or_absent: true}}}
    """
    if isinstance(raw, dict) and {"above", "below"} <= set(raw):
        return Flaw("E145", "no number lies above the one and below the other", "`above` has to be the lower one.")
    return Flaw("E145", "it is not said from where on", "Write {above: 5%} or {below: 30%}.")


@check("E146")
def never_reached(first: str) -> Flaw:
    """A rule can never be the first that holds.

    Rules are tried in their order and the first that holds is the verdict; behind `always` none is tried.

    Valid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: at_risk, when: {failure_rate.low: {above: 5%}}}
            - {id: watch, when: always}

    Invalid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: watch, when: always}
            - {id: at_risk, «when»: {failure_rate.low: {above: 5%}}}
    """
    return Flaw("E146", f"never reached: `{first}` before it holds always", "Put the rule that holds always last.")


@check("E147")
def unknown_blank(name: str, known: Iterable[str]) -> Flaw:
    """The words of a rule have a blank that nothing fills.

    What stands in braces is filled with what the rule's own conditions found, so others would stay empty.

    Valid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: not_judged, when: {stage: [idea]}, say: "Not judged: {stage}."}

    Invalid:
        # metric_defs/standard.yml
        verdicts:
          rules:
            - {id: not_judged, when: {stage: [idea]}, say: «"Not judged: {phase}."»}
    """
    names = [f"{{{each}}}" for each in known]
    what = f"nothing fills `{{{name}}}` here" if name else "a brace is not closed, or stands alone"
    otherwise = (
        f"This rule fills: {listed(names)}" if names else "This rule fills nothing; write the sentence without braces."
    )
    return Flaw("E147", what, did_you_mean(f"{{{name}}}", names, otherwise=otherwise))


@check("E148")
def no_such_bound(name: str, rule: str, known: Iterable[str]) -> Flaw:
    """A feature changes a threshold that no rule has, or not just one.

    A feature's own threshold takes the place of one number in the rules of everyone.

    Valid:
        features:
          quick_search:
            used: search_submitted
            failed: search_failed
            verdicts: {failure_rate: {at_risk: 8%, because: Half of its searches go to a slow archive}}

    Invalid:
        features:
          quick_search:
            used: search_submitted
            failed: search_failed
            verdicts: {activation: {«not_enough»: 8%, because: Half of its searches go to a slow archive}}
    """
    names = list(known)
    if name in names:
        return Flaw("E148", f"`{rule}` asks for `{name}` more than once", f"Name one of: {listed(names)}", at_key=True)
    cure = did_you_mean(name, names, otherwise=f"It asks for: {listed(names)}" if names else "It asks for no metric.")
    return Flaw("E148", f"`{rule}` does not ask for `{name}`", cure, at_key=True)
