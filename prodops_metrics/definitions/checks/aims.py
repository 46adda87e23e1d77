"""E4: what goals and experiments aim at, in the unit of its metric."""

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw


@check("E401")
def level_in_percent(text: str, path: tuple[str, ...]) -> Flaw:
    """The target of a percent metric is more than the whole.

    A metric in percent is never above 1, and 30 is written for 30% as easily as for a slip of the finger: a goal that
    nobody can reach, or that is reached already. Both `30%` and `0.30` are taken.

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
          fewer_empty_searches:
            description: Only one search in ten finds nothing
            metric: zero_result_rate
            target: «10»
            start: 2026-09-01
            by: 2026-11-30
    """
    number = text.removesuffix("pp").strip()
    return Flaw("E401", f"the metric is read in percent, and {text} is no share", f"Did you mean `{number}%`?", path)


@check("E402")
def level_in_its_unit(text: str, path: tuple[str, ...]) -> Flaw:
    """The target of a metric that is no percentage is written in percent.

    Nobody can say what 20% of "searches a week" is to be reached: 0.2 searches, or a fifth more than before. A level
    is a bare number; a change against the baseline stands under `change:`.

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
            description: A fifth more searches
            metric: searches
            target: «20%»
            start: 2026-09-01
            by: 2026-11-30
    """
    cure = "Write a bare number, or `change: {relative: 20%}` with a baseline."
    return Flaw("E402", f"the metric is not read in percent, so {text} is no level of it", cure, path)


@check("E403")
def points_in_its_unit(text: str, path: tuple[str, ...], *, percent: bool) -> Flaw:
    """A change in points has a unit that the metric has not.

    Points are percentage points of a percent metric, `-4` or `-4pp`, and the metric's own unit of any other. With a
    percent sign it could as well be a relative change, which is quite another number.

    Valid:
        goals:
          fewer_empty_searches:
            description: Four points fewer searches that find nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {points: -4}
            by: 2026-11-30

    Invalid:
        goals:
          fewer_empty_searches:
            description: Four points fewer searches that find nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {points: «-4%»}
            by: 2026-11-30
    """
    number = text.removesuffix("%").removesuffix("pp").strip()
    cure = f"Write `{number}` or `{number}pp`, or a change under `relative:`." if percent else f"Write `{number}`."
    return Flaw("E403", f"{text} is no change in points of this metric", cure, path)


@check("E404")
def relative_in_percent(text: str, path: tuple[str, ...]) -> Flaw:
    """A relative change is no percentage.

    A change of -66 would be sixty-six times the number. Both `-66%` and `-0.66` are taken; a change in points stands under
    `points:`.

    Valid:
        goals:
          fewer_empty_searches:
            description: A third fewer searches that find nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: -33%}
            by: 2026-11-30

    Invalid:
        goals:
          fewer_empty_searches:
            description: A third fewer searches that find nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: «-33»}
            by: 2026-11-30
    """
    number = text.removesuffix("pp").strip()
    return Flaw("E404", f"{text} is no relative change", f"Did you mean `{number}%`?", path)


@check("E405")
def fall_of_more_than_everything(text: str, path: tuple[str, ...]) -> Flaw:
    """A relative change takes away more than there is.

    After -100% nothing is left. Whoever writes more means points, or a change of another number.

    Valid:
        goals:
          no_empty_searches:
            description: No search finds nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: -100%}
            by: 2026-11-30

    Invalid:
        goals:
          no_empty_searches:
            description: No search finds nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: «-120%»}
            by: 2026-11-30
    """
    return Flaw("E405", f"{text} is more than everything", "The most that can go is -100%.", path)


@check("E409")
def wrong_way(text: str, path: tuple[str, ...], *, higher_is_better: bool) -> Flaw:
    """The change goes the way that is worse, or nowhere.

    Either the sign of the goal or `higher_is_better` of the metric is wrong, and every page would call the one good
    news and the other bad.

    Valid:
        goals:
          fewer_empty_searches:
            description: A third fewer searches that find nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: -33%}
            by: 2026-11-30

    Invalid:
        goals:
          fewer_empty_searches:
            description: A third fewer searches that find nothing
            metric: zero_result_rate
            baseline: {from: 2026-06-01, to: 2026-08-30}
            change: {relative: «33%»}
            by: 2026-11-30
    """
    better, sign = ("higher", "a change above 0") if higher_is_better else ("lower", "`-` before it")
    cure = f"Write {sign}, or say `higher_is_better: {str(not higher_is_better).lower()}` at the metric."
    return Flaw("E409", f"{text} makes nothing better: of this metric {better} is better", cure, path)


@check("E418")
def difference_in_its_unit(text: str, path: tuple[str | int, ...], *, percent: bool) -> Flaw:
    """A difference has a unit that the metric has not.

    Of a percent metric `5%` could be five points or a twentieth of it: only `5pp` says which. Of any other metric it is
    a part of the number, `5%`, or so many of its unit, `5`.

    Valid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30
            guardrails: [{metric: zero_result_rate, no_worse_than: 0.5pp}]

    Invalid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30
            guardrails: [{metric: zero_result_rate, no_worse_than: «0.5%»}]
    """
    number = text.removesuffix("%").removesuffix("pp").strip()
    if percent:
        return Flaw("E418", f"the metric is read in percent, so {text} is not clear", f"Write `{number}pp`.", path)
    return Flaw("E418", f"the metric has no percentage points, and {text} are some", f"Write `{number}%` or a number.", path)


@check("E419")
def difference_without_sign(text: str, path: tuple[str | int, ...]) -> Flaw:
    """The size of a difference is not above zero.

    How much worse is bearable, or how much better is worth having, is a size; which way is worse follows from
    `higher_is_better` of the metric.

    Valid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30
            guardrails: [{metric: searchers, no_worse_than: 5%}]

    Invalid:
        goals:
          more_searches:
            description: A thousand searches a week
            metric: searches
            target: 1000
            start: 2026-09-01
            by: 2026-11-30
            guardrails: [{metric: searchers, no_worse_than: «-5%»}]
    """
    return Flaw("E419", f"{text} is not above zero", "Write the size of the difference, without a sign.", path)
