"""E2: metrics, events and features that are renamed, broken or on their way out."""

from collections.abc import Iterable

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import did_you_mean, listed
from prodops_metrics.definitions.places import Place


@check("E205")
def unknown_metric(name: str, known: Iterable[str], reason: str = "") -> Flaw:
    """No metric has this id.

    Goals, experiments, tests and formulas name metrics by their id, or by an alias that they had before. Those that every
    feature has stand behind the feature: `search.adoption`. A feature that lacks a role lacks the metrics made from it.

    Valid:
        goals:
          more_searchers:
            description: Half of those who could do search
            metric: search.adoption
            target: 50%
            start: 2026-09-01
            by: 2026-11-30

    Invalid:
        goals:
          more_searchers:
            description: Half of those who could do search
            metric: «search.adopton»
            target: 50%
            start: 2026-09-01
            by: 2026-11-30
    """
    if reason:
        return Flaw("E205", f"there is no metric `{name}`: {reason}", "Declare it at the feature, or name another metric.")
    names = sorted(known)
    otherwise = f"There is: {listed(names)}" if names else "No metric is declared."
    return Flaw("E205", f"there is no metric `{name}`", did_you_mean(name, names, otherwise=otherwise))


@check("E221")
def former_name_taken(alias: str, owner: str) -> Flaw:
    """An alias is the name of another.

    Links and goals that still use the old name of a renamed metric or feature must lead to one of them only.

    Valid:
        metrics:
          searches_sent:
            description: Searches that were sent
            type: count
            event: search_submitted
            aliases: [queries]

    Invalid:
        metrics:
          searches_sent:
            description: Searches that were sent
            type: count
            event: search_submitted
            aliases: [«searches»]
    """
    return Flaw("E221", f"`{alias}` is already a name of `{owner}`", "An alias is a name that nothing else has.")


@check("E222")
def broken_without_issue(kind: str) -> Flaw:
    """Something is broken, and nobody can look up why.

    `status: broken` marks numbers that must not be trusted. The issue says since when, and who mends it; without one it
    stays broken for ever.

    Valid:
        events:
          page_left: {description: The page was left, status: broken, issue: TRACK-112}

    Invalid:
        events:
          page_left: {description: The page was left, status: «broken»}
    """
    cure = "Add `issue:` with its number or address."
    return Flaw("E222", f"the {kind} is broken, and `issue` is missing", cure, ("status",))


@check("E223")
def retired_event(event: str, status: str, place: Place) -> Flaw:
    """An active metric or feature rests on a deprecated or broken event alone.

    The event is no longer sent, or not as it should be, so that the number fades without anybody having decided it. A
    list that names the new event beside the old one is fine: it keeps the history.

    Valid:
        events:
          search_sent: {description: The old name of a search, status: deprecated}
        metrics:
          queries:
            description: Searches under either name
            type: count
            event: [search_sent, search_submitted]
            filter: {source: navbar}

    Invalid:
        events:
          search_sent: {description: The old name of a search, status: deprecated}
        metrics:
          queries:
            description: Searches that were sent
            type: count
            event: «search_sent»
    """
    cure = "Name the event that took its place, or set the metric to `status: deprecated` or `broken` too."
    return Flaw("E223", f"`{event}` is {status}, as {place} says", cure)


@check("E224")
def replaced_by_retired(name: str, status: str, place: Place) -> Flaw:
    """A deprecated metric is replaced by one that should not be used either.

    Whoever follows the advice would have to move twice. The replacement is a metric that stays.

    Valid:
        metrics:
          queries:
            description: Searches, as counted until spring
            type: count
            event: search_opened
            status: deprecated
            deprecated: {since: 2026-04-01, replaced_by: searches}

    Invalid:
        metrics:
          queries:
            description: Searches, as counted until spring
            type: count
            event: search_opened
            status: deprecated
            deprecated: {since: 2026-04-01, replaced_by: «lookups»}
          lookups:
            description: Searches, as counted until winter
            type: count
            event: search_submitted
            filter: {source: page}
            status: deprecated
            deprecated: {since: 2026-01-01, replaced_by: searches}
    """
    return Flaw("E224", f"`{name}` is {status} itself, as {place} says", "Name a metric that stays.")


@check("E225")
def deprecated_by_halves(*, status: bool) -> Flaw:
    """A metric is half deprecated.

    `status: deprecated` marks it on every page, and `deprecated:` says since when and what to use instead. One without
    the other leaves people with a warning that they cannot follow, or with a replacement that nobody is told of.

    Valid:
        metrics:
          queries:
            description: Searches, as counted until spring
            type: count
            event: search_opened
            status: deprecated
            deprecated: {since: 2026-04-01, replaced_by: searches}

    Invalid:
        metrics:
          queries:
            description: Searches, as counted until spring
            type: count
            event: search_opened
            status: «deprecated»
    """
    if status:
        cure = "Add `deprecated: {since: 2026-04-01, replaced_by: <metric>}`."
        return Flaw("E225", "since when it is deprecated is missing", cure, ("status",))
    cure = "Add `status: deprecated`, or leave the key out."
    return Flaw("E225", "`deprecated` is given, and the status says otherwise", cure, ("deprecated",), at_key=True)


@check("E226")
def circle(names: Iterable[str]) -> Flaw:
    """A definition leads back to itself.

    Each waits for the other: a formula for its inputs, a reader for the metric that replaces one. Nobody ever arrives.

    Valid:
        metrics:
          queries:
            description: Searches, as counted until spring
            type: count
            event: search_opened
            status: deprecated
            deprecated: {since: 2026-04-01, replaced_by: searches}

    Invalid:
        metrics:
          queries:
            description: Searches, as counted until spring
            type: count
            event: search_opened
            status: deprecated
            deprecated: {since: 2026-04-01, replaced_by: «queries»}
    """
    return Flaw("E226", f"it leads back to itself: {' -> '.join(names)}", "Name another metric.")


@check("E227")
def looks_alike(name: str, other: str, place: Place) -> Flaw:
    """Two names of a kind can be taken for each other.

    They differ in an underscore, or in signs that look alike (0 and o, 1 and l). Sooner or later somebody reads the one
    and quotes the other.

    Valid:
        metrics:
          searches_by_page:
            description: Searches from the page
            type: count
            event: search_submitted
            filter: {source: page}

    Invalid:
        metrics:
          page_searches:
            description: Searches from the page
            type: count
            event: search_submitted
            filter: {source: page}
          «pagesearches»:
            description: Searches by shortcut
            type: count
            event: search_submitted
            filter: {source: shortcut}
    """
    return Flaw("E227", f"`{name}` is easily taken for `{other}` at {place}", "Choose a name that says the difference.")
