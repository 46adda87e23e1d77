"""A restart inside a strict chain."""

from datetime import timedelta
from functools import partial

from prodops_metrics.reports.differs.attempts import Funnel, converted
from prodops_metrics.reports.differs.stream import OURS, Stream, Way, whole

FUNNEL = Funnel(("seen", "tried", "bought"), timedelta(days=1))

STREAM = Stream(
    order=9,
    title="A restart in a strict order",
    question="Who does see, try, buy, with nothing between?",
    why="Ben begins twice, and his second way is without a fault; whether it is looked at is each tool's own choice.",
    events="""\
ann,seen,2024-01-01 09:01
ann,tried,2024-01-01 09:02
ann,bought,2024-01-01 09:03
ben,seen,2024-01-01 09:01
ben,tried,2024-01-01 09:02
ben,seen,2024-01-01 09:03
ben,tried,2024-01-01 09:04
ben,bought,2024-01-01 09:05
eva,seen,2024-01-01 09:01
eva,bought,2024-01-01 09:02
eva,tried,2024-01-01 09:03
""",
    definitions="""\
straight_through:
  description: Who sees, tries and buys without anything between
  type: funnel
  steps: [seen, tried, bought]
  window: 1 day
  order: strict
""",
    ways=(
        Way(
            "ours",
            OURS,
            "A second start is an attempt of its own, and the best attempt counts.",
            here=whole("straight_through", step=3),
        ),
        Way(
            "best",
            "PostHog strict",
            "Every start begins a chain; the longest counts.",
            "PostHog, test_funnel_strict.py",
            partial(converted, steps=3, depth=FUNNEL.next_event),
            whole("straight_through", step=3),
        ),
        Way(
            "first",
            "ClickHouse strict_order",
            "`windowFunnel(…, 'strict_order')` stops at the second start: Ben gets as far as step 2.",
            "ClickHouse, test 00632_aggregation_window_funnel",
            partial(converted, steps=3, depth=FUNNEL.first_chain),
        ),
    ),
)
