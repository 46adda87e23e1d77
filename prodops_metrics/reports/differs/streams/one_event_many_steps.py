"""The same event asked for twice."""

from datetime import timedelta
from functools import partial

from prodops_metrics.reports.differs.attempts import Funnel, converted
from prodops_metrics.reports.differs.stream import OURS, Stream, Way, whole

STEPS, WEEK = ("searched", "searched", "searched"), timedelta(days=7)

STREAM = Stream(
    order=11,
    title="The same step three times",
    question="Who searches three times in a week?",
    why="Who did a thing once did not do it three times, unless one event may fill every step that asks for it.",
    events="""\
ann,searched,2024-01-01 09:00
ben,searched,2024-01-01 09:00
ben,searched,2024-01-02 09:00
ben,searched,2024-01-03 09:00
eva,searched,2024-01-01 09:00
eva,searched,2024-01-04 09:00
""",
    definitions="""\
three_searches:
  description: Who searches three times within a week
  type: funnel
  steps: [searched, searched, searched]
  window: 7 days
""",
    ways=(
        Way("ours", OURS, "One event fills one step.", here=whole("three_searches", step=3)),
        Way(
            "once",
            "Amplitude, PostHog, ClickHouse strict_once",
            "Each event is used once on a path.",
            "Amplitude, How funnels are computed; ClickHouse, windowFunnel: strict_once",
            partial(converted, steps=3, depth=Funnel(STEPS, WEEK).best),
            whole("three_searches", step=3),
        ),
        Way(
            "again",
            "ClickHouse without a mode",
            "One event may fill several equal steps: Ann's one search makes a whole funnel.",
            "ClickHouse, test 00632_aggregation_window_funnel: one event for three steps",
            partial(converted, steps=3, depth=Funnel(STEPS, WEEK, once=False).best),
        ),
    ),
)
