"""Steps in any order: how many of them different events fill within the window from an attempt's first event.

An attempt starts at any event that fits any step. Its k-th time is when k steps are first done.
"""

from prodops_metrics.metrics.attempts.plan import Plan
from prodops_metrics.metrics.attempts.sharing import Sharing, sharing


def unordered(plan: Plan) -> str:
    """CTEs up to ``attempts``: the lane, ``seq`` and ``t_1`` … ``t_n``, NULL where fewer steps were done."""
    shares = sharing(plan.steps)
    return _apart(plan) if shares.none else _shared(plan, shares)


def _apart(plan: Plan) -> str:
    """The first event of every step, in the order of their times."""
    steps = range(1, plan.last + 1)
    ctes = [f"found_0 AS (\n  SELECT {plan.keys}, seq, ts AS started FROM lanes WHERE mask & {plan.all_steps} != 0\n)"]
    ctes += [_first_of(plan, step) for step in steps]
    firsts = ", ".join(f"first_{step}" for step in steps)
    listed = f"list_sort(list_filter([{firsts}], lambda moment: moment IS NOT NULL))"
    times = ", ".join(f"times[{step}] AS t_{step}" for step in steps)
    return ",\n".join(
        [
            *ctes,
            f"attempts AS (\n  SELECT {plan.keys}, seq, {times}\n"
            f"  FROM (SELECT {plan.keys}, seq, {listed} AS times FROM found_{plan.last})\n)",
        ]
    )


def _first_of(plan: Plan, step: int) -> str:
    before = "".join(f", f.first_{one}" for one in range(1, step))
    found = f"CASE WHEN {plan.in_time('e.ts', 'f.started')} THEN e.ts END"
    return f"""\
found_{step} AS (
  SELECT {plan.of("f")}, f.seq, f.started{before}, {found} AS first_{step}
  FROM found_{step - 1} AS f
  ASOF LEFT JOIN (SELECT {plan.keys}, ts FROM lanes WHERE mask & {1 << step - 1} != 0) AS e
    ON {plan.same("f", "e")} AND e.ts >= f.started
)"""


def _shared(plan: Plan, shares: Sharing) -> str:
    """Of each kind of event (the steps it fits) the next n are enough; the most that can be matched by each of their times.

    n steps less those that some set of them lacks is the most that can be filled (König 1931; Ore 1955).
    """
    counts = ", ".join(f"count(*) FILTER (WHERE fits & {bits} != 0) OVER upto AS n_{bits}" for bits in shares.subsets())
    lacking = " + ".join(f"greatest(0, {', '.join(_lacks(classes))})" for classes in shares.groups)
    times = ", ".join(f"min(ts) FILTER (WHERE done >= {step}) AS t_{step}" for step in range(1, plan.last + 1))
    return f"""\
numbered AS (
  SELECT {plan.keys}, seq, ts, fits, row_number() OVER (PARTITION BY {plan.keys}, fits ORDER BY ts, seq) AS place
  FROM (SELECT {plan.keys}, seq, ts, mask & {plan.all_steps} AS fits FROM lanes)
  WHERE fits != 0
),
firsts AS (
  SELECT {plan.of("s")}, s.seq, s.ts AS started, s.fits, e.place
  FROM (SELECT s.* EXCLUDE (fits), k.fits FROM numbered AS s CROSS JOIN (SELECT DISTINCT fits FROM numbered) AS k) AS s
  ASOF JOIN (SELECT {plan.keys}, fits, ts, min(place) AS place FROM numbered GROUP BY {plan.keys}, fits, ts) AS e
    ON {plan.same("s", "e")} AND e.fits = s.fits AND e.ts >= s.ts
),
near AS (
  SELECT {plan.of("f")}, f.seq, f.started, e.ts, e.fits
  FROM (SELECT *, unnest(range({plan.last})) AS further FROM firsts) AS f
  JOIN numbered AS e ON {plan.same("f", "e")} AND e.fits = f.fits AND e.place = f.place + f.further
  WHERE {plan.in_time("e.ts", "f.started")}
),
counted AS (
  SELECT {plan.keys}, seq, ts, {counts}
  FROM near
  WINDOW upto AS (PARTITION BY {plan.keys}, seq ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
attempts AS (
  SELECT {plan.keys}, seq, {times}
  FROM (SELECT {plan.keys}, seq, ts, {plan.last} - ({lacking}) AS done FROM counted)
  GROUP BY {plan.keys}, seq
)"""


def _lacks(classes: tuple[int, ...]) -> list[str]:
    """By how many events each set of classes of one group falls short."""
    subsets = Sharing((classes,)).subsets()
    return [f"{bits.bit_count()} - n_{bits}" for bits in subsets]
