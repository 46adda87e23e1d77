"""A week that is not over."""

from datetime import date, timedelta

from prodops_metrics.reports.differs.stream import OURS, Answer, Here, Stream, Way
from prodops_metrics.reports.differs.toy import Toy

MONDAY = date(2024, 1, 1)


def newest_week(toy: Toy) -> Answer:
    """Users of the week that holds the newest event, over or not."""
    return _week(toy, _monday(toy))


def last_whole_week(toy: Toy) -> Answer:
    """Users of the last week of which every day has come."""
    newest = max(toy.local(each).date() for each in toy.happenings)
    monday = _monday(toy)
    return _week(toy, monday if newest == monday + timedelta(days=6) else monday - timedelta(days=7))


def _monday(toy: Toy) -> date:
    newest = max(toy.local(each).date() for each in toy.happenings)
    return newest - timedelta(days=newest.weekday())


def _week(toy: Toy, monday: date) -> Answer:
    days = {monday + timedelta(days=number) for number in range(7)}
    return Answer(len({each.user for each in toy.of("opened") if toy.local(each).date() in days}))


STREAM = Stream(
    order=4,
    title="A week that is not over",
    question="It is the evening of Tuesday, 9 January. What does the number on the card say?",
    why="Two days of a week are not a week: the newest bar is low because it is Tuesday, and not because people left.",
    events="""\
ann,opened,2024-01-01 09:00
ben,opened,2024-01-02 09:00
eva,opened,2024-01-04 09:00
dan,opened,2024-01-06 09:00
ann,opened,2024-01-08 09:00
ben,opened,2024-01-09 17:00
""",
    definitions="""\
weekly_users:
  description: Users of each week
  type: count_distinct
  event: opened
""",
    ways=(
        Way(
            "ours",
            OURS,
            "The number is the last complete week; the newest one is drawn dashed, and compared with nothing.",
            here=Here("weekly_users"),
        ),
        Way(
            "newest",
            "Mixpanel, Amplitude, PostHog: last point",
            "The newest bar holds what has come so far. It is drawn dotted or marked, but an export shows it as it is.",
            "PostHog, trends: ongoing period; Amplitude, retention: recent periods are asterisked",
            newest_week,
        ),
        Way(
            "whole",
            "Whoever leaves the last bar out",
            "The last week of which all seven days have come.",
            count=last_whole_week,
        ),
    ),
)
