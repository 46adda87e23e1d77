"""E4: experiments that could not be evaluated as they are written."""

from collections.abc import Iterable

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import did_you_mean, listed


@check("E430")
def weight_above_nothing(text: str) -> Flaw:
    """The weight of a variant is no number above zero.

    A variant that nobody is given cannot be compared; weights are the shares that the assignment was told to give.

    Valid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            variants: {control: 50, treatment: 50}
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate

    Invalid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            variants: {control: 50, treatment: «0»}
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate
    """
    return Flaw("E430", f"{text} is no weight", "Write the share of units that were given it, such as `50`.")


@check("E431")
def one_variant() -> Flaw:
    """An experiment has fewer than two variants.

    With one variant there is nothing to compare it with.

    Valid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            variants: {control: 50, treatment: 50}
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate

    Invalid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            «variants»: {control: 100}
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate
    """
    return Flaw("E431", "an experiment compares at least two variants", "Add the others.", ("variants",), at_key=True)


@check("E432")
def weights_of_a_whole(total: float) -> Flaw:
    """The weights of the variants do not add up.

    Whether units were lost on the way is seen by comparing with these weights. They add up to 100, or to 1; those who
    are outside the experiment are no variant of it.

    Valid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            variants: {control: 50, treatment: 50}
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate

    Invalid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            «variants»: {control: 50, treatment: 40}
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate
    """
    message = f"the weights add up to {total:g}"
    return Flaw("E432", message, "They add up to 100 (or to 1).", ("variants",), at_key=True)


@check("E433")
def unknown_control(control: str, variants: Iterable[str]) -> Flaw:
    """The control is no variant.

    Every other variant is compared with the control. It is the variant named `control` unless the experiment says which.

    Valid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            variants: {control: 50, treatment: 50}
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate

    Invalid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            variants: {control: 50, treatment: 50}
            control: «controll»
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate
    """
    cure = did_you_mean(control, variants, otherwise=f"Add `control:`, one of: {listed(variants)}")
    return Flaw("E433", f"there is no variant `{control}` to be the control", cure, ("control",))


@check("E434")
def variant_outside_the_enum(name: str, enum: tuple[str, ...]) -> Flaw:
    """A variant is none of the values that the events can carry.

    The property declares its values, and this one is not among them, so nobody could ever have seen the variant.

    Valid:
        experiments:
          ranking:
            feature: search
            exposure: {event: search_submitted, variant: source}
            variants: {navbar: 50, page: 50}
            control: navbar
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate

    Invalid:
        experiments:
          ranking:
            feature: search
            exposure: {event: search_submitted, variant: source}
            variants: {navbar: 50, «pages»: 50}
            control: navbar
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate
    """
    cure = did_you_mean(name, enum, otherwise=f"It is one of: {listed(enum)}")
    return Flaw("E434", f"`{name}` is none of the values of the property", cure, (name,), at_key=True)


@check("E435")
def fixed_without_end() -> Flaw:
    """A fixed analysis has no end.

    It is read once, at its end. Looking each day and stopping at the first good one finds a difference where there is
    none in about every fourth experiment; `analysis: sequential` may be read at any time.

    Valid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            variants: {control: 50, treatment: 50}
            start: 2026-08-03
            end: 2026-08-30
            primary: zero_result_rate

    Invalid:
        experiments:
          ranking:
            feature: search
            exposure: {event: experiment_viewed, filter: {experiment: ranking}, variant: variant}
            variants: {control: 50, treatment: 50}
            start: 2026-08-03
            «analysis»: fixed
            primary: zero_result_rate
    """
    cure = "Add `end:`, or write `analysis: sequential`."
    return Flaw("E435", "a fixed analysis is read at its end, which is missing", cure, ("analysis",), at_key=True)


@check("E436")
def metric_of_another_entity(metric: str, its: str, assigned: str, path: tuple[str | int, ...]) -> Flaw:
    """A metric counts something that is not assigned to a variant.

    Units that were given a variant can be compared, and those that sit in them: users of an assigned account. An account
    whose users saw different variants belongs to none.

    Valid:
        experiments:
          ranking:
            exposure: {event: experiment_viewed, variant: variant}
            variants: {control: 50, treatment: 50}
            entity: account
            start: 2026-08-03
            end: 2026-08-30
            primary: searchers

    Invalid:
        metrics:
          searching_accounts:
            description: Accounts that searched
            type: count_distinct
            event: search_submitted
            entity: account
        experiments:
          ranking:
            exposure: {event: experiment_viewed, variant: variant}
            variants: {control: 50, treatment: 50}
            entity: user
            start: 2026-08-03
            end: 2026-08-30
            primary: «searching_accounts»
    """
    message = f"`{metric}` counts the entity {its}, and {assigned} is what was assigned"
    return Flaw("E436", message, f"Assign `entity: {its}`, or choose a metric of the entity {assigned}.", path)
