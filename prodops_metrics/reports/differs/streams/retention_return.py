"""Back in that very week, or then or later."""

from datetime import date, timedelta

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, cohort
from prodops_metrics.reports.differs.toy import Toy

MONDAY, WEEK = date(2024, 1, 1), timedelta(days=7)


def in_week_one(toy: Toy) -> Answer:
    """Users of the first week who came in the second."""
    return _back(toy, MONDAY + 2 * WEEK)


def in_week_one_or_later(toy: Toy) -> Answer:
    """Users of the first week who came in the second or any later one."""
    return _back(toy, date.max)


def _back(toy: Toy, before: date) -> Answer:
    days = {
        user: [toy.local(each).date() for each in events if each.event == "used"] for user, events in toy.by_user.items()
    }
    members = [each for each in days.values() if each and MONDAY <= min(each) < MONDAY + WEEK]
    return Answer(sum(any(MONDAY + WEEK <= day < before for day in each) for each in members), len(members))


STREAM = Stream(
    order=12,
    title="Retention: in that week, or then and later",
    question="Of those who began in the week of 1 January, who was back after one week?",
    why="“On or after” counts everyone who ever comes back, so it lies higher and grows for months after.",
    events="""\
ann,used,2024-01-02 09:00
ann,used,2024-01-09 09:00
ben,used,2024-01-03 09:00
ben,used,2024-01-23 09:00
eva,used,2024-01-04 09:00
dan,used,2024-01-05 09:00
dan,used,2024-01-16 09:00
""",
    definitions="""\
back_that_week:
  description: Who uses it again in exactly the k-th week after
  type: retention
  start: used
  return: used
  periods: 2
  headline: 1
back_then_or_later:
  description: Who uses it again in the k-th week after, or later so far
  type: retention
  start: used
  return: used
  periods: 2
  headline: 1
  return_when: on_or_after
""",
    ways=(
        Way(
            "ours",
            OURS,
            "Exactly that week. “So far” stands beside it under its own name, and is compared with nothing.",
            here=cohort("back_that_week", MONDAY, 1),
        ),
        Way(
            "on",
            "Mixpanel on, Amplitude return on, PostHog",
            "Back within that very period.",
            "Mixpanel help, Advanced retention: on; Amplitude, Retention analysis: return on",
            in_week_one,
            cohort("back_that_week", MONDAY, 1),
        ),
        Way(
            "on_or_after",
            "Mixpanel on or after, Amplitude return on or after",
            "Back in that period or at any time later; long the default of Mixpanel's report.",
            "Mixpanel help, Advanced retention: on or after; Amplitude, Retention analysis: return on or after",
            in_week_one_or_later,
            cohort("back_then_or_later", MONDAY, 1),
        ),
    ),
)
