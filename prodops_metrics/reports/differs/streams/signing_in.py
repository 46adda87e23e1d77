"""The same person before and after signing in."""

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, whole
from prodops_metrics.reports.differs.toy import Toy


def merged(toy: Toy) -> Answer:
    """People, where a device is its user's also before anybody knew it."""
    whose = {each.device: each.known for each in toy.happenings if each.device and each.known}
    return Answer(len({whose.get(each.user, each.user) for each in toy.of("opened")}))


def as_received(toy: Toy) -> Answer:
    """Ids as the events have them: a device and its user are two."""
    return Answer(len({each.user for each in toy.of("opened")}))


def signed_in_only(toy: Toy) -> Answer:
    """Users; events without one are left out."""
    return Answer(len({each.known for each in toy.of("opened")} - {""}))


STREAM = Stream(
    order=21,
    title="Before and after signing in",
    question="How many people opened it?",
    why="Ann came anonymously on Monday and signed in on Tuesday: one person, unless events keep their first id.",
    events="""\
~phone,opened,2024-01-01 09:00
~phone ann,signed_in,2024-01-02 09:00
ann,opened,2024-01-03 09:00
~laptop,opened,2024-01-04 09:00
ben,opened,2024-01-05 09:00
""",
    definitions="""\
people_who_opened:
  description: People who opened it
  type: count_distinct
  event: opened
""",
    ways=(
        Way(
            "ours",
            OURS,
            "An id that turned out to be a user's counts for that user, back to its first event; others by themselves.",
            here=whole("people_who_opened"),
        ),
        Way(
            "merged",
            "Mixpanel, ID merge",
            "Events of the device before and after are stitched to the known user.",
            "Mixpanel, Simplified ID merge",
            merged,
            whole("people_who_opened"),
        ),
        Way(
            "received",
            "PostHog, persons as they were when events came",
            "An event keeps the person that it came with; the anonymous one is counted beside the known one.",
            "PostHog, How queries work: insights counting unique persons",
            as_received,
        ),
        Way(
            "known",
            "SQL: count(DISTINCT user_id)",
            "Events without a user are left out, and with them all who never sign in.",
            count=signed_in_only,
        ),
    ),
)
