"""E2: names that must be somebody's, and literals that their property can hold."""

from collections.abc import Iterable

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import did_you_mean, listed

EXPECTED = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "time": "a time, written 2026-05-04 or 2026-05-04T09:30",
    "string": "text",
    "list": "text",
}
CURES = {
    "integer": "Write digits alone, such as `30`; to ask for a missing one: {is_set: false}",
    "number": "Write it in digits, such as `12` or `0.5`; to ask for a missing one: {is_set: false}",
    "time": "Write a day or time of the calendar.",
    "boolean": "Write one of the two; to ask for a missing one: {is_set: false}",
}
LACKS = {
    "order": ("has no order, so it has no bounds", "Name its values, or declare another type."),
    "text": ("holds no text to search in", "Name its values, or declare it as `string`."),
    "sum": ("cannot be added up", "Declare it as `integer` or `number`, or count events instead."),
}


@check("E201")
def unknown_event(name: str, known: Iterable[str]) -> Flaw:
    """No event has this name.

    A metric of an event that does not exist would be zero for ever, and look like a feature that nobody uses. Events are
    declared under `events:`, by id; their names in older exports are `aliases`.

    Valid:
        metrics:
          weekly_searchers:
            description: People who searched
            type: count_distinct
            event: search_submitted

    Invalid:
        metrics:
          weekly_searchers:
            description: People who searched
            type: count_distinct
            event: «search_submited»
    """
    names = sorted(known)
    otherwise = f"There is: {listed(names)}" if names else "Declare it in `events:`."
    if name.startswith("feature."):
        otherwise = "Only standard.yml may name a role of a feature; name the event itself."
    return Flaw("E201", f"there is no event `{name}`", did_you_mean(name, names, otherwise=otherwise))


def _nobody(code: str, kind: str, name: str, known: Iterable[str]) -> Flaw:
    names = sorted(known)
    otherwise = f"There is: {listed(names)}" if names else f"No {kind} is declared."
    return Flaw(code, f"there is no {kind} `{name}`", did_you_mean(name, names, otherwise=otherwise))


@check("E202")
def unknown_feature(name: str, known: Iterable[str]) -> Flaw:
    """No feature has this id.

    A metric takes its owner and its eligible units from its feature, and stands on the feature's page.

    Valid:
        metrics:
          weekly_searchers: {description: Who searched, type: count_distinct, event: search_submitted, feature: search}

    Invalid:
        metrics:
          weekly_searchers: {description: Who searched, type: count_distinct, event: search_submitted, feature: «serch»}
    """
    return _nobody("E202", "feature", name, known)


@check("E203")
def unknown_team(name: str, known: Iterable[str]) -> Flaw:
    """No team has this id.

    Owners are ids of `teams:` in project.yml, so that a team that is renamed keeps what it owns.

    Valid:
        metrics:
          weekly_searchers: {description: People, type: count_distinct, event: search_submitted, owner: team-discovery}

    Invalid:
        metrics:
          weekly_searchers: {description: People, type: count_distinct, event: search_submitted, owner: «team-discover»}
    """
    return _nobody("E203", "team", name, known)


@check("E204")
def unknown_entity(name: str, known: Iterable[str]) -> Flaw:
    """No entity has this id.

    What can be counted - users, accounts - is declared in project.yml with its column in the exports.

    Valid:
        metrics:
          accounts_searching: {description: Accounts, type: count_distinct, event: search_submitted, entity: account}

    Invalid:
        metrics:
          accounts_searching: {description: Accounts, type: count_distinct, event: search_submitted, entity: «acount»}
    """
    return _nobody("E204", "entity", name, known)


@check("E206")
def unknown_property(name: str, known: Iterable[str]) -> Flaw:
    """No property or attribute of this name is declared here.

    A filter on a property that no event carries would match nothing, or everything, without a word.

    Valid:
        metrics:
          empty_searches: {description: Searches without result, type: count, event: search_submitted, filter: {results: 0}}

    Invalid:
        metrics:
          empty_searches: {description: Searches without result, type: count, event: search_submitted, filter: {«result»: 0}}
    """
    return Flaw("E206", f"no property `{name}` is declared here", nearest_property(name, known), at_key=True)


def nearest_property(name: str, known: Iterable[str]) -> str:
    """The cure for a property that nobody declares."""
    names = sorted(known)
    otherwise = f"There is: {listed(names)}" if names else "No properties are declared there."
    return did_you_mean(name, names, otherwise=otherwise) or otherwise


@check("E207")
def wrong_type(what: object, kind: str, lacks: str = "") -> Flaw:
    """A literal is not of the type of its property, or the type cannot do what is asked of it.

    Comparing text with a number would match nothing; adding text up means nothing.

    Valid:
        metrics:
          empty_searches: {description: Searches without result, type: count, event: search_submitted, filter: {results: 0}}

    Invalid:
        metrics:
          empty_searches: {description: Without result, type: count, event: search_submitted, filter: {results: «none»}}
    """
    if lacks:
        reason, cure = LACKS[lacks]
        return Flaw("E207", f"`{what}` is declared as {kind}, which {reason}", cure)
    return Flaw("E207", f"`{what}` is not {EXPECTED[kind]}, and the property is declared as {kind}", CURES.get(kind))


@check("E208")
def outside_enum(raw: object, enum: Iterable[object]) -> Flaw:
    """A value is none of those that its property can take.

    The `enum:` of a property lists every value that it may have; any other matches nothing.

    Valid:
        metrics:
          bar_searches: {description: From the bar, type: count, event: search_submitted, filter: {source: navbar}}

    Invalid:
        metrics:
          bar_searches: {description: From the bar, type: count, event: search_submitted, filter: {source: «navbr»}}
    """
    words = [str(value) for value in enum]
    cure = did_you_mean(str(raw), words, otherwise=f"It is one of: {listed(words)}")
    return Flaw("E208", f"`{raw}` is none of the values it can take", cure)


@check("E212")
def unknown_standard(name: str, known: Iterable[str], kind: str = "standard metric") -> Flaw:
    """There is no such standard metric, or no such role of a feature.

    Standard metrics are the same for every feature; what is changed or skipped by a name that none has would stay as it was.

    Valid:
        features:
          quick_search: {used: search_submitted, standard: {retention: {skip: too early}}}

    Invalid:
        features:
          quick_search: {used: search_submitted, standard: {«retentoin»: {skip: too early}}}
    """
    names = list(known)
    cure = did_you_mean(name, names, otherwise=f"There is: {listed(names)}")
    return Flaw("E212", f"there is no {kind} `{name}`", cure)
