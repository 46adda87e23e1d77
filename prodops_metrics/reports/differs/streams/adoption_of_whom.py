"""Adoption among whom."""

from datetime import date, timedelta

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, rolling
from prodops_metrics.reports.differs.toy import Toy

DAY = date(2024, 1, 31)
FIRST = DAY - timedelta(days=6)


def of_active(toy: Toy) -> Answer:
    """Users of the feature, of those who were there at all in the same seven days."""
    return Answer(len(_users(toy, "searched")), len(_users(toy, None)))


def of_all(toy: Toy) -> Answer:
    """Users of the feature in the seven days, of all who were ever seen."""
    return Answer(len(_users(toy, "searched")), len(toy.by_user))


def ever_of_all(toy: Toy) -> Answer:
    """Who ever used the feature, of all who were ever seen."""
    return Answer(len({each.user for each in toy.of("searched")}), len(toy.by_user))


def _users(toy: Toy, event: str | None) -> set[str]:
    return {each.user for each in toy.happenings if event in {None, each.event} and FIRST <= toy.local(each).date() <= DAY}


STREAM = Stream(
    order=20,
    title="Adoption among whom",
    question="What is the adoption of search in the seven days to 31 January?",
    why="Who was not there could not adopt anything: over everyone ever seen, adoption falls as the product grows old.",
    events="""\
ann,opened,2024-01-30 09:00
ann,searched,2024-01-30 09:05
ben,opened,2024-01-31 09:00
eva,opened,2024-01-03 09:00
eva,searched,2024-01-03 09:10
dan,opened,2024-01-04 09:00
fay,opened,2024-01-05 09:00
""",
    definitions="""\
adoption:
  description: Of those who were there in seven days, who searched
  type: share
  event: searched
  of: active
  window: 7 days
  grains: [day]
adoption_of_all:
  description: Of all who were ever seen, who searched in seven days
  type: share
  event: searched
  of: all
  window: 7 days
  grains: [day]
""",
    ways=(
        Way(
            "ours",
            OURS,
            "Numerator and denominator over the same days; n of N stands beside every percentage.",
            here=rolling("adoption", DAY),
        ),
        Way(
            "active",
            "PostHog, Mixpanel: a formula A / B over unique users",
            "Users with the event by users with any event, of the same interval.",
            "Mixpanel, Insights: formulas; PostHog, trends: formula mode",
            of_active,
            rolling("adoption", DAY),
        ),
        Way(
            "all",
            "Divided by the users table",
            "By all users that there are.",
            count=of_all,
            here=rolling("adoption_of_all", DAY),
        ),
        Way(
            "ever",
            "“Have ever used it”",
            "Whoever used it once, however long ago, of everyone ever seen.",
            count=ever_of_all,
        ),
    ),
)
