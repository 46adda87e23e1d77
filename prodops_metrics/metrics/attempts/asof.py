"""The short cut to the outcome of plain funnels: steps in order that share no events, and units at their best attempt.

Of all starts that can reach an event the latest dominates, so that walking back from each step's events to the last event
of the step before finds every unit's best attempt without making the attempts.
"""

from prodops_metrics.metrics.attempts.plan import Plan
from prodops_metrics.metrics.attempts.sharing import sharing


def takes(plan: Plan) -> bool:
    """Whether the short cut knows all that the plan asks for."""
    plain = plan.order == "ordered" and not plan.later and not plan.gaps and set(plan.lane) <= {"window_id", "unit"}
    return plain and sharing(plan.steps).none


def asof(plan: Plan) -> str:
    """CTEs up to ``depths``: ``window_id, unit, depth``; see ``takes``."""
    steps = range(1, plan.last + 1)
    reached = "\n  UNION ALL ".join(f"SELECT window_id, unit, {step} AS step FROM reached_{step}" for step in steps)
    events = ",\n".join(f"step_{step} AS (SELECT unit, ts FROM matched WHERE mask & {1 << step - 1} != 0)" for step in steps)
    further = ",\n".join(_step(plan, step) for step in steps[1:])
    return f"""\
{events},
reached_1 AS (
  SELECT w.window_id, e.unit, e.ts, e.ts AS started
  FROM step_1 AS e
  JOIN windows AS w ON e.ts >= w.starts_at AND e.ts < w.ends_at
),
{further},
depths AS (
  SELECT window_id, unit, max(step) AS depth
  FROM ({reached})
  GROUP BY window_id, unit
)"""


def _step(plan: Plan, step: int) -> str:
    since = "p.started" if plan.since == "first_step" else "p.ts"
    return f"""\
reached_{step} AS (
  SELECT e.window_id, e.unit, e.ts, max(p.started) AS started
  FROM (
    SELECT w.window_id, e.unit, e.ts FROM step_{step} AS e JOIN windows AS w ON {_in_reach(plan, step)}
  ) AS e
  ASOF JOIN reached_{step - 1} AS p ON p.window_id = e.window_id AND p.unit = e.unit AND p.ts <= e.ts
  WHERE {plan.in_time("e.ts", since)}
  GROUP BY e.window_id, e.unit, e.ts
)"""


def _in_reach(plan: Plan, step: int) -> str:
    """The windows in which an event can be this step: from the window's start on, as long as attempts last."""
    if plan.cut:
        return "e.ts >= w.starts_at AND e.ts < w.ends_at"
    if plan.span is None:
        return "e.ts >= w.starts_at"
    lasts = plan.span if plan.since == "first_step" else f"{step - 1} * {plan.span}"
    return f"e.ts >= w.starts_at AND e.ts < w.ends_at + {lasts}"
