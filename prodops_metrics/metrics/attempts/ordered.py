"""Steps in their order, within a window from the first: the earliest way on from every start.

To be further at an earlier time is never worse, so each attempt takes the first event that fits its next step. Where
steps share events it takes as many steps as the events of a moment can fill.
"""

from prodops_metrics.metrics.attempts.plan import Plan
from prodops_metrics.metrics.attempts.sharing import Sharing, sharing


def ordered(plan: Plan) -> str:
    """CTEs up to ``attempts``: the lane, ``seq`` and ``t_1`` … ``t_n``, NULL from the first step that was not reached."""
    shares = sharing(plan.steps)
    apart = plan.later or shares.none
    steps = range(2, plan.last + 1)
    ctes = [_start(plan), *(_next(plan, step) if apart else _next_of_moment(plan, shares, step) for step in steps)]
    found = f"attempts AS (\n  SELECT {plan.keys}, seq, {plan.times('a', plan.last)} FROM reached_{plan.last} AS a\n)"
    return ",\n".join([*([] if apart else [moments(plan, shares)]), *ctes, found])


def moments(plan: Plan, shares: Sharing) -> str:
    """The events of one moment together: how many there are of each set of classes."""
    return f"""\
moments AS (
  SELECT {plan.keys}, ts,
    {shares.counts("mask")}
  FROM lanes
  WHERE mask & {plan.all_steps} != 0
  GROUP BY {plan.keys}, ts
)"""


def _start(plan: Plan) -> str:
    return f"reached_1 AS (\n  SELECT {plan.keys}, seq, ts AS t_1, mask AS own, 1 AS done FROM lanes WHERE mask & 1 != 0\n)"


def _of_step(plan: Plan, step: int) -> str:
    return f"(SELECT {plan.keys}, ts FROM lanes WHERE mask & {1 << step - 1} != 0)"


def _next(plan: Plan, step: int) -> str:
    """The first event of the step, not before (or strictly after) the step before."""
    found = f"CASE WHEN {plan.in_time('e.ts', 'p.t_1')} THEN e.ts END"
    return f"""\
reached_{step} AS (
  SELECT {plan.of("p")}, p.seq, {plan.times("p", step - 1)}, {found} AS t_{step}
  FROM reached_{step - 1} AS p
  ASOF LEFT JOIN {_of_step(plan, step)} AS e ON {plan.same("p", "e")} AND e.ts {">" if plan.later else ">="} p.t_{step - 1}
)"""


def _next_of_moment(plan: Plan, shares: Sharing, step: int) -> str:
    """At the moment of the step before, if its events can fill this step too; else the first event after it.

    ``done`` is how many steps were done before that moment; of the start's own moment, the start itself.
    """
    used = f"CASE WHEN p.t_{step - 1} = p.t_1 THEN p.own ELSE 0 END"
    runs = " ".join(f"WHEN {done} THEN {shares.fits(done, step, used)}" for done in range(1, step))
    after = f"CASE WHEN {plan.in_time('e.ts', 'p.t_1')} THEN e.ts END"
    return f"""\
reached_{step} AS (
  SELECT {plan.keys}, seq, own, {plan.times("f", step - 1)},
    CASE WHEN again THEN t_{step - 1} ELSE after END AS t_{step}, CASE WHEN again THEN done ELSE {step - 1} END AS done
  FROM (
    SELECT {plan.of("p")}, p.seq, p.own, p.done, {plan.times("p", step - 1)}, {after} AS after,
      coalesce(CASE p.done {runs} END, FALSE) AS again
    FROM reached_{step - 1} AS p
    LEFT JOIN moments AS m ON {plan.same("p", "m")} AND m.ts = p.t_{step - 1}
    ASOF LEFT JOIN {_of_step(plan, step)} AS e ON {plan.same("p", "e")} AND e.ts > p.t_{step - 1}
  ) AS f
)"""
