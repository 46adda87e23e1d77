"""From attempts to what is counted: each unit's best attempt, or all of them, at every step; and the time between steps.

An exclusion spoils an attempt where its event lies strictly between two of its steps (or, if the later one was never
reached, before the end of its window). A unit all of whose deepest attempts are spoilt is in no step at all.
"""

from collections.abc import Callable, Mapping, Sequence

from prodops_metrics.metrics.attempts.linked import linked
from prodops_metrics.metrics.attempts.ordered import ordered
from prodops_metrics.metrics.attempts.plan import Edges, Gap, Order, Plan, starts_within
from prodops_metrics.metrics.attempts.strict import strict
from prodops_metrics.metrics.attempts.unordered import unordered
from prodops_metrics.metrics.masks import Places

FORMS: Mapping[Order, Callable[[Plan], str]] = {"ordered": ordered, "strict": strict, "any": unordered}


def depths(plan: Plan) -> str:
    """CTEs up to ``depths``: ``window_id, unit, depth`` of each unit's best attempt; those spoilt are left out."""
    return f"{_judged(plan)},\n{_best(plan)}"


def masked(plan: Plan, windows: Sequence[Edges]) -> str:
    """SQL of the units that entered, once each: masks ``b`` of the windows that they entered in, ``s2_`` … of each step.

    For plans without exclusions, of which the attempts do not end with their window: the best attempt of a window is
    then the one that gets furthest.
    """
    places, steps = Places(len(windows)), range(2, plan.last + 1)
    entered = places.standing([starts_within("t_1", edges) for edges in windows], "b")
    reached = ", ".join(
        f"bit_or(CASE WHEN depth >= {step} THEN b{mask} ELSE 0 END) AS s{step}_{mask}"
        for step in steps
        for mask in places.masks
    )
    return f"""\
WITH {_made(plan)},
entered AS (
  SELECT unit, depth, {entered}
  FROM gaps_0
)
SELECT unit, {places.both("b")}, {reached}
FROM entered
GROUP BY unit"""


def attempt_rows(plan: Plan) -> str:
    """SQL of every attempt, wherever it starts: ``unit, at`` (microseconds), and ``step``, its last one, from 0 on."""
    return f"WITH {_made(plan)}\nSELECT unit, epoch_us(t_1) AS at, (depth - 1)::UTINYINT AS step\nFROM gaps_0"


def attempted(plan: Plan) -> str:
    """CTEs up to ``depths``, with a row for every attempt that is not spoilt."""
    return f"{_judged(plan)},\ndepths AS (\n  SELECT window_id, unit, depth FROM judged WHERE NOT spoilt\n)"


def chosen(plan: Plan) -> str:
    """CTEs up to ``chosen``: ``window_id, unit, depth`` and ``t_1`` … ``t_n`` of the attempt that stands for each unit.

    The deepest that is over first; of several the one that started last.
    """
    pick = f"PARTITION BY window_id, unit ORDER BY depth DESC, spoilt, over, t_1 DESC, {plan.keys}, seq"
    return f"""\
{_judged(plan)},
chosen AS (
  SELECT *
  FROM judged
  QUALIFY row_number() OVER ({pick}) = 1 AND NOT spoilt
)"""


def labelled(plan: Plan, step: int, *, every: bool) -> str:
    """CTEs up to ``labelled``: attempts that reached a step, with the label of the event that filled it as ``segment``.

    ``every`` attempt that is not spoilt, or each unit's best. Of several events that could have filled the step the first
    received, or else that with the least label.
    """
    bits = plan.all_steps if plan.order == "any" else 1 << step - 1
    found = "judged" if every else "chosen"
    return f"""\
{_judged(plan) if every else chosen(plan)},
filled AS (
  SELECT {plan.keys}, ts, first(label ORDER BY received, label) AS segment
  FROM lanes
  WHERE mask & {bits} != 0
  GROUP BY {plan.keys}, ts
),
labelled AS (
  SELECT a.*, f.segment
  FROM {found} AS a
  JOIN filled AS f ON {plan.same("a", "f")} AND f.ts = a.t_{step}
  WHERE NOT a.spoilt
)"""


def _best(plan: Plan) -> str:
    clean = "\n  HAVING max(depth) FILTER (WHERE NOT spoilt) = max(depth)" if plan.gaps else ""
    return f"depths AS (\n  SELECT window_id, unit, max(depth) AS depth\n  FROM judged\n  GROUP BY window_id, unit{clean}\n)"


def _judged(plan: Plan) -> str:
    """Attempts with the window that they start in, their depth, when they were over, and whether they are spoilt."""
    gaps = [_gap(plan, number, gap) for number, gap in enumerate(plan.gaps, 1)]
    return ",\n".join([_made(plan), *gaps, _in_windows(plan)])


def _made(plan: Plan) -> str:
    """Attempts with their depth and when they were over, wherever they start."""
    form = linked if plan.order == "ordered" and plan.since == "previous_step" else FORMS[plan.order]
    return ",\n".join([_lanes(plan), form(plan), _measured(plan)])


def _lanes(plan: Plan) -> str:
    """Events in their lanes; only where attempts end with their window is that a lane too."""
    known = [f"e.{key} IS NOT NULL" for key in plan.lane if key not in {"unit", "window_id"}]
    where = f"\n  WHERE {' AND '.join(known)}" if known else ""
    windows = "\n  JOIN windows AS w ON e.ts >= w.starts_at AND e.ts < w.ends_at" if plan.cut else ""
    keys = ", ".join("w.window_id" if key == "window_id" else f"e.{key}" for key in plan.lane)
    more = "".join([", e.label" if plan.label else "", ", e.received" if plan.arrival else ""])
    return f"lanes AS (\n  SELECT {keys}, e.ts, e.seq, e.mask{more}\n  FROM matched AS e{windows}{where}\n)"


def _measured(plan: Plan) -> str:
    depth = " + ".join(f"(t_{step} IS NOT NULL)::INTEGER" for step in range(1, plan.last + 1))
    over = ", ".join(f"t_{step}" for step in range(plan.last, 0, -1))
    return f"gaps_0 AS (\n  SELECT *, {depth} AS depth, coalesce({over}) AS over, FALSE AS spoilt FROM attempts\n)"


def _gap(plan: Plan, number: int, gap: Gap) -> str:
    """Whether the first event of an exclusion after one step comes before the other, or before time is over."""
    bit = 1 << plan.last + number - 1
    since = "a.t_1" if plan.since == "first_step" else "a.over"
    inside = f"CASE WHEN a.depth >= {gap.before} THEN x.ts < a.t_{gap.before} ELSE {plan.in_time('x.ts', since)} END"
    return f"""\
gaps_{number} AS (
  SELECT a.* EXCLUDE (spoilt), a.spoilt OR coalesce({inside}, FALSE) AS spoilt
  FROM gaps_{number - 1} AS a
  ASOF LEFT JOIN (SELECT {plan.keys}, ts FROM lanes WHERE mask & {bit} != 0) AS x
    ON {plan.same("a", "x")} AND x.ts > a.t_{gap.after}
)"""


def _in_windows(plan: Plan) -> str:
    found = f"gaps_{len(plan.gaps)}"
    if plan.cut:
        return f"judged AS (\n  SELECT * FROM {found}\n)"
    return f"""\
judged AS (
  SELECT w.window_id, a.*
  FROM {found} AS a
  JOIN windows AS w ON a.t_1 >= w.starts_at AND a.t_1 < w.ends_at
)"""
