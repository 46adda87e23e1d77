"""The short cut to the outcome of plain funnels: steps in order that share no events, and units at their best attempt.

Of all starts that can reach an event the latest dominates, so that walking back from each step's events to the last event
of the step before finds every unit's best attempt without making the attempts. Events of one moment have one latest start,
so it does not matter which of them is walked back to.
"""

from collections.abc import Sequence

from prodops_metrics.metrics.attempts.plan import Edges, Plan, starts_within
from prodops_metrics.metrics.attempts.sharing import sharing
from prodops_metrics.metrics.folds.shape import literal


def takes(plan: Plan) -> bool:
    """Whether the short cut knows all that the plan asks for."""
    plain = plan.order == "ordered" and not plan.later and not plan.gaps and set(plan.lane) <= {"window_id", "unit"}
    return plain and sharing(plan.steps).none


def asof(plan: Plan, windows: Sequence[Edges]) -> str:
    """CTEs up to ``depths``: ``window_id, unit, depth``, for few windows, each by itself; see ``takes``."""
    steps, numbers = range(1, plan.last + 1), range(len(windows))
    events = [f"step_{step} AS (SELECT unit, ts FROM matched WHERE fits_{step})" for step in steps]
    reached = [_step(plan, step, window, edges) for window, edges in enumerate(windows) for step in steps]
    told = "\n  UNION ALL ".join(
        f"SELECT {window} AS window_id, unit, {step} AS step FROM reached_{step}_of_{window}"
        for window in numbers
        for step in steps
    )
    depths = f"depths AS (\n  SELECT window_id, unit, max(step) AS depth\n  FROM ({told})\n  GROUP BY window_id, unit\n)"
    return ",\n".join([*events, *reached, depths])


def _step(plan: Plan, step: int, window: int, edges: Edges) -> str:
    """CTE ``reached_K_of_W``: the events of a step that attempts of one window reach, with their latest start."""
    name, near = f"reached_{step}_of_{window}", _in_reach(plan, step, edges)
    if step == 1:
        return f"{name} AS (\n  SELECT e.unit, e.ts, e.ts AS started\n  FROM step_1 AS e\n  WHERE {near}\n)"
    since = "p.started" if plan.since == "first_step" else "p.ts"
    return f"""\
{name} AS (
  SELECT e.unit, e.ts, p.started
  FROM (SELECT e.unit, e.ts FROM step_{step} AS e WHERE {near}) AS e
  ASOF JOIN reached_{step - 1}_of_{window} AS p ON p.unit = e.unit AND p.ts <= e.ts
  WHERE {plan.in_time("e.ts", since)}
)"""


def _in_reach(plan: Plan, step: int, edges: Edges) -> str:
    """That an event can be this step in a window: from the window's start on, as long as attempts last."""
    if plan.cut or step == 1:
        return starts_within("e.ts", edges)
    since, until = (f"TIMESTAMP {literal(edge.isoformat(' '))}" for edge in edges)
    if plan.span is None:
        return f"e.ts >= {since}"
    lasts = plan.span if plan.since == "first_step" else f"{step - 1} * {plan.span}"
    return f"e.ts >= {since} AND e.ts < {until} + {lasts}"
