"""Weekly active users: the last seven days, or the calendar week."""

from datetime import date, timedelta

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, bucket, rolling
from prodops_metrics.reports.differs.toy import Toy

DAY, MONDAY, WEEK = date(2024, 1, 10), date(2024, 1, 8), timedelta(days=7)


def last_seven(toy: Toy) -> Answer:
    """Users of the seven days that end with the day asked about."""
    return _between(toy, DAY - WEEK + timedelta(days=1), DAY)


def calendar(toy: Toy) -> Answer:
    """Users of the week that the day asked about lies in."""
    return _between(toy, MONDAY, MONDAY + WEEK - timedelta(days=1))


def added(toy: Toy) -> Answer:
    """The users of each of the seven days, added."""
    days = (DAY - timedelta(days=back) for back in range(7))
    return Answer(sum(_between(toy, day, day).value for day in days))


def _between(toy: Toy, first: date, last: date) -> Answer:
    return Answer(len({each.user for each in toy.of("opened") if first <= toy.local(each).date() <= last}))


STREAM = Stream(
    order=1,
    title="Weekly active users",
    question="How many weekly active users are there on Wednesday, 10 January?",
    why="“Weekly” is either the last seven days or the calendar week, and whoever came on two days is still one person.",
    events="""\
ann,opened,2024-01-01 09:00
ben,opened,2024-01-04 09:00
ben,opened,2024-01-09 17:00
eva,opened,2024-01-06 11:00
dan,opened,2024-01-10 08:00
fay,opened,2024-01-11 10:00
gus,opened,2024-01-14 10:00
hal,opened,2024-01-12 10:00
""",
    definitions="""\
active_7_days:
  description: Users of the last seven days
  type: count_distinct
  event: opened
  window: 7 days
  grains: [day]
active_by_week:
  description: Users of each calendar week
  type: count_distinct
  event: opened
  grain: week
""",
    ways=(
        Way(
            "ours",
            OURS,
            "A rolling window names its length, and every point is a whole one: the seven days that end with its day.",
            here=rolling("active_7_days", DAY),
        ),
        Way(
            "rolling",
            "Mixpanel, PostHog",
            "“WAU” and “weekly active users” count the seven days that end with the day of the point.",
            "Mixpanel, Insights: DAU, WAU, MAU; PostHog, trends: weekly active users",
            last_seven,
            rolling("active_7_days", DAY),
        ),
        Way(
            "calendar",
            "Amplitude, PostHog, Mixpanel: uniques by week",
            "Unique users of the calendar week that holds the day.",
            "Amplitude, Event Segmentation: Uniques, weekly; PostHog, trends: unique users, interval week",
            calendar,
            bucket("active_by_week", MONDAY),
        ),
        Way(
            "added",
            "A spreadsheet",
            "Adds the daily users of the seven days: Ben came on two of them and counts twice.",
            count=added,
        ),
    ),
)
