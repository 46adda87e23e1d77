"""polars over the raw Parquet export: lazy frames, collected by the streaming engine."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import polars as pl

from benchmarks.peers.asking import ROLLING_LENGTHS, Ask, Rows, Span, survival_median

DAY, WEEK = pl.col("time").dt.date(), pl.col("time").dt.truncate("1w").dt.date()
SEARCHED = pl.col("event") == "search_submitted"


class Engine:
    """Scans; nothing is loaded."""

    cannot: Mapping[str, str] = {}

    def prepare(self, exports: Path, scratch: Path, span: Span) -> None:
        """Nothing is loaded."""

    def open(self, exports: Path, scratch: Path, span: Span) -> None:
        """Names the files."""
        del scratch
        self.raw, self.span = pl.scan_parquet(f"{exports}/*.parquet"), span

    def version(self) -> str:
        """The engine."""
        return f"polars {pl.__version__}"

    def forms(self) -> Mapping[str, Mapping[str, Ask]]:
        """One natural form each."""
        searches = self.raw.filter(SEARCHED)
        by_question: dict[str, Callable[[], pl.LazyFrame | Rows]] = {
            "daily_users": lambda: _users_by(searches, day=DAY),
            "rolling_users": lambda: self._rolling(searches),
            **{question: partial(self._rolling, self.raw, length) for question, length in ROLLING_LENGTHS.items()},
            "weekly_retention": lambda: self._retention("user_id"),
            "account_retention": lambda: self._retention("account_id"),
            "slowest_tenth": lambda: searches.group_by(DAY).agg(pl.col("duration_ms").quantile(0.9, "linear")),
            "search_to_result": self._funnel,
            "weekly_adoption": self._adoption,
            "users_by_country": lambda: _users_by(searches, week=WEEK, country=pl.col("country")),
            "lifecycle": self._lifecycle,
            "time_to_search": self._time_to,
        }
        return {question: {"natural": _collected(ask)} for question, ask in by_question.items()}

    def _rolling(self, events: pl.LazyFrame, length: int = 28) -> pl.LazyFrame:
        active = events.select("user_id", day=DAY).unique()
        until = pl.min_horizontal(
            pl.col("day") + timedelta(days=length), pl.col("day").shift(-1).over("user_id", order_by="day")
        )
        steps = active.with_columns(until=until)
        changes = pl.concat(
            [steps.select(at="day", step=pl.lit(1)), steps.select(at="until", step=pl.lit(-1)), self._days()]
        )
        summed = changes.group_by("at").agg(pl.col("step").sum()).sort("at").with_columns(n=pl.col("step").cum_sum())
        return summed.filter(pl.col("at") <= self.span.last).select("at", "n")

    def _adoption(self) -> pl.LazyFrame:
        of_users = self.raw.group_by("user_id", week=WEEK).agg(searched=SEARCHED.any())
        return of_users.group_by("week").agg(pl.col("searched").sum(), pl.len())

    def _days(self) -> pl.LazyFrame:
        days = pl.date_range(self.span.first, self.span.last, eager=True)
        return pl.LazyFrame({"at": days}).with_columns(step=pl.lit(0))

    def _retention(self, unit: str) -> pl.LazyFrame:
        weeks = self.raw.filter(SEARCHED).select(unit, week=WEEK).unique()
        cohorts = weeks.group_by(unit).agg(cohort=pl.col("week").min())
        age = (pl.col("week") - pl.col("cohort")).dt.total_days() // 7
        return weeks.join(cohorts, on=unit).group_by("cohort", age=age).len()

    def _funnel(self) -> Rows:
        within, unit = timedelta(days=7), "user_id"

        def of(event: str, name: str) -> pl.LazyFrame:
            return self.raw.filter(pl.col("event") == event).select(unit, pl.col("time").alias(name))

        opened = of("search_opened", "opened").filter(pl.col("opened").dt.date() <= self.span.closed)
        sent = of("search_submitted", "sent").join(opened, on=unit)
        sent = sent.filter(pl.col("sent") >= pl.col("opened"), pl.col("sent") <= pl.col("opened") + within)
        first = sent.group_by(unit, "opened").agg(pl.col("sent").min())
        found = of("result_opened", "found").join(first, on=unit)
        found = found.filter(pl.col("found") >= pl.col("sent"), pl.col("found") <= pl.col("opened") + within)
        steps = pl.collect_all([step.select(pl.col(unit).n_unique()) for step in (opened, first, found)], engine="streaming")
        return [(number, step.item()) for number, step in enumerate(steps, 1)]

    def _lifecycle(self) -> pl.LazyFrame:
        week, seven = pl.col("week"), timedelta(days=7)
        weeks = self.raw.filter(SEARCHED).select("user_id", week=WEEK).unique()
        before = week.shift(1).over("user_id", order_by="week")
        near = weeks.with_columns(before=before, next=week.shift(-1).over("user_id", order_by="week"))
        known = pl.when(pl.col("before").is_null()).then(pl.lit("new"))
        state = known.when(pl.col("before") == week - seven).then(pl.lit("returning")).otherwise(pl.lit("resurrected"))
        gone = near.filter(pl.col("next").ne_missing(week + seven), week + seven <= self.span.last)
        return (
            pl.concat([near.select("week", state=state), gone.select(week + seven, state=pl.lit("dormant"))], how="vertical")
            .group_by("week", "state")
            .len()
        )

    def _time_to(self) -> Rows:
        last = pl.lit(self.span.last)
        firsts = self.raw.group_by("user_id").agg(start=DAY.min(), done=DAY.filter(SEARCHED).min())
        firsts = firsts.filter(pl.col("start") >= self.span.settled)
        days = (pl.coalesce("done", last) - pl.col("start")).dt.total_days()
        counted = firsts.group_by(days.alias("days")).agg(pl.col("done").count(), left=pl.col("done").null_count())
        return survival_median(counted.collect(engine="streaming").rows())


def _users_by(events: pl.LazyFrame, **keys: pl.Expr) -> pl.LazyFrame:
    """Distinct users by some columns; ``unique`` first is what the streaming engine does best."""
    return events.select("user_id", **keys).unique().group_by(*keys).len()


def _collected(ask: Callable[[], pl.LazyFrame | Rows]) -> Ask:
    def rows() -> Rows:
        found = ask()
        return found.collect(engine="streaming").rows() if isinstance(found, pl.LazyFrame) else found

    return rows
