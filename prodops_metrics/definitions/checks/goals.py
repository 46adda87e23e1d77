"""E4: goals whose parts cannot be true together."""

from datetime import date

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw


@check("E406")
def one_aim(*, both: bool) -> Flaw:
    """A goal has no aim, or two.

    It is reached at one number: either a level, `target: 10%`, or a change from the baseline, `change: {relative: -33%}`.

    Valid:
        goals:
          fewer_empty_searches:
            description: Only one search in ten finds nothing
            metric: zero_result_rate
            target: 10%
            start: 2026-09-01
            by: 2026-11-30

    Invalid:
        goals:
          «fewer_empty_searches»:
            description: Fewer searches that find nothing
            metric: zero_result_rate
            start: 2026-09-01
            by: 2026-11-30
    """
    if both:
        return Flaw("E406", "`target` and `change` exclude each other", "Keep one of them.", ("change",), at_key=True)
    return Flaw("E406", "the goal has no aim", "Add `target: 10%`, `change: {relative: -33%}` or `change: {points: -4}`.")


@check("E407")
def change_of_one_kind(*, both: bool) -> Flaw:
    """A change is neither relative nor in points, or both.

    From 12%, `relative: -50%` leads to 6% and `points: -4` to 8%: somebody has to say which is meant.

    Valid:
        goals:
          fewer_empty_searches:
            description: Half of the searches that find nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: -50%}
            by: 2026-11-30

    Invalid:
        goals:
          fewer_empty_searches:
            description: Half of the searches that find nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            «change»: {relative: -50%, points: -4}
            by: 2026-11-30
    """
    message = "`relative` and `points` exclude each other" if both else "the change says neither `relative` nor `points`"
    return Flaw("E407", message, "Write `{relative: -33%}` or `{points: -4}`.")


@check("E408")
def change_without_baseline() -> Flaw:
    """A change has nothing to change from.

    The same goal could be met or missed by choosing the days to compare with afterwards. The baseline is written down
    before, and both of its days are included.

    Valid:
        goals:
          more_searches:
            description: A fifth more searches than in summer
            metric: searches
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: 20%}
            by: 2026-11-30

    Invalid:
        goals:
          more_searches:
            description: A fifth more searches
            metric: searches
            «change»: {relative: 20%}
            start: 2026-09-01
            by: 2026-11-30
    """
    cure = "Add `baseline: {from: 2026-06-01, to: 2026-08-30}`; both days are included."
    return Flaw("E408", "a change needs a baseline to change from", cure, ("change",), at_key=True)


@check("E410")
def no_start() -> Flaw:
    """Nobody says when the goal starts.

    What was true before counts for nothing: "now" is the metric from the start on. The start is the day after the
    baseline; a goal without one gives it.

    Valid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30

    Invalid:
        goals:
          «more_searches»:
            description: A thousand searches a week
            metric: searches
            target: 1000
            by: 2026-11-30
    """
    cure = "Add `start: 2026-09-01`, or a baseline: the goal starts on the day after it."
    return Flaw("E410", "the goal has neither `start` nor `baseline`", cure)


@check("E411")
def one_deadline(*, both: bool) -> Flaw:
    """A goal has no end, or two.

    Whether it was achieved is decided once, after its last day: `by` a date, or `within` a time from its start.

    Valid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            within: 90 days

    Invalid:
        goals:
          «more_searches»:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
    """
    if both:
        return Flaw("E411", "`by` and `within` exclude each other", "Keep one of them.", ("within",), at_key=True)
    return Flaw("E411", "the goal has no end", "Add `by: 2026-11-30` or `within: 90 days`.")


@check("E412")
def over_before_it_starts(key: str, day: date, start: date) -> Flaw:
    """It is over before it starts.

    A date of last year is easily copied. The goal could never be judged, and the experiment would hold nobody.

    Valid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30

    Invalid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: «2025-11-30»
    """
    return Flaw("E412", f"it starts on {start}, and {day} is over by then", f"Write a day after {start}.", (key,))


@check("E413")
def days_reversed(first: date, last: date) -> Flaw:
    """A stretch of days ends before it begins.

    No day lies in it, so nothing can be compared with it.

    Valid:
        goals:
          more_searches:
            description: A fifth more searches than in summer
            metric: searches
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: 20%}
            by: 2026-11-30

    Invalid:
        goals:
          more_searches:
            description: A fifth more searches than in summer
            metric: searches
            baseline: {from: 2026-08-30, to: «2026-06-01»}
            change: {relative: 20%}
            by: 2026-11-30
    """
    return Flaw("E413", f"{last} lies before {first}", "`from` is the first day and `to` the last.", ("to",))


@check("E414")
def baseline_after_start(last: date, start: date) -> Flaw:
    """The baseline reaches into the time that the goal is about.

    Days that belong to both would be compared with themselves, which hides part of what has changed.

    Valid:
        goals:
          more_searches:
            description: A fifth more searches than in summer
            metric: searches
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: 20%}
            start: 2026-09-07
            by: 2026-11-30

    Invalid:
        goals:
          more_searches:
            description: A fifth more searches than in summer
            metric: searches
            «baseline»: {from: 2026-06-01, to: 2026-09-30}
            change: {relative: 20%}
            start: 2026-09-07
            by: 2026-11-30
    """
    message = f"the baseline lasts until {last}, and the goal starts on {start}"
    return Flaw("E414", message, "End the baseline on a day before the start.", ("baseline",), at_key=True)


@check("E415")
def path_outside(day: date, start: date | None, end: date | None) -> Flaw:
    """A step of the path lies outside the time of the goal.

    The path says how far the goal should be on days between its start and its end; on any other day nobody looks.

    Valid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30
            path: {2026-10-15: 800}

    Invalid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30
            path: {«2026-12-15»: 800}
    """
    span = f"from {start or 'its start'} to {end or 'its end'}"
    return Flaw(
        "E415", f"{day} is outside the goal, which lasts {span}", "Write a day in between.", ("path", str(day)), at_key=True
    )


@check("E416")
def path_beyond_the_aim(day: date, text: str, aim: str) -> Flaw:
    """A step of the path is farther than the aim, or leads the other way.

    Whoever has to be there sooner than at the end has another aim; most often a sign is missing.

    Valid:
        goals:
          more_searches:
            description: A fifth more searches than in summer
            metric: searches
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: 20%}
            by: 2026-11-30
            path: {2026-10-15: 10%}

    Invalid:
        goals:
          more_searches:
            description: A fifth more searches than in summer
            metric: searches
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: 20%}
            by: 2026-11-30
            path: {2026-10-15: «-10%»}
    """
    return Flaw("E416", f"{text} is no step on the way to {aim}", None, ("path", str(day)))


@check("E417")
def guardrail_twice(metric: str, what: str, index: int) -> Flaw:
    """A guardrail is the metric itself, or stands twice.

    A guardrail keeps a goal from being met at the cost of something else, so it has to be something else.

    Valid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30
            guardrails: [zero_result_rate]

    Invalid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30
            guardrails: [«searches»]
    """
    return Flaw("E417", f"`{metric}` is {what}", "Leave it out.", ("guardrails", index, "metric"))


@check("E420")
def closed_without_learning() -> Flaw:
    """A closed goal leaves nothing learned.

    One sentence, met or missed, is what the next goal is built on; a year later nobody remembers it.

    Valid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-06-01
            by: 2026-08-30
            closed: 2026-09-02
            learned: The shortcut brought more than the banner

    Invalid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-06-01
            by: 2026-08-30
            «closed»: 2026-09-02
    """
    cure = "Add `learned:` with one sentence."
    return Flaw("E420", "the goal is closed, and `learned` is missing", cure, ("closed",), at_key=True)
