"""ClickHouse inside this process (``chdb``), as its documentation would have it.

Events stand in a MergeTree sorted by (event, user, time) and merged into one part, with small keys for users and accounts
and LowCardinality names: it sorts and stores what we do, with as many threads as there are cores. Forms of a question:

- ``natural``: over the events, with ClickHouse's own functions;
- ``in order``: the same, told to aggregate in the order of the table; ``groupBitmap``: the same, counting with bitmaps;
- ``gaps``: sliding windows by gaps and islands, our own way; ``ASOF``: the funnel by two ASOF joins;
- ``roll-up``: over tables of distinct days, the layout that we keep;
- ``bitmaps``: over a bitmap of users for every event and day, kept in an AggregatingMergeTree, ClickHouse's own roll-up.

It has ``retention()`` too, which answers for one cohort at a time and so gives no triangle in one pass.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import chdb
from chdb.session import Session

from benchmarks.peers import clickhouse_sql as sql
from benchmarks.peers.asking import ROLLING_LENGTHS, Ask, Rows, Span, survival_median

Forms = dict[str, Ask]


class Engine:
    """A session in a folder, so that tables are on disk as a server's would be."""

    cannot: Mapping[str, str] = {}

    def prepare(self, exports: Path, scratch: Path, span: Span) -> None:
        """Loads the export, sorted and merged into one part, and makes the roll-ups."""
        self.open(exports, scratch, span)
        for statement in (sql.LOAD + ";" + sql.ROLL_UPS).format(exports=exports, threads=os.cpu_count()).split(";"):
            self.session.query(statement)

    def open(self, exports: Path, scratch: Path, span: Span) -> None:
        """Opens what was loaded."""
        del exports
        self.session = Session(str(scratch / "clickhouse"))
        self.session.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        self.session.query("USE bench")
        self.session.query(f"SET max_threads = {os.cpu_count()}")
        self.named = {
            "first": span.first,
            "last": span.last,
            "settled": span.settled,
            "closed_end": span.closed + timedelta(days=1),
            "days": (span.end - span.first).days,
        }

    def version(self) -> str:
        """The engine."""
        return f"ClickHouse {chdb.engine_version} (chdb {chdb.__version__})"

    def forms(self) -> Mapping[str, Forms]:
        """By question: natural, and whatever might be faster."""
        return {
            "daily_users": self._over_days(sql.DAILY)
            | {"groupBitmap": self._asking(sql.DAILY_BITMAP), "bitmaps": self._asking(sql.DAILY_SETS)},
            "rolling_users": self._sliding("event_days", "event_sets", sql.SEARCHED, 28),
            **{question: self._sliding("days", "sets", "", length) for question, length in ROLLING_LENGTHS.items()},
            "weekly_retention": self._retention("event_days", "user"),
            "account_retention": self._retention("event_account_days", "account"),
            "slowest_tenth": {"natural": self._asking(sql.PERCENTILE)},
            "search_to_result": {
                "natural": self._asking(sql.FUNNEL),
                "in order": self._asking(sql.FUNNEL + sql.IN_ORDER),
                "ASOF": self._asking(sql.FUNNEL_ASOF),
            },
            "weekly_adoption": {
                "natural": self._asking(sql.ADOPTION),
                "roll-up": self._asking(sql.ADOPTION_DAYS, count="uniqExact(user)", all="days", table="event_days"),
                "bitmaps": self._asking(sql.ADOPTION_DAYS, count="groupBitmapMerge(users)", all="sets", table="event_sets"),
            },
            "users_by_country": {
                "natural": self._asking(sql.BREAKDOWN, count="uniqExact(user)"),
                "groupBitmap": self._asking(sql.BREAKDOWN, count="groupBitmap(user)"),
            },
            "lifecycle": self._per_unit(sql.LIFECYCLE, "event_days")
            | {"bitmaps": self._asking(sql.WEEKLY_SETS + sql.LIFECYCLE_SETS, units="users")},
            "time_to_search": {
                "natural": lambda: survival_median(self._rows(sql.TIME_TO)),
                "roll-up": lambda: survival_median(self._rows(sql.TIME_TO_DAYS)),
            },
        }

    def _over_days(self, text: str, table: str = "event_days", **names: str) -> Forms:
        return {
            "natural": self._asking(text, table="events", day="toDate(time)", **names),
            "roll-up": self._asking(text, table=table, day="day", **names),
        }

    def _per_unit(self, text: str, table: str, **names: str) -> Forms:
        in_order = self._over_days(text + sql.IN_ORDER, table, **names)
        return self._over_days(text, table, **names) | {
            "in order": in_order["natural"],
            "in order, roll-up": in_order["roll-up"],
        }

    def _retention(self, table: str, unit: str) -> Forms:
        forms = self._per_unit(sql.RETENTION, table, unit=unit)
        return forms | {"bitmaps": self._asking(sql.WEEKLY_SETS + sql.RETENTION_SETS, units=f"{unit}s")}

    def _sliding(self, days: str, sets: str, where: str, length: int) -> Forms:
        shape = {"where": where, "length": str(length)}
        return {
            **self._over_days(sql.ROLLING, days, **shape),
            "gaps": self._asking(sql.GAPS, distinct=sql.DISTINCT_DAYS.format(where=where), length=str(length)),
            "gaps, roll-up": self._asking(
                sql.GAPS, distinct=sql.KEPT_DAYS.format(table=days, where=where), length=str(length)
            ),
            "bitmaps": self._asking(sql.ROLLING_SETS, table=sets, **shape),
            "bitmaps, frame": self._asking(sql.ROLLING_SETS_FRAME, table=sets, **shape),
        }

    def _asking(self, text: str, **names: str) -> Ask:
        return lambda: self._rows(text, **names)

    def _rows(self, text: str, **names: str) -> Rows:
        table = self.session.query(text.format(**names, **self.named), "ArrowTable")
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
