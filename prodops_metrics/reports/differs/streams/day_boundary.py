"""Where a day ends: the time zone."""

from datetime import UTC, date

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, bucket
from prodops_metrics.reports.differs.toy import Toy

DAY = date(2024, 1, 2)


def in_utc(toy: Toy) -> Answer:
    """Users of the day of UTC."""
    return Answer(len({each.user for each in toy.of("opened") if each.at.astimezone(UTC).date() == DAY}))


def in_zone(toy: Toy) -> Answer:
    """Users of the day of the project's clock."""
    return Answer(len({each.user for each in toy.of("opened") if toy.local(each).date() == DAY}))


STREAM = Stream(
    order=3,
    timezone="Europe/Berlin",
    title="Where a day ends",
    question="How many people came on 2 January?",
    why="At 23:30 in London it is half past midnight in Berlin: the same event belongs to another day, week and cohort.",
    events="""\
ann,opened,2024-01-01T23:30Z
ben,opened,2024-01-01T23:59Z
eva,opened,2024-01-02T08:00Z
dan,opened,2024-01-02T22:59Z
fay,opened,2024-01-02T23:00Z
""",
    definitions="""\
daily_users:
  description: Users of each day
  type: count_distinct
  event: opened
  grain: day
""",
    ways=(
        Way(
            "ours",
            OURS,
            "Days are those of the project's `timezone`, here Europe/Berlin, whatever zone an export writes.",
            here=bucket("daily_users", DAY),
        ),
        Way(
            "utc",
            "ClickHouse, a script over raw exports",
            "Days of UTC: `toDate(timestamp)` on a server in UTC, or the first ten characters of the time.",
            "ClickHouse, toDate and the server's time zone",
            in_utc,
            bucket("daily_users", DAY, timezone="UTC"),
        ),
        Way(
            "project",
            "Mixpanel, Amplitude, PostHog",
            "Days of the project's time zone, which is a setting there too; compare it first.",
            "Mixpanel, project settings; Amplitude, project time zone; PostHog, project time zone",
            in_zone,
            bucket("daily_users", DAY),
        ),
    ),
)
