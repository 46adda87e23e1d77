"""The texts of the ClickHouse peer: what it loads, and the forms in which it is asked."""

LOAD = """
CREATE TABLE events (event LowCardinality(String), user UInt32, account UInt32, time DateTime64(3, 'UTC'),
    country LowCardinality(String), platform LowCardinality(String), duration_ms UInt32, amount UInt32, beta Bool)
    ENGINE = MergeTree ORDER BY (event, user, time);
INSERT INTO events SELECT event, toUInt32(substring(user_id, 2)), toUInt32(substring(account_id, 2)), time, country,
    platform, duration_ms, amount, beta FROM file('{exports}/*.parquet', Parquet)
    SETTINGS max_insert_threads = {threads}, input_format_parquet_preserve_order = 0;
OPTIMIZE TABLE events FINAL"""
ROLL_UPS = """
CREATE TABLE event_days (event LowCardinality(String), user UInt32, day Date)
    ENGINE = MergeTree ORDER BY (event, user, day);
INSERT INTO event_days SELECT DISTINCT event, user, toDate(time) FROM events;
CREATE TABLE event_account_days (event LowCardinality(String), account UInt32, day Date)
    ENGINE = MergeTree ORDER BY (event, account, day);
INSERT INTO event_account_days SELECT DISTINCT event, account, toDate(time) FROM events;
CREATE TABLE days (user UInt32, day Date) ENGINE = MergeTree ORDER BY (user, day);
INSERT INTO days SELECT DISTINCT user, day FROM event_days;
CREATE TABLE event_sets (event LowCardinality(String), day Date, users AggregateFunction(groupBitmap, UInt32),
    accounts AggregateFunction(groupBitmap, UInt32)) ENGINE = AggregatingMergeTree ORDER BY (event, day);
INSERT INTO event_sets SELECT event, toDate(time) AS day, groupBitmapState(user), groupBitmapState(account)
    FROM events GROUP BY event, day;
CREATE TABLE sets (day Date, users AggregateFunction(groupBitmap, UInt32)) ENGINE = AggregatingMergeTree ORDER BY day;
INSERT INTO sets SELECT day, groupBitmapMergeState(users) FROM event_sets GROUP BY day;
OPTIMIZE TABLE event_days FINAL;
OPTIMIZE TABLE event_account_days FINAL;
OPTIMIZE TABLE days FINAL;
OPTIMIZE TABLE event_sets FINAL;
OPTIMIZE TABLE sets FINAL"""

SEARCHED = "WHERE event = 'search_submitted'"
IN_ORDER = " SETTINGS optimize_aggregation_in_order = 1"

DAILY = "SELECT {day} AS at, uniqExact(user) FROM {table} WHERE event = 'search_submitted' GROUP BY at"
DAILY_BITMAP = "SELECT toDate(time) AS at, groupBitmap(user) FROM events WHERE event = 'search_submitted' GROUP BY at"
DAILY_SETS = "SELECT day, groupBitmapMerge(users) FROM event_sets WHERE event = 'search_submitted' GROUP BY day"

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
        FROM ({distinct}))
    UNION ALL SELECT tuple(toDate('{first}') + number, 0), toDate('{first}') + number, 0 FROM numbers({days}))
GROUP BY at HAVING at <= '{last}'"""
DISTINCT_DAYS = "SELECT DISTINCT user, toDate(time) AS day FROM events {where}"
KEPT_DAYS = "SELECT user, day FROM {table} {where}"
ROLLING_SETS = """
SELECT at, groupBitmapMerge(users) FROM (
    SELECT users, arrayJoin(arrayMap(i -> day + i, range({length}))) AS at FROM {table} {where})
WHERE at <= '{last}' GROUP BY at"""
ROLLING_SETS_FRAME = """
SELECT day, groupBitmapMerge(users) OVER (ORDER BY day RANGE BETWEEN {length} - 1 PRECEDING AND CURRENT ROW)
FROM {table} {where}"""

RETENTION = """
SELECT first_week AS cohort, intDiv(week - first_week, 7) AS age, count() FROM (
    SELECT arrayJoin(weeks) AS week, arrayMin(weeks) AS first_week
    FROM (SELECT groupUniqArray(toStartOfWeek({day}, 1)) AS weeks FROM {table}
        WHERE event = 'search_submitted' GROUP BY {unit}))
GROUP BY cohort, age"""
WEEKLY_SETS = """
WITH weeks AS (SELECT toStartOfWeek(day, 1) AS week, groupBitmapMergeState({units}) AS here
        FROM event_sets WHERE event = 'search_submitted' GROUP BY week),
    known AS (SELECT week, here, groupBitmapMergeState(here) OVER
        (ORDER BY week ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier, lagInFrame(here) OVER
        (ORDER BY week ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before FROM weeks)"""
RETENTION_SETS = """,
    cohorts AS (SELECT week AS cohort, bitmapAndnot(here, earlier) AS newcomers FROM known)
SELECT cohort, intDiv(week - cohort, 7) AS age, bitmapAndCardinality(newcomers, here) AS n
FROM cohorts CROSS JOIN weeks WHERE week >= cohort AND n > 0"""

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
FUNNEL_ASOF = """
WITH a AS (SELECT user, time FROM events
        WHERE event = 'search_opened' AND time < toDateTime('{closed_end} 00:00:00', 'UTC')),
    ab AS (SELECT user, b.time AS time, a.time AS began
        FROM (SELECT user, time FROM events WHERE event = 'search_submitted') AS b
        ASOF JOIN a ON a.user = b.user AND a.time <= b.time WHERE b.time <= began + INTERVAL 7 DAY),
    abc AS (SELECT user FROM (SELECT user, time FROM events WHERE event = 'result_opened') AS c
        ASOF JOIN ab ON ab.user = c.user AND ab.time <= c.time WHERE c.time <= ab.began + INTERVAL 7 DAY)
SELECT 1, (SELECT uniqExact(user) FROM a) UNION ALL SELECT 2, (SELECT uniqExact(user) FROM ab)
UNION ALL SELECT 3, (SELECT uniqExact(user) FROM abc)"""

ADOPTION = """
SELECT toStartOfWeek(time, 1) AS at, uniqExactIf(user, event = 'search_submitted'), uniqExact(user)
FROM events GROUP BY at"""
ADOPTION_DAYS = """
SELECT at, s.n, a.n FROM (SELECT toStartOfWeek(day, 1) AS at, {count} AS n FROM {all} GROUP BY at) AS a
LEFT JOIN (SELECT toStartOfWeek(day, 1) AS at, {count} AS n FROM {table} WHERE event = 'search_submitted' GROUP BY at) AS s
USING (at)"""

BREAKDOWN = """
SELECT toStartOfWeek(time, 1) AS at, country, {count} FROM events
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
LIFECYCLE_SETS = """
SELECT week, one.1, one.2 AS n FROM known ARRAY JOIN [
    ('new', toInt64(bitmapAndnotCardinality(here, earlier))), ('returning', toInt64(bitmapAndCardinality(here, before))),
    ('resurrected', toInt64(bitmapCardinality(here)) - toInt64(bitmapAndnotCardinality(here, earlier))
        - toInt64(bitmapAndCardinality(here, before))),
    ('dormant', toInt64(bitmapAndnotCardinality(before, here)))] AS one
WHERE n > 0"""

TIME_TO = """
SELECT if(searched, done, toDate('{last}')) - start AS days, countIf(searched), countIf(NOT searched) FROM (
    SELECT min(toDate(time)) AS start, minIf(toDate(time), event = 'search_submitted') AS done,
        countIf(event = 'search_submitted') > 0 AS searched
    FROM events GROUP BY user HAVING start >= '{settled}')
GROUP BY days"""
TIME_TO_DAYS = """
SELECT if(done = toDate(0), toDate('{last}'), done) - start AS days, countIf(done != toDate(0)), countIf(done = toDate(0))
FROM (SELECT user, min(day) AS start FROM days GROUP BY user HAVING start >= '{settled}') AS a
LEFT JOIN (SELECT user, min(day) AS done FROM event_days WHERE event = 'search_submitted' GROUP BY user) AS s USING (user)
GROUP BY days"""
