"""Formulas over metrics: how they are written, and what can stand in them."""

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw

WRITING = "Write numbers, names of `inputs`, + - * / and parentheses, such as `now / before - 1`."


@check("E118")
def no_formula(message: str, start: int | None = None, length: int = 1) -> Flaw:
    """A formula cannot be read.

    Formulas are numbers, names of inputs, signs and parentheses. They are read by hand and never run as code, so there are
    no functions in them.

    Valid:
        metrics:
          growth:
            description: Searches against a week before
            type: derived
            formula: now / before - 1
            inputs: {now: searches, before: {metric: searches, offset: 1 week}}

    Invalid:
        metrics:
          growth:
            description: Searches against a week before
            type: derived
            formula: now / «%» before
            inputs: {now: searches, before: {metric: searches, offset: 1 week}}
    """
    return Flaw("E118", message, WRITING, start=start, length=length)


@check("E119")
def no_offset(raw: object) -> Flaw:
    """An offset is none.

    It says how much earlier an input is counted: a whole number of months, weeks, days or hours.

    Valid:
        metrics:
          growth:
            description: Searches against four weeks before
            type: derived
            formula: now - before
            inputs: {now: searches, before: {metric: searches, offset: 4 weeks}}

    Invalid:
        metrics:
          growth:
            description: Searches against four weeks before
            type: derived
            formula: now - before
            inputs: {now: searches, before: {metric: searches, offset: «a while»}}
    """
    return Flaw("E119", f"`{raw}` is no offset", "Write it as `4 weeks`, `1 month`, `1 day` or `12 hours`.")


@check("E216")
def not_an_input(name: str) -> Flaw:
    """The names of a formula are not those of its inputs.

    A name that no input explains has no value, and an input that the formula does not use changes nothing: one of both is
    mistyped.

    Valid:
        metrics:
          found: {description: Searches, type: derived, formula: all - few, inputs: {all: searches, few: searches}}

    Invalid:
        metrics:
          found: {description: Searches, type: derived, formula: «all - few», inputs: {all: searches}}
    """
    return Flaw("E216", f"the formula names `{name}`, which is no input", "Add it to `inputs`.", ("formula",))


def unused_input(name: str) -> Flaw:
    """The other half of the same check: an input that the formula does not use."""
    return Flaw("E216", f"the formula does not use `{name}`", "Use it, or leave it out.", ("inputs", name))


@check("E218")
def unfit_input(message: str, cure: str, *path: str) -> Flaw:
    """The inputs of a formula do not go together.

    All are counted over the same windows, so that each point of the formula is made from points of the same days.

    Valid:
        metrics:
          per_head: {description: Searches per searcher, type: derived, formula: a / b, inputs: {a: searches, b: searchers}}

    Invalid:
        metrics:
          by_day: {description: Searches of a day, type: count, event: search_submitted, grain: day}
          per_head: {description: Per searcher, type: derived, formula: a / b, inputs: {a: searches, b: «by_day»}}
    """
    return Flaw("E218", message, cure, path)
