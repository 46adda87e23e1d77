"""E1: keys and words, whatever they refer to."""

from collections.abc import Iterable

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import did_you_mean, listed, meaning, shown

MISSING = {
    "used": "Add `used: <event>`, the event that says it was used; only a feature with `stage: idea` goes without.",
    "event": "Name an event, or `event: any`.",
    "property": "Name the property that is measured; `per: unit` alone counts the events of each unit.",
    "entity": "Say whose attributes these are.",
    "key": "Name the column with their ids.",
    "description": "Say in one sentence what is counted, and of whom.",
    "condition": "Add `filter: {property: value}`, or a condition in SQL under `where:`.",
    "given": "Write a few events as CSV, the names of the columns in the first line.",
    "expect": "Write the numbers that it must give, by date: `expect: {2026-06-01: 0.5}`.",
    "metric": "Name the metric that it is about.",
    "window": "Add a length such as `window: 7 days`.",
    "because": "Say why this feature is judged by a number of its own.",
    "daily": "List a value for every frequency that a feature may have.",
}
MISSING |= dict.fromkeys(("weekly", "monthly"), MISSING["daily"])


@check("E101")
def unknown_key(key: str, known: Iterable[str], *, near: Iterable[str] = (), kind: str = "key") -> Flaw:
    """No such key stands here.

    A key that nobody knows would be ignored, and with it what its author meant. Words of other tools (`agg`, `measure`,
    `bigger_is_better`, `unique`, `friendly_name`, …) are answered with ours.

    Valid:
        metrics:
          weekly_searchers:
            description: People who searched
            type: count_distinct
            event: search_submitted
            higher_is_better: true

    Invalid:
        metrics:
          weekly_searchers:
            description: People who searched
            type: count_distinct
            event: search_submitted
            «bigger_is_better»: true
    """
    names = list(known)
    meant = tuple(near)
    otherwise = f"{kind.capitalize()}s here are: {listed(names)}"
    cure = meaning(meant) or did_you_mean(key, names, otherwise=otherwise)
    return Flaw("E101", f"there is no {kind} `{key}` here", cure, at_key=True)


@check("E102")
def missing_key(key: str, choices: Iterable[str] = ()) -> Flaw:
    """A key is missing.

    What has no sensible default must be said.

    Valid:
        metrics:
          weekly_searchers:
            description: People who searched
            type: count_distinct
            event: search_submitted

    Invalid:
        metrics:
          «weekly_searchers»:
            description: People who searched
            type: count_distinct
    """
    words = listed(choices)
    cure = f"Add `{key}:`, one of: {words}" if words else MISSING.get(key, f"Add a line `{key}: …`.")
    return Flaw("E102", f"`{'filter' if key == 'condition' else key}` is missing", cure)


@check("E103")
def unknown_word(
    raw: object, words: Iterable[str], kind: str = "word that can stand here", *, near: Iterable[str] = ()
) -> Flaw:
    """A word stands where only certain others can.

    These words decide what is computed; one that is nearly right is not guessed.

    Valid:
        metrics:
          weekly_searchers: {description: Who searched, type: count_distinct, event: search_submitted, grain: week}

    Invalid:
        metrics:
          weekly_searchers: {description: Who searched, type: count_distinct, event: search_submitted, grain: «weekly»}
    """
    names = list(words)
    cure = meaning(near) or did_you_mean(str(raw), names, otherwise=f"It is one of: {listed(names)}")
    return Flaw("E103", f"{shown(raw)} is no {kind}", cure)


@check("E108")
def not_an_id(name: str, proposal: str, means: str = "") -> Flaw:
    """An id has letters that it cannot have, or already means something.

    Ids stand in URLs, file names, formulas and columns, so they are a-z, 0-9 and _, from a letter on.

    Valid:
        metrics:
          weekly_searchers: {description: People who searched, type: count_distinct, event: search_submitted}

    Invalid:
        metrics:
          «Weekly-Searchers»: {description: People who searched, type: count_distinct, event: search_submitted}
    """
    if means:
        return Flaw("E108", f"`{name}` cannot be an id: it already means {means}", "Choose another name.")
    cure = f"Write `{proposal}`." if proposal else "Ids are a-z, 0-9 and _, from a letter on."
    return Flaw("E108", f"`{name}` cannot be an id", cure)


@check("E110")
def key_of_another(key: str, owner: str, known: Iterable[str] = ()) -> Flaw:
    """The key exists, but belongs somewhere else.

    Each type of metric and each file has keys of its own; the others would have no effect here.

    Valid:
        metrics:
          found:
            description: People who opened a result
            type: funnel
            steps: [search_submitted, search_result_clicked]
            window: 1 hour

    Invalid:
        metrics:
          found:
            description: People who opened a result
            type: count_distinct
            event: search_result_clicked
            «steps»: [search_submitted, search_result_clicked]
    """
    keys = listed(known)
    cure = f"Keys here are: {keys}" if keys else "Move it there, or leave it out."
    return Flaw("E110", f"`{key}` belongs to {owner}", cure, at_key=True)


@check("E111")
def contradiction(message: str, cure: str, *path: str | int) -> Flaw:
    """What two keys say cannot both be.

    A grain counts each week by itself, a rolling window the last 28 days at every point: two different numbers. What only
    one type or option means anything to is refused with all others.

    Valid:
        metrics:
          weekly_searchers: {description: Who searched, type: count_distinct, event: search_submitted, window: 28 days}

    Invalid:
        metrics:
          weekly_searchers:
            description: People who searched
            type: count_distinct
            event: search_submitted
            grain: week
            «window»: 28 days
    """
    return Flaw("E111", message, cure, path)


def grain_and_window() -> Flaw:
    """The one contradiction that every type has."""
    return contradiction("a metric has a `grain` or a rolling `window`, never both", "Keep one of them.")


@check("E112")
def duplicates_undecided() -> Flaw:
    """Nobody says what a duplicate is.

    With a column of event ids a repeated row is recognised. Without one, two equal rows may be one event sent twice or two
    events in the same second, and only you can know.

    Valid:
        sources:
          shop: {kind: events, files: shop/*.csv, time: {timezone: UTC}, duplicates: row}

    Invalid:
        sources:
          «shop»: {kind: events, files: shop/*.csv, time: {timezone: UTC}}
    """
    cure = "Map a column to `id`, or choose `duplicates: row`, `row_once` or `keep`."
    return Flaw("E112", "without a column for `id`, somebody must say what a duplicate is", cure)


@check("E113")
def no_zone() -> Flaw:
    """Times are written without saying in which zone.

    An hour off moves events into another day, and with them every daily number.

    Valid:
        sources:
          shop: {kind: events, files: shop/*.csv, columns: {id: id}, time: {timezone: UTC}}

    Invalid:
        sources:
          «shop»: {kind: events, files: shop/*.csv, columns: {id: id}}
    """
    cure = "Add `time: {timezone: UTC}` with the zone of its times, or `time: {unit: ms}` for counts since 1970."
    return Flaw("E113", "times without a time zone cannot be placed", cure)


@check("E120")
def credentials_in_address() -> Flaw:
    """The address of an export holds a password or key.

    Definitions are read by many and kept in git for ever. Credentials come from the environment alone, as other tools of
    the object storage read them: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, `AWS_PROFILE`, or a role of the machine.

    Valid:
        sources:
          shop: {kind: events, files: "s3://exports/shop/*.csv", columns: {id: id}, time: {timezone: UTC}}

    Invalid:
        sources:
          shop: {kind: events, files: «"s3://key:word@exports/shop/*.csv"», columns: {id: id}, time: {timezone: UTC}}
    """
    cure = "Take it out, replace it as it is known now, and set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` outside."
    return Flaw("E120", "the address holds credentials, and definitions are no place for them", cure)


@check("E117")
def both_given(one: str, other: str) -> Flaw:
    """Two keys exclude each other.

    Each says the same thing in another way; with both, one would win without a word.

    Valid:
        sources:
          shop: {kind: events, files: shop/*.csv, columns: {id: id}, time: {unit: ms}}

    Invalid:
        sources:
          shop: {kind: events, files: shop/*.csv, columns: {id: id}, time: {unit: ms, format: «"%d.%m.%Y"»}}
    """
    return Flaw("E117", f"`{one}` and `{other}` exclude each other", "Keep one of them.")
