"""New users, or everyone of the week."""

from datetime import date, timedelta

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, cohort
from prodops_metrics.reports.differs.toy import Toy

MONDAY, WEEK = date(2024, 1, 8), timedelta(days=7)


def first_time(toy: Toy) -> Answer:
    """Those whose first use ever lies in the week."""
    return _back(toy, first=True)


def recurring(toy: Toy) -> Answer:
    """Those who used it in the week, for the first time or not."""
    return _back(toy, first=False)


def _back(toy: Toy, *, first: bool) -> Answer:
    weeks = {
        user: [(toy.local(each).date() - MONDAY) // WEEK for each in events if each.event == "used"]
        for user, events in toy.by_user.items()
    }
    members = [each for each in weeks.values() if each and (min(each) == 0 if first else 0 in each)]
    return Answer(sum(1 in each for each in members), len(members))


STREAM = Stream(
    order=14,
    title="Retention: new users, or everyone",
    question="Of the cohort of 8 January, who was back a week later?",
    why="Old hands come back more often than newcomers, so that a cohort of everyone looks better than one of the new.",
    events="""\
ann,used,2024-01-01 09:00
ann,used,2024-01-08 09:00
ann,used,2024-01-15 09:00
ben,used,2024-01-02 09:00
ben,used,2024-01-09 09:00
ben,used,2024-01-16 09:00
eva,used,2024-01-10 09:00
dan,used,2024-01-11 09:00
dan,used,2024-01-19 09:00
fay,used,2024-01-21 09:00
""",
    definitions="""\
newcomers_back:
  description: Newcomers who use it again in the k-th week after
  type: retention
  start: used
  return: used
  periods: 1
  headline: 1
everyone_back:
  description: Users of a week who use it again in the k-th week after
  type: retention
  start: used
  return: used
  cohort: recurring
  periods: 1
  headline: 1
""",
    ways=(
        Way(
            "ours",
            OURS,
            "A cohort holds those who used it for the first time ever.",
            here=cohort("newcomers_back", MONDAY, 1),
        ),
        Way(
            "first_time",
            "PostHog first time, Mixpanel first time",
            "The first time ever; `retention_type=birth` at Mixpanel.",
            "Mixpanel, Retention query; PostHog, test_retention_query_runner.py: first time",
            first_time,
            cohort("newcomers_back", MONDAY, 1),
        ),
        Way(
            "recurring",
            "PostHog recurring, Mixpanel recurring",
            "Everyone with the event in that week; `retention_type=compounded` at Mixpanel.",
            "Mixpanel, Retention query; PostHog, test_retention_query_runner.py: recurring",
            recurring,
            cohort("everyone_back", MONDAY, 1),
        ),
    ),
)
