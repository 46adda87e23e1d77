"""The average of what."""

from collections.abc import Mapping, Sequence

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, whole
from prodops_metrics.reports.differs.toy import Toy


def per_event(toy: Toy) -> Answer | None:
    """The mean over events."""
    values = [value for each in _values(toy).values() for value in each]
    return Answer(sum(values) / len(values)) if values else None


def per_user(toy: Toy) -> Answer | None:
    """The mean of each user's total."""
    totals = [sum(each) for each in _values(toy).values()]
    return Answer(sum(totals) / len(totals)) if totals else None


def of_averages(toy: Toy) -> Answer | None:
    """The mean of each user's own mean."""
    means = [sum(each) / len(each) for each in _values(toy).values()]
    return Answer(sum(means) / len(means)) if means else None


def _values(toy: Toy) -> Mapping[str, Sequence[float]]:
    found = {
        user: [each.value for each in events if each.event == "watched" and each.value is not None]
        for user, events in toy.by_user.items()
    }
    return {user: values for user, values in found.items() if values}


STREAM = Stream(
    order=18,
    title="The average of what",
    question="How many minutes does one watch, on average?",
    why="Ann watches often and briefly, Ben once and long: per video, per person, and of averages are three numbers.",
    events="""\
ann,watched,2024-01-01 09:00,1
ann,watched,2024-01-02 09:00,1
ann,watched,2024-01-03 09:00,1
ann,watched,2024-01-04 09:00,1
ben,watched,2024-01-02 12:00,6
""",
    definitions="""\
minutes_per_video:
  description: Minutes that a video is watched
  type: mean
  event: watched
  property: value
  per: event
minutes_per_person:
  description: Minutes that a person watches
  type: mean
  event: watched
  property: value
  per: unit
""",
    ways=(
        Way(
            "ours",
            OURS,
            "A `mean` has to say `per: event` or `per: unit`; this is per event.",
            here=whole("minutes_per_video"),
        ),
        Way(
            "event",
            "Mixpanel, Amplitude and PostHog: average of a property",
            "The sum over the number of events.",
            "PostHog, trends: average property value; Amplitude, Event Segmentation: average of property",
            per_event,
            whole("minutes_per_video"),
        ),
        Way(
            "user",
            "Mixpanel: sum per user, then the average",
            "Each person's total first, then the mean over people.",
            "Mixpanel, Insights: aggregate per user",
            per_user,
            whole("minutes_per_person"),
        ),
        Way(
            "averages",
            "A spreadsheet",
            "Averages each person's average: one long evening weighs as much as four short ones.",
            count=of_averages,
        ),
    ),
)
