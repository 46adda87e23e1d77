"""E2: names that must be somebody's."""

from collections.abc import Iterable

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import did_you_mean


@check("E201")
def unknown_event(name: str, known: Iterable[str], otherwise: str) -> Flaw:
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
    return Flaw("E201", f"there is no event `{name}`", did_you_mean(name, known, otherwise=otherwise))
