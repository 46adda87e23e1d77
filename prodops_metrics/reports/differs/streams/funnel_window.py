"""The time to convert: from the first step, or from each."""

from datetime import timedelta
from functools import partial

from prodops_metrics.reports.differs.attempts import Funnel, converted
from prodops_metrics.reports.differs.stream import OURS, Stream, Way, whole

STEPS, HOUR = ("seen", "tried", "bought"), timedelta(hours=1)

STREAM = Stream(
    order=5,
    title="The time to convert",
    question="Who buys within an hour?",
    why="An hour from the first step is not an hour from each: three steps may then take two hours.",
    events="""\
ann,seen,2024-01-01 09:00
ann,tried,2024-01-01 09:10
ann,bought,2024-01-01 09:20
ben,seen,2024-01-01 09:00
ben,tried,2024-01-01 09:50
ben,bought,2024-01-01 10:40
eva,seen,2024-01-01 09:00
eva,tried,2024-01-01 09:30
eva,bought,2024-01-01 10:00
""",
    definitions="""\
within_an_hour:
  description: Who buys within an hour of seeing it
  type: funnel
  steps: [seen, tried, bought]
  window: 1 hour
an_hour_for_each_step:
  description: Who buys with at most an hour from step to step
  type: funnel
  steps: [seen, tried, bought]
  window: 1 hour
  window_from: previous_step
""",
    ways=(
        Way(
            "ours",
            OURS,
            "The window runs from the first step of an attempt, and its end is part of it: Eva's full hour counts.",
            here=whole("within_an_hour", step=3),
        ),
        Way(
            "first_step",
            "Mixpanel, PostHog, Amplitude, ClickHouse",
            "From the first event of the attempt; `windowFunnel` includes the end too.",
            "Mixpanel, Funnels: conversion window; ClickHouse, windowFunnel",
            partial(converted, steps=3, depth=Funnel(STEPS, HOUR).best),
            whole("within_an_hour", step=3),
        ),
        Way(
            "each_step",
            "Google Analytics 4",
            "“Within” limits the time from the step before, so that Ben's 100 minutes pass.",
            "Google Analytics 4, funnel exploration: within, on each step",
            partial(converted, steps=3, depth=Funnel(STEPS, HOUR, each=True).best),
            whole("an_hour_for_each_step", step=3),
        ),
        Way(
            "end_left_out",
            "SQL by hand",
            "`bought_at < seen_at + INTERVAL 1 HOUR` leaves the end out, and with it Eva.",
            count=partial(converted, steps=3, depth=Funnel(STEPS, HOUR, end=False).best),
        ),
    ),
)
