"""W5: advice. It stops nobody, and a comment on the line or above it silences it: ``# prodops: allow W503 because …``."""

from collections.abc import Iterable
from datetime import date

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import listed
from prodops_metrics.definitions.places import Place


@check("W501")
def same_calculation(name: str, other: str, place: Place) -> Flaw:
    """Two metrics calculate the same.

    Sooner or later one of them is changed, and two numbers of one thing contradict each other. Only the calculation is
    compared: names, descriptions and formats may differ.

    Valid:
        # metric_defs/weekly.yml
        metrics:
          bar_searches:
            description: Searches begun in the bar at the top
            type: count
            event: search_submitted
            filter: {source: navbar}
            feature: search

    Invalid:
        # metric_defs/weekly.yml
        metrics:
          «all_searches»:
            description: Every search of that week
            type: count
            event: search_submitted
            feature: search
    """
    message = f"`{name}` calculates the same as `{other}` at {place}"
    return Flaw("W501", message, f"Use `{other}`, and name what is special about this one otherwise.")


@check("W502")
def repeats_its_id(name: str) -> Flaw:
    """A description only repeats the id.

    Whoever meets the number in a report wants to know what exactly was counted, and of whom.

    Valid:
        events:
          report_opened: {description: A report was shown for at least a second}
        features:
          reports: {used: report_opened, description: Tables and charts of a month}

    Invalid:
        events:
          report_opened: {description: «Report opened»}
        features:
          reports: {used: report_opened, description: Tables and charts of a month}
    """
    return Flaw("W502", f"the description of `{name}` says what its id says", "Say what exactly is counted, and of whom.")


@check("W503")
def event_unused(name: str) -> Flaw:
    """No metric, feature or experiment uses an event.

    It is collected, and nobody looks at it: either a metric was forgotten, or the product need not send it.

    Valid:
        events:
          report_opened: {description: A report was shown for at least a second}
        metrics:
          reports_read: {description: Reports shown, type: count, event: report_opened, owner: team-discovery}

    Invalid:
        events:
          «report_opened»: {description: A report was shown for at least a second}
    """
    cure = "Use it, stop sending it, or write `status: draft` until somebody needs it."
    return Flaw("W503", f"no metric, feature or experiment uses the event `{name}`", cure)


@check("W504")
def meaning_changed(name: str, keys: Iterable[str]) -> Flaw:
    """The meaning of an active metric was changed, and nothing says why.

    Charts draw a seam where a meaning changes; `change_note` is what people read there. Asked with `--against`, which knows
    the definition before.

    Valid:
        metrics:
          empty_searches:
            description: Searches that found next to nothing
            type: count
            event: search_submitted
            filter: {results: 0}
            feature: search
            higher_is_better: false

    Invalid:
        metrics:
          «empty_searches»:
            description: Searches that found next to nothing
            type: count
            event: search_submitted
            filter: {results: {at_most: 1}}
            feature: search
            higher_is_better: false
    """
    message = f"the meaning of `{name}` has changed ({listed(keys)}), and its `change_note` has not"
    return Flaw("W504", message, "Write one sentence for the readers: `change_note: one hit counts as none, since 4 May`.")


@check("W505")
def deprecation_overdue(name: str, since: date, users: Iterable[str]) -> Flaw:
    """A metric has been deprecated for long, and is still there.

    Three months after its date everybody should have moved to its replacement.

    Valid:
        metrics:
          searches_of_old:
            description: Searches before the new index
            type: count
            event: search_submitted
            filter: {source: shortcut}
            feature: search
            status: deprecated
            deprecated: {since: 2999-01-01, replaced_by: searches}

    Invalid:
        metrics:
          searches_of_old:
            description: Searches before the new index
            type: count
            event: search_submitted
            filter: {source: shortcut}
            feature: search
            status: deprecated
            deprecated: {since: «2020-01-01», replaced_by: searches}
    """
    named = listed(users)
    cure = f"Move {named} to its replacement, then delete it." if named else "Nothing here uses it: delete it."
    return Flaw("W505", f"`{name}` has been deprecated since {since}", cure)


@check("W506")
def silences_nothing(code: str) -> Flaw:
    """A comment silences advice that is not given.

    Left behind, it would silence the next finding, which may be another one.

    Valid:
        events:
          # prodops: allow W503 because the new index will be judged by it
          report_opened: {description: A report was shown for at least a second}

    Invalid:
        events:
          report_opened: {description: A report was shown for at least a second}
        features:
          reports: {used: report_opened, description: Tables of a month}   «#» prodops: allow W503 because we will need it
    """
    return Flaw("W506", f"nothing here needs to be allowed by {code}", "Remove the comment.")


@check("W507")
def cannot_be_silenced(code: str, reason: str) -> Flaw:
    """A comment wants to silence what it cannot.

    Faults have to be mended; only advice can be silenced, by its code, with a reason that the next reader understands.

    Valid:
        events:
          # prodops: allow W503 because the new index will be judged by it
          report_opened: {description: A report was shown for at least a second}

    Invalid:
        features:
          # a fault is no matter of taste
          reports: {used: search_opened, description: Tables of a month}   «#» prodops: allow E201 because it will come
    """
    return Flaw(
        "W507", f"{code} {reason}", "Write `# prodops: allow W503 because …` with the code of an advice and a reason."
    )


@check("W508")
def drops_unknowns(text: str, column: str, instead: str) -> Flaw:
    """A condition drops units of which nothing is known.

    In SQL, `plan <> 'viewer'` does not hold where the plan is unknown; `filter: {plan: {not: viewer}}` keeps those. Say
    which is meant.

    Valid:
        segments:
          not_free: {description: Accounts that may pay, entity: account, filter: {plan: {not: free}}}
          known: {description: Known not to be free, entity: account, where: "plan <> 'free' and plan is not null"}

    Invalid:
        segments:
          not_free: {description: Accounts that may pay, entity: account, where: "«plan» <> 'free'"}
    """
    cure = f"Write `filter: {instead}` to keep them, or add `and {column} is not null` if they are to go."
    return Flaw("W508", f"`{text}` also drops every row without `{column}`", cure)


@check("W509")
def nobody_answers(name: str) -> Flaw:
    """Nobody answers for a metric.

    A number without an owner is believed until it matters, and then nobody knows why it moved.

    Valid:
        metrics:
          bar_searches:
            description: Searches begun in the bar at the top
            type: count
            event: search_submitted
            filter: {source: navbar}
            owner: team-discovery

    Invalid:
        metrics:
          «bar_searches»:
            description: Searches begun in the bar at the top
            type: count
            event: search_submitted
            filter: {source: navbar}
    """
    return Flaw("W509", f"`{name}` has no owner", "Add `feature:`, which gives it one, or `owner:`.")


@check("W510")
def direction_unsaid(name: str, word: str) -> Flaw:
    """More of it sounds bad, and nothing says so.

    Without `higher_is_better` a rise is shown as good news. Where it is, say `true`.

    Valid:
        metrics:
          failed_searches:
            description: Searches that got no answer
            type: count
            event: search_failed
            feature: search
            higher_is_better: false

    Invalid:
        metrics:
          «failed_searches»:
            description: Searches that got no answer
            type: count
            event: search_failed
            feature: search
    """
    message = f"more of `{name}` counts as good news, though `{word}` sounds like the contrary"
    return Flaw("W510", message, "Add `higher_is_better: false`; or `true`, if more of it is good.")
