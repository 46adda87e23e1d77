"""Steps by a unit's very next events, with nothing in between.

Events of one moment follow each other as they were received. Where exports do not say, they are taken in the order of the
steps that they fit; those that fit none come first where an attempt may start at that moment, so that they end no attempt
that starts after them, else last.
"""

from prodops_metrics.metrics.attempts.plan import Plan


def strict(plan: Plan) -> str:
    """CTEs up to ``attempts``: the lane, ``seq`` and ``t_1`` … ``t_n``, NULL from the first step that was not reached."""
    steps = range(2, plan.last + 1)
    found = f"attempts AS (\n  SELECT {plan.keys}, seq, {plan.times('a', plan.last)} FROM reached_{plan.last} AS a\n)"
    return ",\n".join([_placed(plan), *_followed(plan), _start(plan), *(_next(plan, step) for step in steps), found])


def _placed(plan: Plan) -> str:
    """Every event of the lane with its place."""
    return f"""\
standing AS (
  SELECT {plan.keys}, seq, ts, received, mask & {plan.all_steps} AS fits,
    bool_or(mask & 1 != 0) OVER (PARTITION BY {plan.keys}, ts, received) AS may_start
  FROM lanes
),
placed AS (
  SELECT {plan.keys}, seq, ts, fits, row_number() OVER (
    PARTITION BY {plan.keys}
    ORDER BY ts, received, CASE WHEN fits != 0 THEN fits & -fits WHEN may_start THEN 0 ELSE {1 << plan.last} END, fits, seq
  ) AS place
  FROM standing
)"""


def _followed(plan: Plan) -> list[str]:
    """Where repeats are passed over: the next event that is none, by how many steps are done."""
    if not plan.repeats:
        return []
    nexts = ",\n    ".join(
        f"min(place) FILTER (WHERE NOT ({_repeats(plan, done)})) OVER following AS next_{done}"
        for done in range(2, plan.last)
    )
    columns = f"{plan.keys}, seq, ts, fits, place, place + 1 AS next_1{',' if nexts else ''}"
    window = f"PARTITION BY {plan.keys} ORDER BY place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
    return [f"followed AS (\n  SELECT {columns}\n    {nexts}\n  FROM placed\n  WINDOW following AS ({window})\n)"]


def _repeats(plan: Plan, done: int) -> str:
    """That an event fits a step already reached, the first apart, and neither the next nor one ahead."""
    reached = (1 << done) - 2
    return f"fits & {reached} != 0 AND fits & {plan.all_steps - reached} = 0"


def _source(plan: Plan) -> str:
    return "followed" if plan.repeats else "placed"


def _after(plan: Plan, alias: str, step: int) -> str:
    """The place of the event that has to be the next step."""
    return f"{alias}.next_{step}" if plan.repeats else f"{alias}.place + 1"


def _start(plan: Plan) -> str:
    columns = f"{plan.of('e')}, e.seq, e.ts AS t_1, {_after(plan, 'e', 1)} AS next"
    return f"reached_1 AS (\n  SELECT {columns} FROM {_source(plan)} AS e WHERE e.fits & 1 != 0\n)"


def _next(plan: Plan, step: int) -> str:
    later = [f"e.ts > p.t_{step - 1}"] if plan.later else []
    since = "t_1" if plan.since == "first_step" else f"t_{step - 1}"
    tests = [plan.same("p", "e"), "e.place = p.next", f"e.fits & {1 << step - 1} != 0", plan.in_time("e.ts", f"p.{since}")]
    following = f", {_after(plan, 'e', step)} AS next" if step < plan.last else ""
    return f"""\
reached_{step} AS (
  SELECT {plan.of("p")}, p.seq, {plan.times("p", step - 1)}, e.ts AS t_{step}{following}
  FROM reached_{step - 1} AS p
  LEFT JOIN {_source(plan)} AS e ON {" AND ".join([*tests, *later])}
)"""
