"""Steps in their order, each within a window from the step before: the way on that gets furthest.

The first event of a step may lead nowhere where a later one does, so that ways are judged from their ends: ``best_k`` of a
moment at which step k was done is the list of how many steps can be done in the end, then the negative times of those still
to come, last first. The greatest list is the deepest way, and of those the one that is over first.
"""

from prodops_metrics.metrics.attempts.ordered import moments
from prodops_metrics.metrics.attempts.plan import Plan
from prodops_metrics.metrics.attempts.sharing import Sharing, sharing


def linked(plan: Plan) -> str:
    """CTEs up to ``attempts``: the lane, ``seq`` and ``t_1`` … ``t_n``, NULL from the first step that was not reached."""
    shares = sharing(plan.steps)
    ends = f"best_{plan.last} AS (SELECT *, -epoch_us(ts) AS back, [{plan.last}::BIGINT] AS best_{plan.last} FROM moments)"
    ways = [_best(plan, shares, step) for step in range(plan.last - 1, 0, -1)]
    return ",\n".join([moments(plan, shares), ends, *ways, _attempts(plan, shares)])


def _run(step: int, to: int) -> str:
    """The way on from a moment whose events fill the steps after ``step`` up to ``to``."""
    times = ", ".join(["back"] * (to - step))
    return f"list_concat(best_{to}, [{times}])" if times else f"best_{to}"


def _best(plan: Plan, shares: Sharing, step: int) -> str:
    furthest = step + 1 if plan.later else plan.last
    runs = [f"CASE WHEN {shares.fits(step, to)} THEN {_run(step, to)} END" for to in range(step + 1, furthest + 1)]
    frame = f"RANGE BETWEEN INTERVAL 1 MICROSECOND FOLLOWING AND {plan.span} FOLLOWING"
    return f"""\
best_{step} AS (
  SELECT *, coalesce(max(way_{step}) OVER (PARTITION BY {plan.keys} ORDER BY ts {frame}), [{step}::BIGINT]) AS best_{step}
  FROM (SELECT *, greatest({", ".join([*runs, "NULL"])}) AS way_{step} FROM best_{step + 1})
)"""


def _attempts(plan: Plan, shares: Sharing) -> str:
    """Every start with the best way on, from the step that the other events of its moment lead to."""
    furthest = 1 if plan.later else plan.last
    runs = [f"CASE WHEN {shares.fits(1, to, 's.mask')} THEN {_run(1, to)} END" for to in range(2, furthest + 1)]
    chosen = f"greatest({', '.join(['best_1', *runs])})"
    times = ",\n    ".join(
        f"CASE WHEN way[1] >= {step} THEN make_timestamp(-way[way[1] - {step - 2}]) END AS t_{step}"
        for step in range(2, plan.last + 1)
    )
    return f"""\
attempts AS (
  SELECT {plan.keys}, seq, ts AS t_1,
    {times}
  FROM (
    SELECT {plan.of("s")}, s.seq, s.ts, {chosen} AS way
    FROM lanes AS s
    JOIN best_1 AS m ON {plan.same("s", "m")} AND m.ts = s.ts
    WHERE s.mask & 1 != 0
  )
)"""
