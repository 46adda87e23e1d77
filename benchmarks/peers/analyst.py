"""The SQL that an analyst would write in DuckDB over the raw Parquet export: plain joins, DISTINCT and window functions."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from benchmarks.peers.asking import ROLLING_LENGTHS, Ask, Rows, Span, survival_median

DAILY = "SELECT time::DATE AS day, count(DISTINCT user_id) FROM raw WHERE event = 'search_submitted' GROUP BY 1"
ROLLING = """
WITH active AS (SELECT DISTINCT user_id, time::DATE AS day FROM raw {where}),
days AS (SELECT unnest(generate_series($first, $last, INTERVAL 1 DAY))::DATE AS day)
SELECT d.day, count(DISTINCT a.user_id) FROM days AS d
JOIN active AS a ON a.day > d.day - {length} AND a.day <= d.day GROUP BY 1"""
GAPS = """
WITH active AS (SELECT DISTINCT user_id, time::DATE AS day FROM raw {where}),
spans AS (SELECT day, least(day + {length}, lead(day) OVER (PARTITION BY user_id ORDER BY day)) AS until FROM active),
steps AS (SELECT day, 1 AS step FROM spans UNION ALL SELECT until, -1 FROM spans),
summed AS (SELECT day, sum(sum(step)) OVER (ORDER BY day)::BIGINT AS n FROM steps GROUP BY day),
days AS (SELECT unnest(generate_series($first, $last, INTERVAL 1 DAY))::DATE AS day)
SELECT d.day, s.n FROM days AS d ASOF JOIN summed AS s ON d.day >= s.day"""
RETENTION = """
WITH weeks AS (SELECT DISTINCT {unit} AS unit, date_trunc('week', time)::DATE AS week FROM raw
    WHERE event = 'search_submitted'),
cohorts AS (SELECT unit, min(week) AS cohort FROM weeks GROUP BY unit)
SELECT cohort, ((week - cohort) // 7)::BIGINT AS age, count(*) FROM weeks JOIN cohorts USING (unit) GROUP BY 1, 2"""
PERCENTILE = """
SELECT time::DATE AS day, quantile_cont(duration_ms, 0.9) FROM raw WHERE event = 'search_submitted' GROUP BY 1"""
FUNNEL = """
WITH a AS (SELECT user_id, time FROM raw WHERE event = 'search_opened' AND time < $closed + INTERVAL 1 DAY),
b AS (SELECT user_id, time FROM raw WHERE event = 'search_submitted'),
c AS (SELECT user_id, time FROM raw WHERE event = 'result_opened'),
ab AS (SELECT a.user_id, a.time AS began, min(b.time) AS time FROM a
    JOIN b ON b.user_id = a.user_id AND b.time >= a.time AND b.time <= a.time + INTERVAL 7 DAY GROUP BY 1, 2),
abc AS (SELECT DISTINCT ab.user_id FROM ab
    JOIN c ON c.user_id = ab.user_id AND c.time >= ab.time AND c.time <= ab.began + INTERVAL 7 DAY)
SELECT 1, (SELECT count(DISTINCT user_id) FROM a) UNION ALL SELECT 2, (SELECT count(DISTINCT user_id) FROM ab)
UNION ALL SELECT 3, (SELECT count(*) FROM abc)"""
ADOPTION = """
SELECT date_trunc('week', time)::DATE AS week, count(DISTINCT user_id) FILTER (event = 'search_submitted'),
    count(DISTINCT user_id) FROM raw GROUP BY 1"""
BREAKDOWN = """
SELECT date_trunc('week', time)::DATE AS week, country, count(DISTINCT user_id) FROM raw
WHERE event = 'search_submitted' GROUP BY 1, 2"""
LIFECYCLE = """
WITH weeks AS (SELECT DISTINCT user_id, date_trunc('week', time)::DATE AS week FROM raw WHERE event = 'search_submitted'),
near AS (SELECT week, lag(week) OVER w AS before, lead(week) OVER w AS next FROM weeks
    WINDOW w AS (PARTITION BY user_id ORDER BY week))
SELECT week, CASE WHEN before IS NULL THEN 'new' WHEN before = week - 7 THEN 'returning' ELSE 'resurrected' END, count(*)
FROM near GROUP BY 1, 2
UNION ALL SELECT week + 7, 'dormant', count(*) FROM near
WHERE next IS DISTINCT FROM week + 7 AND week + 7 <= $last GROUP BY 1"""
TIME_TO = """
WITH firsts AS (SELECT user_id, min(time)::DATE AS start,
    (min(time) FILTER (event = 'search_submitted'))::DATE AS done FROM raw GROUP BY user_id)
SELECT (coalesce(done, $last) - start)::BIGINT AS days, count(done), count(*) - count(done)
FROM firsts WHERE start >= $settled GROUP BY 1"""
SEARCHED = "WHERE event = 'search_submitted'"


class Engine:
    """DuckDB over ``read_parquet``, in one connection."""

    cannot: Mapping[str, str] = {}

    def prepare(self, exports: Path, scratch: Path, span: Span) -> None:
        """Nothing is loaded."""

    def open(self, exports: Path, scratch: Path, span: Span) -> None:
        """Names the files."""
        del scratch
        self.connection = duckdb.connect()
        # What spills without end fails by itself, and does not take the disk from all else.
        self.connection.execute("SET max_temp_directory_size = '20GB'")
        self.connection.execute(f"CREATE VIEW raw AS SELECT * FROM read_parquet('{exports}/*.parquet')")
        self.values = {name: getattr(span, name) for name in ("first", "last", "closed", "settled")}

    def version(self) -> str:
        """The engine."""
        return f"DuckDB {duckdb.__version__}"

    def forms(self) -> Mapping[str, Mapping[str, Ask]]:
        """What an analyst would write, and the gaps form of what slides."""
        return {
            "daily_users": {"natural": self._asking(DAILY)},
            "rolling_users": _both(self, SEARCHED),
            **{question: _both(self, "", length) for question, length in ROLLING_LENGTHS.items()},
            "weekly_retention": {"natural": self._asking(RETENTION.format(unit="user_id"))},
            "account_retention": {"natural": self._asking(RETENTION.format(unit="account_id"))},
            "slowest_tenth": {"natural": self._asking(PERCENTILE)},
            "search_to_result": {"natural": self._asking(FUNNEL)},
            "weekly_adoption": {"natural": self._asking(ADOPTION)},
            "users_by_country": {"natural": self._asking(BREAKDOWN)},
            "lifecycle": {"natural": self._asking(LIFECYCLE)},
            "time_to_search": {"natural": lambda: survival_median(self._rows(TIME_TO))},
        }

    def _asking(self, sql: str) -> Ask:
        return lambda: self._rows(sql)

    def _rows(self, sql: str) -> Rows:
        used = {name: value for name, value in self.values.items() if f"${name}" in sql}
        return self.connection.execute(sql, used).fetchall()


def _both(engine: Engine, where: str, length: int = 28) -> Mapping[str, Ask]:
    forms = {"natural": ROLLING, "gaps": GAPS}
    return {name: engine._asking(sql.format(where=where, length=length)) for name, sql in forms.items()}
