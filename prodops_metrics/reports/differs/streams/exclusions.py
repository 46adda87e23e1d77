"""An event that spoils an attempt."""

from collections.abc import Sequence
from datetime import timedelta

from prodops_metrics.reports.differs.attempts import Funnel, converted
from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, whole
from prodops_metrics.reports.differs.toy import Happening, Toy

FUNNEL, SPOILER = Funnel(("signed_up", "paid"), timedelta(days=14)), "refunded"


def left_out(toy: Toy) -> Answer:
    """Users are in no step if every attempt that gets as far is spoilt."""
    depths = [_clean(events) for events in toy.by_user.values()]
    return Answer(sum(each == 2 for each in depths), sum(each > 0 for each in depths))


def counted_as_lost(toy: Toy) -> Answer:
    """A spoilt conversion is none, and its user stays among those who began."""
    depths = [(_clean(events), FUNNEL.best(events)) for events in toy.by_user.values()]
    return Answer(sum(clean == 2 for clean, _ in depths), sum(best > 0 for _, best in depths))


def not_at_all(toy: Toy) -> Answer:
    """Without looking at what lies between."""
    return converted(toy, 2, FUNNEL.best)


def _clean(events: Sequence[Happening]) -> int:
    """The depth of the deepest attempts, or 0 where all of them are spoilt."""
    paths = [FUNNEL.path(start, events) for start in FUNNEL.starts(events)]
    deepest = [path for path in paths if len(path) == FUNNEL.best(events)]
    return max((len(path) for path in deepest if not _spoilt(path, events)), default=0)


def _spoilt(path: Sequence[Happening], events: Sequence[Happening]) -> bool:
    done = len(path) == len(FUNNEL.steps)
    return any(
        each.event == SPOILER
        and path[0].at < each.at
        and (each.at < path[-1].at if done else each.at <= path[0].at + FUNNEL.window)
        for each in events
    )


STREAM = Stream(
    order=19,
    title="An event that spoils it",
    question="Who pays after signing up, without a refund in between?",
    why="An exclusion can mean “leave these people out” or “count them as lost”, and the two divide by different people.",
    events="""\
ann,signed_up,2024-01-01 01:00
ann,paid,2024-01-01 02:00
ben,signed_up,2024-01-01 03:00
ben,refunded,2024-01-01 03:30
ben,paid,2024-01-01 04:00
eva,signed_up,2024-01-01 05:00
eva,paid,2024-01-01 06:00
dan,signed_up,2024-01-01 07:00
""",
    definitions="""\
pays_without_refund:
  description: Who pays without a refund between signing up and paying
  type: funnel
  steps: [signed_up, paid]
  window: 14 days
  exclusions: [{event: refunded}]
pays:
  description: Who pays after signing up
  type: funnel
  steps: [signed_up, paid]
  window: 14 days
""",
    ways=(
        Way(
            "ours",
            OURS,
            "A user whose deepest attempts are all spoilt is in no step, whatever the order of steps.",
            here=whole("pays_without_refund", step=2),
        ),
        Way(
            "left_out",
            "PostHog, ordered",
            "The user is removed from every step.",
            "PostHog, test_funnel.py: exclusions",
            left_out,
            whole("pays_without_refund", step=2),
        ),
        Way(
            "reset",
            "PostHog, any order",
            "The attempt in progress is thrown away, and the user stays in the funnel as one who did not convert.",
            "PostHog, test_funnel_unordered.py: exclusions, full window",
            counted_as_lost,
        ),
        Way("ignored", "No exclusion", "What lies between is not looked at.", count=not_at_all, here=whole("pays", step=2)),
    ),
)
