"""The value that nine in ten stay below."""

from math import ceil, floor

from prodops_metrics.reports.differs.stream import OURS, Answer, Stream, Way, whole
from prodops_metrics.reports.differs.toy import Toy

AT = 0.9


def interpolated(toy: Toy) -> Answer | None:
    """Between the two values around the rank."""
    values = _values(toy)
    if not values:
        return None
    rank = (len(values) - 1) * AT
    low, high = values[floor(rank)], values[ceil(rank)]
    return Answer(low + (rank - floor(rank)) * (high - low))


def nearest(toy: Toy) -> Answer | None:
    """The value at the rank itself, one of those that occur."""
    values = _values(toy)
    return Answer(values[min(floor(len(values) * AT), len(values) - 1)]) if values else None


def _values(toy: Toy) -> list[float]:
    return sorted(each.value for each in toy.of("loaded") if each.value is not None)


STREAM = Stream(
    order=17,
    title="The 90th percentile",
    question="Within how many milliseconds are nine in ten pages loaded?",
    why="Between the fourth and the fifth of five values lies a choice: a point between them, or one of them.",
    events="""\
ann,loaded,2024-01-01 09:00,100
ben,loaded,2024-01-01 09:01,200
eva,loaded,2024-01-01 09:02,300
dan,loaded,2024-01-01 09:03,400
fay,loaded,2024-01-01 09:04,1000
""",
    definitions="""\
slow_pages:
  description: The time within which nine in ten pages are loaded
  type: percentile
  event: loaded
  property: value
  at: 0.9
""",
    ways=(
        Way("ours", OURS, "Interpolated between the two values around the rank.", here=whole("slow_pages")),
        Way(
            "interpolated",
            "ClickHouse quantile, PostHog p90, PostgreSQL percentile_cont",
            "Interpolated likewise; above 8,192 values `quantile` looks at a sample, and says another number each time.",
            "ClickHouse, quantile and quantileExactInclusive",
            interpolated,
            whole("slow_pages"),
        ),
        Way(
            "nearest",
            "ClickHouse quantileExact, PostgreSQL percentile_disc",
            "A value that occurs: here the largest of the five.",
            "ClickHouse, quantileExact; PostgreSQL, percentile_disc",
            nearest,
        ),
    ),
)
