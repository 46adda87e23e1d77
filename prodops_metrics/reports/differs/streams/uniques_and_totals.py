"""People, or attempts."""

from datetime import timedelta
from functools import partial

from prodops_metrics.reports.differs.attempts import Funnel, converted
from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, whole
from prodops_metrics.reports.differs.toy import Toy

FUNNEL = Funnel(("searched", "opened"), timedelta(hours=1))


def totals(toy: Toy) -> Answer:
    """Entries that were completed, of entries; nobody enters anew while an entry is open."""
    depths = [depth for events in toy.by_user.values() for depth in FUNNEL.entries(events)]
    return Answer(sum(depth == len(FUNNEL.steps) for depth in depths), len(depths))


def events_divided(toy: Toy) -> Answer:
    """Events of the last step by events of the first, whoever did them."""
    return Answer(len(toy.of("opened")), len(toy.of("searched")))


STREAM = Stream(
    order=7,
    title="People, or attempts",
    question="How often does a search lead to a result being opened within an hour?",
    why="Ben searches all day: as a person he is one success, as attempts mostly failures; both are true.",
    events="""\
ann,searched,2024-01-01 09:00
ann,opened,2024-01-01 09:10
ben,searched,2024-01-01 09:00
ben,searched,2024-01-01 09:05
ben,opened,2024-01-01 09:10
ben,searched,2024-01-01 11:00
ben,searched,2024-01-01 14:00
ben,searched,2024-01-01 16:00
""",
    definitions="""\
searchers_who_open:
  description: People of whom some search led to a result
  type: funnel
  steps: [searched, opened]
  window: 1 hour
searches_that_lead_somewhere:
  description: Searches that led to a result
  type: funnel
  steps: [searched, opened]
  window: 1 hour
  count: attempts
opens_per_search:
  description: Results opened for each search
  type: ratio
  numerator: {type: count, event: opened}
  denominator: {type: count, event: searched}
""",
    ways=(
        Way("ours", OURS, "Each person once, by the best attempt.", here=whole("searchers_who_open", step=2)),
        Way(
            "uniques",
            "Mixpanel uniques, Amplitude uniques, PostHog",
            "Unique users are counted unless totals are asked for.",
            "Mixpanel help, Unique users and total conversions; Amplitude, Funnel analysis FAQ",
            partial(converted, steps=2, depth=FUNNEL.best),
            whole("searchers_who_open", step=2),
        ),
        Way(
            "attempts",
            "Here, with `count: attempts`",
            "Every start is an attempt of its own; two starts may convert by the same later event.",
            here=whole("searches_that_lead_somewhere", step=2),
        ),
        Way(
            "totals",
            "Mixpanel totals",
            "A user enters anew once the entry before is complete or its window is over, so 09:00 and 09:05 are one entry.",
            "Mixpanel help, Conversion details in funnels: total conversions",
            totals,
        ),
        Way(
            "divided",
            "Two counts, divided",
            "Events by events: who did which, and when, is not asked.",
            count=events_divided,
        ),
    ),
)
