"""In order, in any order, or without anything between."""

from datetime import timedelta
from functools import partial

from prodops_metrics.reports.differs.attempts import Funnel, converted
from prodops_metrics.reports.differs.stream import OURS, Stream, Way, whole

FUNNEL = Funnel(("seen", "bought"), timedelta(hours=1))

STREAM = Stream(
    order=8,
    title="The order of steps",
    question="Who sees it and buys it?",
    why="Order, strict order and any order are three questions; a foreign event in between ends only the strict one.",
    events="""\
ann,seen,2024-01-01 09:00
ann,bought,2024-01-01 09:10
ben,seen,2024-01-01 09:00
ben,searched,2024-01-01 09:05
ben,bought,2024-01-01 09:10
eva,bought,2024-01-01 09:00
eva,seen,2024-01-01 09:10
""",
    definitions="""\
in_order:
  description: Who sees it, then buys it, whatever else lies between
  type: funnel
  steps: [seen, bought]
  window: 1 hour
one_after_the_other:
  description: Who sees it and buys it next
  type: funnel
  steps: [seen, bought]
  window: 1 hour
  order: strict
in_any_order:
  description: Who does both
  type: funnel
  steps: [seen, bought]
  window: 1 hour
  order: any
""",
    ways=(
        Way("ours", OURS, "In the order of the steps; other events may lie between.", here=whole("in_order", step=2)),
        Way(
            "ordered",
            "PostHog sequential, Amplitude this order, Mixpanel",
            "The steps in their order, loosely.",
            "PostHog, funnels: step order; Amplitude, How funnels are computed; Mixpanel help, Funnels: loose ordering",
            partial(converted, steps=2, depth=FUNNEL.best),
            whole("in_order", step=2),
        ),
        Way(
            "strict",
            "PostHog strict, Amplitude exact order",
            "No other event may lie between two steps: Ben's search ends his attempt.",
            "PostHog, funnels: strict order; Amplitude, How funnels are computed: exact order",
            partial(converted, steps=2, depth=FUNNEL.next_event),
            whole("one_after_the_other", step=2),
        ),
        Way(
            "any",
            "PostHog any order, Amplitude any order",
            "Both steps, whichever comes first: Eva's purchase before the look counts.",
            "PostHog, funnels: any order; Amplitude, How funnels are computed: any order",
            partial(converted, steps=2, depth=FUNNEL.any_order),
            whole("in_any_order", step=2),
        ),
    ),
)
