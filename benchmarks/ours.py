"""prodops_metrics asked the questions of the benchmark: ``python -m benchmarks.ours PROJECT --first DAY --last DAY``.

Every answer is the whole result frame with its intervals, as a page would get it: more than any peer gives. ``open`` asks a
session that has answered the same over a week less, as peers are asked that stay open; it holds no answer to this. ``cold``
asks a session that was just opened, with no kept answers; ``kept`` opens another that finds them beside the snapshot.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from benchmarks.peers.asking import ROLLING_LENGTHS, Rows, Span, Watch, plain, say
from prodops_metrics.calendar import Window
from prodops_metrics.reports.answers import Shape, headlines_on, table
from prodops_metrics.reports.feature import feature_report
from prodops_metrics.reports.session import Session, open_session
from prodops_metrics.reports.view import View

Answer = Callable[[Session], Rows]
WEEKS = 12
LEVEL = 0.95
"""Of the intervals that are told by the day."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, what it is called in the table, and how its answer becomes rows to compare."""

    id: str
    words: str
    answer: Answer
    of_window: bool = True
    """Whether it is another question over another span; the others are asked of their metric's own window."""


def questions(span: Span) -> tuple[Question, ...]:
    """All questions over the whole data; ``feature_report`` has no rows to compare."""
    whole = Window(span.first, span.end)
    closed = Window(span.first, span.closed + timedelta(days=1))

    def frame(session: Session, metric: str, shape: Shape = _AS_IT_IS, window: Window = whole) -> pl.DataFrame:
        return table(session, session.metric(metric), window, shape).filter(pl.col("complete"))

    def points(metric: str, shape: Shape = _AS_IT_IS, *columns: str) -> Answer:
        keys = columns or ("bucket",)
        return lambda session: frame(session, metric, shape).select(*keys, "numerator").rows()

    def percentiles(session: Session) -> Rows:
        # A day of too few values has none.
        return frame(session, "slowest_tenth").drop_nulls("point").select("bucket", "point").rows()

    return (
        Question("daily_users", "daily users of one event, 180 days", points("daily_users")),
        Question("rolling_users", "users of one event, 28 days rolling, by day", points("rolling_users", _BY_DAY)),
        *(
            Question(metric, f"all active users, {length} days rolling, by day", points(metric, _BY_DAY))
            for metric, length in ROLLING_LENGTHS.items()
        ),
        Question("weekly_retention", "weekly retention triangle", points("weekly_retention", _AS_IT_IS, "cohort", "age")),
        Question("account_retention", "the same by account", points("account_retention", _AS_IT_IS, "cohort", "age")),
        Question(
            "slowest_tenth",
            "p90 of a property by day",
            percentiles,
        ),
        Question(
            "search_to_result",
            "3-step funnel, 7 days, all users",
            lambda s: frame(s, "search_to_result", _WHOLE, closed).select("step", "numerator").rows(),
        ),
        Question(
            "weekly_adoption",
            "adoption by week",
            lambda s: frame(s, "weekly_adoption").select("bucket", "numerator", "denominator").rows(),
        ),
        Question(
            "users_by_country",
            "users by week and country",
            points("users_by_country", Shape("week", "country", touch="any"), "bucket", "segment"),
        ),
        Question("lifecycle", "lifecycle by week", points("lifecycle", _AS_IT_IS, "bucket", "state")),
        Question(
            "time_to_search",
            "median time to adopt",
            lambda s: [(_as_it_stood(s, "time_to_search", span.last),)],
        ),
        Question("feature_report", "the whole feature report", _report, of_window=False),
    )


_AS_IT_IS, _BY_DAY, _WHOLE = Shape(), Shape("day"), Shape(whole=True)


def _as_it_stood(session: Session, metric: str, through: date) -> float | None:
    """The headline of a metric when data was through a day."""
    return headlines_on(session, session.metric(metric), [through], level=LEVEL)[through].now.point


def _report(session: Session) -> Rows:
    feature_report(session, "search", View(WEEKS))
    return []


def timed(project: Path, question: Question, before: Question, runs: int) -> Iterator[dict[str, object]]:
    """The question in every form, the fastest of so many runs; ``before`` is the same over a week less."""
    forms: dict[str, tuple[float, float]] = {}
    rows: Rows = []
    for _ in range(runs):
        forget_answers(project)
        taken, rows = _asked(project, question)
        found = {"cold": taken, "kept": _asked(project, question)[0]}
        if question.of_window:
            forget_answers(project)
            found["open"] = _asked(project, question, before)[0]
        forms = {form: min(taken, forms.get(form, taken)) for form, taken in found.items()}
    answer = sorted(tuple(map(plain, row)) for row in rows)
    for form, (seconds, cpu) in forms.items():
        told = {"question": question.id, "words": question.words, "form": form}
        yield {**told, "seconds": seconds, "cpu": cpu, "rows": answer if form == "cold" else []}


def forget_answers(project: Path) -> None:
    """Removes the answers that are kept beside the snapshots."""
    for path in (project / "warehouse").glob("*.answers.sqlite*"):
        path.unlink()


def _asked(project: Path, question: Question, before: Question | None = None) -> tuple[tuple[float, float], Rows]:
    session = open_session(project)
    try:
        if before is not None:
            before.answer(session)
        watch = Watch()
        rows = question.answer(session)
        return watch.taken(), rows
    finally:
        session.warehouse.close()


def main() -> None:
    """Asks everything and prints one JSON line a form."""
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("--first", type=date.fromisoformat, required=True)
    parser.add_argument("--last", type=date.fromisoformat, required=True)
    parser.add_argument("--questions", default="")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--done", type=json.loads, default=[], help="forms that are not to be asked, as JSON")
    asked = parser.parse_args()
    wanted = frozenset(filter(None, asked.questions.split(",")))
    shorter = questions(Span(asked.first, asked.last - timedelta(weeks=1)))
    for question, before in zip(questions(Span(asked.first, asked.last)), shorter, strict=True):
        if (not wanted or question.id in wanted) and [question.id, "cold"] not in asked.done:
            say({"asking": [question.id, "cold"]})
            for line in timed(asked.project, question, before, asked.runs):
                say(line)


if __name__ == "__main__":
    main()
