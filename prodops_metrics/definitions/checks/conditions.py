"""E3: SQL conditions - one row, one condition, and nothing that reaches further."""

from collections.abc import Iterable

from prodops_metrics.definitions.checks.references import nearest_property
from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import did_you_mean, listed

QUOTES = 'Text stands in plain single quotes, a name with such letters in double quotes: "größe".'


@check("E301")
def not_a_condition(reason: str, cure: str | None = None) -> Flaw:
    """The text cannot be read as an SQL condition.

    It is parsed alone, so it cannot lean on anything around it.

    Valid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > 100 and plan = 'pro'"}

    Invalid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > 100 and plan '«pro»'"}
    """
    return Flaw("E301", reason, cure)


@check("E302")
def more_than_one() -> Flaw:
    """More than one statement stands here.

    One condition is expected; a second statement has no business in a definition.

    Valid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > 100"}

    Invalid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > 100«;» DROP TABLE events"}
    """
    return Flaw("E302", "exactly one condition is expected, without `;`", "Join conditions with `and` or `or`.")


@check("E303")
def not_in_a_condition(reason: str, cure: str | None = None) -> Flaw:
    """The condition uses something that conditions may not use.

    What may stand in a condition is a short list; anything else is refused, whether it could do harm or not.

    Valid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > 100"}

    Invalid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > «$limit»"}
    """
    return Flaw("E303", reason, cure)


@check("E304")
def unknown_column(name: str, known: Iterable[str], *, quoted: bool = False) -> Flaw:
    """The condition names a column that is declared nowhere in reach.

    On events these are their properties and the common ones, on units the attributes of their entity.

    Valid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > 100"}

    Invalid:
        segments:
          large: {description: Large accounts, entity: account, where: "«seets» > 100"}
    """
    cure = nearest_property(name, known)
    if quoted and not cure.startswith("Did"):
        cure = f"Text stands in single quotes: '{name}'."
    return Flaw("E304", f"no property `{name}` is declared here", cure)


@check("E305")
def query_inside() -> Flaw:
    """The condition holds a query.

    A condition looks at one row. A query inside it could read other tables, and files.

    Valid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > 100"}

    Invalid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > («SELECT» avg(seats) FROM accounts)"}
    """
    return Flaw("E305", "a condition looks at one row, so it holds no query", "Compare with a number or a text.")


@check("E306")
def aggregate_inside(name: str) -> Flaw:
    """The condition aggregates.

    Counting and adding up is what metric types do, over the rows that the condition keeps.

    Valid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > 100"}

    Invalid:
        segments:
          large: {description: Large accounts, entity: account, where: "«sum»(seats) > 100"}
    """
    message = f"a condition looks at one row, so {name} cannot aggregate there"
    return Flaw("E306", message, "The metric's `type` says how rows are counted or added up.")


@check("E307")
def window_inside() -> Flaw:
    """The condition holds a window function.

    A condition looks at one row and knows none before or after it.

    Valid:
        segments:
          large: {description: Large accounts, entity: account, where: "seats > 100"}

    Invalid:
        segments:
          large: {description: Large accounts, entity: account, where: "«lag»(seats) over () > 100"}
    """
    return Flaw("E307", "a condition looks at one row, so it holds no window function", "Steps in order are a `funnel`.")


@check("E308")
def function_inside(name: str, allowed: Iterable[str]) -> Flaw:
    """The condition calls a function that it may not call.

    Functions that read files, the network or settings are refused, and so is the clock: with `now()` the same definition
    would give another number every day. Dates of metrics come from their windows.

    Valid:
        segments:
          starts_with_p: {description: Plans with a P, entity: account, where: "starts_with(plan, 'p')"}

    Invalid:
        segments:
          lately: {description: New accounts, entity: account, where: "signed_up > «now»()"}
    """
    names = sorted(allowed)
    cure = did_you_mean(name.lower(), names, otherwise=f"These can: {listed(names)}")
    return Flaw("E308", f"{name.upper()} cannot be used in a condition", cure)


@check("E309")
def hidden_sign(reason: str) -> Flaw:
    """A sign stands here that looks like another, or like none.

    Curly quotes from a word processor, letters of other scripts and invisible characters make a condition read otherwise
    than it works.

    Valid:
        segments:
          pro: {description: Accounts on pro, entity: account, where: "plan = 'pro'"}

    Invalid:
        segments:
          pro: {description: Accounts on pro, entity: account, where: "plan = «„»pro“"}
    """
    return Flaw("E309", reason, QUOTES if "no sign" in reason else "Remove it.")
