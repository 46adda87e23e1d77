"""W5: advice about goals that nobody closed, and about what rests on metrics on their way out."""

from datetime import date

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.places import Place


@check("W512")
def goal_left_open(name: str, end: date) -> Flaw:
    """A goal has ended, and nobody said what was learned.

    What the next goal is built on is forgotten within weeks.

    Valid:
        goals:
          more_searches:
            description: A thousand searches in each week of spring
            metric: searches
            target: 1000
            start: 2024-03-01
            by: 2024-05-31
            closed: 2024-06-04
            learned: The shortcut brought more than the banner

    Invalid:
        goals:
          more_searches:
            description: A thousand searches in each week of spring
            metric: searches
            target: 1000
            start: 2024-03-01
            by: «2024-05-31»
    """
    cure = "Add `closed:` with a date, and `learned:` with one sentence."
    return Flaw("W512", f"the goal `{name}` ended on {end}, and nothing says what was learned", cure)


@check("W513")
def rests_on_deprecated(name: str, instead: str | None, place: Place) -> Flaw:
    """A goal, experiment or formula rests on a metric that should not be used any more.

    The metric will be deleted some day, and whatever rests on it then fails.

    Valid:
        metrics:
          queries:
            description: Searches, as counted until spring
            type: count
            event: search_submitted
            filter: {source: page}
            feature: search
            status: deprecated
            deprecated: {since: 2999-04-01, replaced_by: searches}
        goals:
          more_searches:
            description: A thousand lookups a week
            metric: searches
            target: 1000
            start: 2999-03-01
            by: 2999-05-31

    Invalid:
        metrics:
          queries:
            description: Searches, as counted until spring
            type: count
            event: search_submitted
            filter: {source: page}
            feature: search
            status: deprecated
            deprecated: {since: 2999-04-01, replaced_by: searches}
        goals:
          more_searches:
            description: A thousand lookups a week
            metric: «queries»
            target: 1000
            start: 2999-03-01
            by: 2999-05-31
    """
    cure = f"Use `{instead}`." if instead else "Choose a metric that stays."
    return Flaw("W513", f"`{name}` is deprecated, as {place} says", cure)
