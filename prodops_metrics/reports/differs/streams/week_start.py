"""The first day of a week."""

from datetime import date, timedelta

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, bucket
from prodops_metrics.reports.differs.toy import Toy

SUNDAY, MONDAY = date(2024, 1, 7), date(2024, 1, 8)


def since_sunday(toy: Toy) -> Answer:
    """Users of the week that begins on Sunday."""
    return _week(toy, SUNDAY)


def since_monday(toy: Toy) -> Answer:
    """Users of the week that begins on Monday."""
    return _week(toy, MONDAY)


def _week(toy: Toy, first: date) -> Answer:
    days = {first + timedelta(days=number) for number in range(7)}
    return Answer(len({each.user for each in toy.of("opened") if toy.local(each).date() in days}))


STREAM = Stream(
    order=2,
    title="The first day of a week",
    question="How many people came in the week of 8 January?",
    why="Where a week begins on Sunday, that Sunday's people stand in another week, and every weekly chart is another one.",
    events="""\
ann,opened,2024-01-07 10:00
ben,opened,2024-01-07 20:00
eva,opened,2024-01-08 09:00
dan,opened,2024-01-13 09:00
fay,opened,2024-01-14 09:00
gus,opened,2024-01-15 09:00
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
            "Weeks begin on the `week_start` of project.yml, Monday unless it says otherwise.",
            here=bucket("weekly_users", MONDAY),
        ),
        Way(
            "sunday",
            "ClickHouse, PostHog by default",
            "Weeks begin on Sunday: `toStartOfWeek` in mode 0.",
            "ClickHouse, date functions: toStartOfWeek; PostHog, project settings: week starts on",
            since_sunday,
            bucket("weekly_users", SUNDAY, week_start="sunday"),
        ),
        Way(
            "monday",
            "ISO 8601, PostgreSQL, DuckDB",
            "`date_trunc('week', …)` begins weeks on Monday, as ISO 8601 does.",
            "PostgreSQL, date_trunc",
            since_monday,
            bucket("weekly_users", MONDAY),
        ),
    ),
)
