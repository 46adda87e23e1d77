"""Starting over: the best attempt, or the first."""

from datetime import timedelta
from functools import partial

from prodops_metrics.reports.differs.attempts import Funnel, converted
from prodops_metrics.reports.differs.stream import OURS, Stream, Way, whole

FUNNEL = Funnel(("seen", "bought"), timedelta(hours=1))

STREAM = Stream(
    order=6,
    title="Starting over",
    question="Who buys within an hour of seeing it?",
    why="Ben's first visit led to nothing and his second to a purchase: that counts, unless only first attempts do.",
    events="""\
ann,seen,2024-01-01 09:00
ann,bought,2024-01-01 09:20
ben,seen,2024-01-01 09:00
ben,seen,2024-01-01 12:00
ben,bought,2024-01-01 12:30
eva,seen,2024-01-01 09:00
eva,seen,2024-01-01 09:50
eva,bought,2024-01-01 10:30
dan,seen,2024-01-01 09:00
""",
    definitions="""\
best_attempt:
  description: Who buys within an hour of any time that they see it
  type: funnel
  steps: [seen, bought]
  window: 1 hour
first_attempt:
  description: Who buys within an hour of the first time ever that they see it
  type: funnel
  steps: [{event: seen, first_time: event}, bought]
  window: 1 hour
""",
    ways=(
        Way(
            "ours",
            OURS,
            "Every start is an attempt, and a user's best one counts. Activation alone asks for the very first start.",
            here=whole("best_attempt", step=2),
        ),
        Way(
            "best",
            "PostHog, Mixpanel with optimized re-entry, ClickHouse",
            "All entries are looked at, also while another is still open; one that converts is enough.",
            "Mixpanel, Funnels: optimized re-entry; ClickHouse, windowFunnel",
            partial(converted, steps=2, depth=FUNNEL.best),
            whole("best_attempt", step=2),
        ),
        Way(
            "first",
            "Mixpanel without it, uniques",
            "Only a user's first entry in the range counts, and later ones do not move its window.",
            "Mixpanel help, Conversion details in funnels: unique users, conversion window",
            partial(converted, steps=2, depth=FUNNEL.first),
            whole("first_attempt", step=2),
        ),
    ),
)
