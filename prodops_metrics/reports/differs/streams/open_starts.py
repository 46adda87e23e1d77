"""Starts that can still convert."""

from datetime import date, timedelta
from functools import partial

from prodops_metrics.reports.differs.attempts import Funnel, converted
from prodops_metrics.reports.differs.stream import OURS, Answer, Here, Stream, Way
from prodops_metrics.reports.differs.toy import Toy

FUNNEL = Funnel(("signed_up", "invited"), timedelta(days=7))


def closed(toy: Toy) -> Answer:
    """The same without those who began so late that their window is not over."""
    newest: date = max(toy.local(each).date() for each in toy.happenings)
    last = newest - FUNNEL.window
    kept = tuple(each for each in toy.happenings if each.event != FUNNEL.steps[0] or toy.local(each).date() <= last)
    return converted(Toy(kept, toy.zone), 2, FUNNEL.best)


STREAM = Stream(
    order=16,
    title="Starts that can still convert",
    question="It is the end of 10 January. How many of those who signed up invite somebody within 7 days?",
    why="Eva and Dan signed up yesterday and have six days left: counted as lost, they make every newest week a crash.",
    events="""\
ann,signed_up,2024-01-01 09:00
ann,invited,2024-01-05 09:00
ben,signed_up,2024-01-02 09:00
eva,signed_up,2024-01-09 09:00
dan,signed_up,2024-01-09 10:00
fay,signed_up,2024-01-03 10:00
fay,invited,2024-01-10 09:00
""",
    definitions="""\
invites_within_a_week:
  description: Who invites somebody within a week of signing up
  type: funnel
  steps: [signed_up, invited]
  window: 7 days
""",
    ways=(
        Way(
            "ours",
            OURS,
            "The number ends as long before the last complete day as a start needs to convert; later starts are open.",
            here=Here("invites_within_a_week"),
        ),
        Way(
            "all",
            "Mixpanel, PostHog, Amplitude: a range up to today",
            "Every start in the range counts, whether its window is over or not.",
            "Amplitude, Funnel analysis FAQ; Mixpanel, Funnels: date range",
            partial(converted, steps=2, depth=FUNNEL.best),
        ),
        Way(
            "closed",
            "The same, with a range that ends a week ago",
            "Only starts whose seven days are over.",
            count=closed,
            here=Here("invites_within_a_week"),
        ),
    ),
)
