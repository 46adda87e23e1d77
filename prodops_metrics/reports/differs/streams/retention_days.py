"""The next day: of the calendar, or 24 hours later."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, cohort
from prodops_metrics.reports.differs.toy import Toy

DAY, HOUR = date(2024, 1, 1), timedelta(hours=1)
Back = Callable[[datetime, datetime], bool]


def next_date(toy: Toy) -> Answer:
    """Who came on the day after, by the calendar."""
    return _back(toy, lambda first, then: (then.date() - first.date()).days == 1)


def rolling(toy: Toy) -> Answer:
    """Who came from 24 to 48 hours after."""
    return _back(toy, lambda first, then: (then - first) // (24 * HOUR) == 1)


def rolling_hours(toy: Toy) -> Answer:
    """Who came from 24 to 48 hours after, with times cut to the hour before."""
    return _back(toy, lambda first, then: (_hour(then) - _hour(first)) // (24 * HOUR) == 1)


def _hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _back(toy: Toy, back: Back) -> Answer:
    times = [[toy.local(each) for each in events if each.event == "used"] for events in toy.by_user.values()]
    members: list[Sequence[datetime]] = [each for each in times if each and min(each).date() == DAY]
    return Answer(sum(any(back(min(each), then) for then in each) for each in members), len(members))


STREAM = Stream(
    order=13,
    title="Retention: the next day",
    question="Of those who began on Monday, 1 January, who was back on day 1?",
    why="Ten hours after a late evening it is the next day by the calendar, and the same day by the stop watch.",
    events="""\
ann,used,2024-01-01 22:00
ann,used,2024-01-02 08:00
ben,used,2024-01-01 09:00
ben,used,2024-01-03 08:00
eva,used,2024-01-01 12:00
eva,used,2024-01-02 13:00
dan,used,2024-01-01 23:30
dan,used,2024-01-02 00:30
fay,used,2024-01-01 17:59
fay,used,2024-01-02 17:00
""",
    definitions="""\
back_next_day:
  description: Who uses it again on the next days of the calendar
  type: retention
  start: used
  return: used
  grain: day
  periods: 3
  headline: 1
back_after_24_hours:
  description: Who uses it again from 24 to 48 hours later
  type: retention
  start: used
  return: used
  grain: day
  periods: 3
  headline: 1
  counted_from: start
""",
    ways=(
        Way("ours", OURS, "Days of the calendar, in the project's time zone.", here=cohort("back_next_day", DAY, 1)),
        Way(
            "calendar",
            "PostHog, Mixpanel calendar mode, Amplitude strict calendar dates",
            "The next day of the calendar.",
            "Mixpanel help, Calendar retention mode; Amplitude, How time works in a retention analysis",
            next_date,
            cohort("back_next_day", DAY, 1),
        ),
        Way(
            "rolling",
            "Mixpanel by default",
            "Day 1 is 24 to 48 hours after a user's own start.",
            "Mixpanel help, Advanced retention: rolling interval retention",
            rolling,
            cohort("back_after_24_hours", DAY, 1),
        ),
        Way(
            "hours",
            "Amplitude by default",
            "The same, with every time cut to its hour first: Fay's 23 hours and a minute become 24.",
            "Amplitude, How time works in a retention analysis: 24-hour windows",
            rolling_hours,
        ),
    ),
)
