"""ClickHouse inside this process (``chdb``), as its documentation would have it.

Events stand in a MergeTree sorted by (event, user, time), with small keys for users and accounts and LowCardinality names:
it sorts and stores what we do. Each question is asked in its natural form, with ClickHouse's own functions; what slides over
days also by gaps; and where distinct days are enough also over a table of them (``roll-up``), the layout that we keep.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import chdb
from chdb.session import Session

from benchmarks.peers.asking import ROLLING_LENGTHS, Ask, Rows, Span, survival_median

TABLES = """
CREATE TABLE events (event LowCardinality(String), user UInt32, account UInt32, time DateTime64(3, 'UTC'),
    country LowCardinality(String), platform LowCardinality(String), duration_ms UInt32, amount UInt32, beta Bool)
    ENGINE = MergeTree ORDER BY (event, user, time);
INSERT INTO events SELECT event, toUInt32(substring(user_id, 2)), toUInt32(substring(account_id, 2)), time, country,
    platform, duration_ms, amount, beta FROM file('{exports}/*.parquet', Parquet)
    SETTINGS max_insert_threads = 2, input_format_parquet_preserve_order = 0;
OPTIMIZE TABLE events FINAL;
CREATE TABLE event_days (event LowCardinality(String), user UInt32, account UInt32, day Date)
    ENGINE = MergeTree ORDER BY (event, user, day);
INSERT INTO event_days SELECT DISTINCT event, user, account, toDate(time) FROM events;
CREATE TABLE days (user UInt32, day Date) ENGINE = MergeTree ORDER BY (user, day);
INSERT INTO days SELECT DISTINCT user, day FROM event_days"""
SEARCHED = "WHERE event = 'search_submitted'"
DAILY = "SELECT {day} AS at, uniqExact(user) FROM {table} WHERE event = 'search_submitted' GROUP BY at"
ROLLING = """
SELECT at, uniqExact(user) FROM (
    SELECT user, arrayJoin(arrayMap(i -> day + i, range({length}))) AS at
    FROM (SELECT DISTINCT user, {day} AS day FROM {table} {where}))
WHERE at <= '{last}' GROUP BY at"""
GAPS = """
SELECT at, sum(sum(step)) OVER (ORDER BY at) FROM (
    SELECT arrayJoin([(day, 1), (least(day + {length}, if(next = toDate(0), day + {length}, next)), -1)]) AS change,
        change.1 AS at, change.2 AS step
    FROM (SELECT day, leadInFrame(day) OVER
        (PARTITION BY user ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
        FROM (SELECT DISTINCT user, {day} AS day FROM {table} {where}))
    UNION ALL SELECT tuple(toDate('{first}') + number, 0), toDate('{first}') + number, 0 FROM numbers({days}))
GROUP BY at HAVING at <= '{last}'"""
RETENTION = """
SELECT first_week AS cohort, intDiv(week - first_week, 7) AS age, count() FROM (
    SELECT arrayJoin(weeks) AS week, arrayMin(weeks) AS first_week
    FROM (SELECT groupUniqArray(toStartOfWeek({day}, 1)) AS weeks FROM {table}
        WHERE event = 'search_submitted' GROUP BY {unit}))
GROUP BY cohort, age"""
PERCENTILE = """
SELECT toDate(time) AS at, quantileExactInclusive(0.9)(duration_ms) FROM events
WHERE event = 'search_submitted' GROUP BY at"""
FUNNEL = """
SELECT step, countIf(reached >= step) FROM (
    SELECT user, windowFunnel(604800000)(toUInt64(toUnixTimestamp64Milli(time)),
        event = 'search_opened' AND time < toDateTime('{closed_end} 00:00:00', 'UTC'), event = 'search_submitted',
        event = 'result_opened') AS reached
    FROM events WHERE event IN ('search_opened', 'search_submitted', 'result_opened') GROUP BY user) AS r
ARRAY JOIN [1, 2, 3] AS step GROUP BY step"""
ADOPTION = """
SELECT toStartOfWeek({day}, 1) AS at, uniqExactIf(user, event = 'search_submitted'), uniqExact(user)
FROM {table} GROUP BY at"""
BREAKDOWN = """
SELECT toStartOfWeek(time, 1) AS at, country, uniqExact(user) FROM events
WHERE event = 'search_submitted' GROUP BY at, country"""
LIFECYCLE = """
SELECT at, state, count() FROM (
    SELECT arraySort(groupUniqArray(toStartOfWeek({day}, 1))) AS weeks,
        arrayConcat(
            arrayMap((w, i) -> (w, multiIf(i = 1, 'new', weeks[i - 1] = w - 7, 'returning', 'resurrected')),
                weeks, arrayEnumerate(weeks)),
            arrayMap(w -> (w + 7, 'dormant'), arrayFilter(w -> NOT has(weeks, w + 7) AND w + 7 <= toDate('{last}'), weeks))
        ) AS states, arrayJoin(states) AS one, one.1 AS at, one.2 AS state
    FROM {table} WHERE event = 'search_submitted' GROUP BY user)
GROUP BY at, state"""
TIME_TO = """
SELECT if(searched, done, toDate('{last}')) - start AS days, countIf(searched), countIf(NOT searched) FROM (
    SELECT min({day}) AS start, minIf({day}, event = 'search_submitted') AS done,
        countIf(event = 'search_submitted') > 0 AS searched
    FROM {table} GROUP BY user HAVING start >= '{settled}')
GROUP BY days"""


class Engine:
    """A session in a folder, so that tables are on disk as a server's would be."""

    def prepare(self, exports: Path, scratch: Path, span: Span) -> None:
        """Loads the export, sorted and merged into one part, and the tables of distinct days."""
        self.session = Session(str(scratch / "clickhouse"))
        self.session.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        self.session.query("USE bench")
        for statement in TABLES.format(exports=exports).split(";"):
            self.session.query(statement)
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

    def forms(self) -> Mapping[str, Mapping[str, Ask]]:
        """Natural forms, by gaps, and over the roll-ups that we keep."""
        return {
            "daily_users": self._on_both(DAILY),
            "rolling_users": self._sliding(SEARCHED, 28),
            **{question: self._sliding("", length) for question, length in ROLLING_LENGTHS.items()},
            "weekly_retention": self._on_both(RETENTION, unit="user"),
            "account_retention": self._on_both(RETENTION, unit="account"),
            "slowest_tenth": {"natural": self._asking(PERCENTILE)},
            "search_to_result": {"natural": self._asking(FUNNEL)},
            "weekly_adoption": self._on_both(ADOPTION),
            "users_by_country": {"natural": self._asking(BREAKDOWN)},
            "lifecycle": self._on_both(LIFECYCLE),
            "time_to_search": {
                form: lambda ask=ask: survival_median(ask())  # type: ignore[misc]
                for form, ask in self._on_both(TIME_TO).items()
            },
        }

    def _on_both(self, sql: str, **names: str) -> dict[str, Ask]:
        return {
            "natural": self._asking(sql, table="events", day="toDate(time)", **names),
            "roll-up": self._asking(sql, table="event_days", day="day", **names),
        }

    def _sliding(self, where: str, length: int) -> dict[str, Ask]:
        raw = {"table": "events", "day": "toDate(time)", "where": where, "length": str(length)}
        rolled = {**raw, "table": "event_days" if where else "days", "day": "day"}
        return {
            "natural": self._asking(ROLLING, **raw),
            "gaps": self._asking(GAPS, **raw),
            "roll-up": self._asking(ROLLING, **rolled),
            "gaps, roll-up": self._asking(GAPS, **rolled),
        }

    def _asking(self, sql: str, **names: str) -> Ask:
        return lambda: self._rows(sql.format(**names, **self.named))

    def _rows(self, sql: str) -> Rows:
        table = self.session.query(sql, "ArrowTable")
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
