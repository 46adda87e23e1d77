"""New to the thing, or new at all."""

from datetime import date, timedelta

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, bucket
from prodops_metrics.reports.differs.toy import Toy

MONDAY, WEEK = date(2024, 1, 8), timedelta(days=7)
NEW = bucket("where_searchers_come_from", MONDAY, {"state": "new"})


def first_use(toy: Toy) -> Answer:
    """Users whose first search lies in the week."""
    return _new(toy, "searched")


def first_seen(toy: Toy) -> Answer:
    """Users of the week whose record was made in it, with their first event of any kind."""
    return _new(toy, None)


def _new(toy: Toy, event: str | None) -> Answer:
    found = 0
    for events in toy.by_user.values():
        made = [toy.local(each).date() for each in events if event in {None, each.event}]
        used = [toy.local(each).date() for each in events if each.event == "searched"]
        found += bool(made) and _inside(min(made)) and any(map(_inside, used))
    return Answer(found)


def _inside(day: date) -> bool:
    return MONDAY <= day < MONDAY + WEEK


STREAM = Stream(
    order=15,
    title="New users of a feature",
    question="How many new searchers are there in the week of 8 January?",
    why="Ann signed up long before her first search: new to search, and not new to the product.",
    events="""\
ann,signed_up,2024-01-01 09:00
ann,searched,2024-01-09 09:00
ben,signed_up,2024-01-08 09:00
ben,searched,2024-01-08 09:30
eva,signed_up,2024-01-02 09:00
eva,searched,2024-01-03 09:00
eva,searched,2024-01-10 09:00
dan,signed_up,2024-01-11 09:00
gus,signed_up,2024-01-14 09:00
gus,searched,2024-01-14 10:00
""",
    definitions="""\
where_searchers_come_from:
  description: Searchers by whether they are new, came back, or left
  type: lifecycle
  event: searched
""",
    ways=(
        Way(
            "ours",
            OURS,
            "New is who never searched before, in the data that there is.",
            here=NEW,
        ),
        Way(
            "first_use",
            "Mixpanel and PostHog: first time ever filter",
            "The first event of this name ever.",
            "PostHog, trends: first time for user; Mixpanel, first-time filter",
            first_use,
            NEW,
        ),
        Way(
            "record",
            "PostHog lifecycle",
            "New is whose person record was made in the period, by an event of any kind.",
            "PostHog, test_lifecycle_query_runner.py: group with different created at",
            first_seen,
        ),
    ),
)
