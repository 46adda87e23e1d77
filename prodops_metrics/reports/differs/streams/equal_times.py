"""Two events with one time."""

from datetime import timedelta
from functools import partial

from prodops_metrics.reports.differs.attempts import Funnel, converted
from prodops_metrics.reports.differs.stream import OURS, Stream, Way, whole

STEPS, HOUR = ("seen", "bought"), timedelta(hours=1)

STREAM = Stream(
    order=10,
    title="Two events at one moment",
    question="Who sees it, then buys it?",
    why="Clients send batches with one time stamp, and at one moment nobody can say which event came first.",
    events="""\
ann,seen,2024-01-01 09:00:00
ann,bought,2024-01-01 09:00:07
ben,bought,2024-01-01 09:00:00
ben,seen,2024-01-01 09:00:00
eva,bought,2024-01-01 08:59:59
eva,seen,2024-01-01 09:00:00
""",
    definitions="""\
sees_then_buys:
  description: Who sees it, then buys it; at one moment in either order
  type: funnel
  steps: [seen, bought]
  window: 1 hour
surely_later:
  description: Who buys it surely later than seeing it
  type: funnel
  steps: [seen, bought]
  window: 1 hour
  strictly_later: true
""",
    ways=(
        Way(
            "ours",
            OURS,
            "Events of one moment may be taken in either order, so that a conversion is found.",
            here=whole("sees_then_buys", step=2),
        ),
        Way(
            "either",
            "PostHog, ClickHouse",
            "Steps are sorted by time; what has the same time may convert.",
            "PostHog, test_funnel.py; ClickHouse, windowFunnel",
            partial(converted, steps=2, depth=Funnel(STEPS, HOUR).best),
            whole("sees_then_buys", step=2),
        ),
        Way(
            "later",
            "ClickHouse strict_increase, SQL with >",
            "Times must grow from step to step: Ben is lost.",
            "ClickHouse, windowFunnel: strict_increase",
            partial(converted, steps=2, depth=Funnel(STEPS, HOUR, later=True).best),
            whole("surely_later", step=2),
        ),
    ),
)
