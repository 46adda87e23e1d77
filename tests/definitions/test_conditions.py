"""Conditions: what they mean to the engine, and what they refuse."""

from collections.abc import Callable, Mapping

import duckdb
import pytest

from prodops_metrics.definitions import Condition, Scalar
from prodops_metrics.definitions.conditions import bare
from prodops_metrics.definitions.faults import FlawedError
from prodops_metrics.definitions.reading import condition_of
from prodops_metrics.definitions.scope import Column

COLUMNS: Mapping[str, Column] = {
    "plan": Column("string", ("free", "pro", "team's")),
    "results": Column("integer"),
    "rate": Column("number"),
    "cached": Column("boolean"),
    "at": Column("time"),
    "tags": Column("list"),
    "Event.context": Column("string"),
}
ROWS = """
    SELECT * FROM (VALUES
        (1, 'free', 0, 0.5, true, TIMESTAMP '2026-01-01 10:00', ['a', 'b'], 'Course: x'),
        (2, 'pro', 3, 1.5, false, TIMESTAMP '2026-02-01', ['b'], 'Quiz: y'),
        (3, 'team''s', 10, NULL, NULL, NULL, [], ''),
        (4, NULL, NULL, -1.0, true, TIMESTAMP '2025-01-01', NULL, NULL)
    ) AS rows(id, plan, results, rate, cached, "at", tags, "Event.context")
"""


def made(**keys: object) -> Condition:
    return condition_of(keys, COLUMNS)


def binder() -> tuple[Callable[[Scalar], str], dict[str, Scalar]]:
    """A function that binds values as $p1, $p2, and the dictionary that they end up in."""
    bound: dict[str, Scalar] = {}

    def bind(value: Scalar) -> str:
        bound[f"p{len(bound) + 1}"] = value
        return f"$p{len(bound)}"

    return bind, bound


def matching(condition: Condition) -> list[int]:
    """The rows of which DuckDB finds the condition true."""
    bind, bound = binder()
    where = condition.render(lambda name: f"r.{bare(name)}", bind)
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT id FROM ({ROWS}) AS r WHERE {where} ORDER BY id", bound).fetchall()
    return [row[0] for row in rows]


FILTERS: list[tuple[dict[str, object], list[int]]] = [
    ({"plan": "pro"}, [2]),
    ({"plan": ["pro", "free"]}, [1, 2]),
    ({"plan": {"not": "pro"}}, [1, 3, 4]),
    ({"plan": {"not": ["pro", "free"]}}, [3, 4]),
    ({"plan": {"contains": "r"}}, [1, 2]),
    ({"plan": {"is_set": "true"}}, [1, 2, 3]),
    ({"plan": {"is_set": "false"}}, [4]),
    ({"results": "0"}, [1]),
    ({"results": {"at_least": "3"}}, [2, 3]),
    ({"results": {"at_least": "1", "at_most": "9"}}, [2]),
    ({"results": {"between": ["0", "3"]}}, [1, 2]),
    ({"rate": "-1"}, [4]),
    ({"rate": {"at_most": "0.5"}}, [1, 4]),
    ({"cached": "true"}, [1, 4]),
    ({"cached": {"not": "true"}}, [2, 3]),
    ({"at": {"at_least": "2026-01-01T11:00+01:00"}}, [1, 2]),
    ({"at": {"between": ["2026-01-02", "2026-12-31"]}}, [2]),
    ({"tags": "a"}, [1]),
    ({"tags": ["a", "b"]}, [1, 2]),
    ({"tags": {"not": "a"}}, [2, 3, 4]),
    ({"tags": {"contains": "b"}}, [1, 2]),
    ({"Event.context": {"contains": "Quiz"}, "plan": "pro"}, [2]),
]


@pytest.mark.parametrize(("keys", "rows"), FILTERS)
def test_a_filter_finds_its_rows(keys: dict[str, object], rows: list[int]) -> None:
    assert matching(made(filter=keys)) == rows


WHERES: list[tuple[str, list[int]]] = [
    ("plan = 'pro'", [2]),
    ("plan <> 'pro'", [1, 3]),
    ("plan != 'pro' OR plan IS NULL", [1, 3, 4]),
    ("plan IN ('pro', 'team''s')", [2, 3]),
    ("plan NOT IN ('pro')", [1, 3]),
    ("results > 0 AND results <= 10", [2, 3]),
    ("results BETWEEN 0 AND 3", [1, 2]),
    ("NOT (results BETWEEN 0 AND 3)", [3]),
    ("results = '3'", [2]),
    ("results % 2 = 1", [2]),
    ("results * 2 + 1 = 7", [2]),
    ("(results - 1) * 2 = 4", [2]),
    ("results / 2 = 1.5", [2]),
    ("results // 2 = 1", [2]),
    ("rate < -0.5", [4]),
    ("cached", [1, 4]),
    ("NOT cached", [2]),
    ("cached IS NOT TRUE", [2, 3]),
    ("cached = false", [2]),
    ("plan LIKE '%r%'", [1, 2]),
    ("plan NOT LIKE '%r%'", [3]),
    ("plan ILIKE 'PR%'", [2]),
    ("starts_with(plan, 'p') OR ends_with(plan, 's')", [2, 3]),
    ("contains(\"Event.context\", 'Quiz')", [2]),
    ("\"Event.context\" = ''", [3]),
    ("regexp_matches(plan, '^(pro|free)$')", [1, 2]),
    ("lower(upper(trim(plan))) = 'pro'", [2]),
    ("length(plan) = 3", [2]),
    ("substring(plan, 1, 2) = 'pr'", [2]),
    ("coalesce(results, 7) = 7", [4]),
    ("nullif(results, 0) IS NULL", [1, 4]),
    ("abs(rate) = 1", [4]),
    ("round(rate, 0) = 2 OR floor(rate) = 0 OR ceil(rate) = -1", [1, 2, 4]),
    ("CASE WHEN plan = 'pro' THEN results > 1 ELSE false END", [2]),
    ("CASE plan WHEN 'pro' THEN 1 ELSE 0 END = 1", [2]),
    ("CAST(results AS VARCHAR) = '10'", [3]),
    ("results::TEXT = '10'", [3]),
    ("at >= '2026-01-15'", [2]),
    ("at >= DATE '2026-01-15'", [2]),
    ("at BETWEEN '2026-01-01' AND '2026-01-02'", [1]),
    ("plan IS NOT DISTINCT FROM 'pro'", [2]),
    ("plan IS DISTINCT FROM 'pro'", [1, 3, 4]),
    ("plan = 'pro'\n  OR results = 0", [1, 2]),
    ("\"Event.context\" = '; DROP TABLE events; --' OR plan = 'pro'", [2]),
    ("\"Event.context\" = 'Zürich \u201c' OR plan = 'pro'", [2]),
    (" OR ".join(["results = 0"] * 100), [1]),
]


@pytest.mark.parametrize(("text", "rows"), WHERES)
def test_a_where_finds_its_rows(text: str, rows: list[int]) -> None:
    assert matching(made(where=text)) == rows


def test_filter_and_where_hold_together() -> None:
    condition = made(filter={"results": {"at_least": "0"}}, where="plan = 'pro' OR plan = 'free'")
    assert matching(condition) == [1, 2]
    assert condition.columns == {"results", "plan"}
    assert condition.text == "((results >= 0) AND ((plan = 'pro') OR (plan = 'free')))"


def test_no_literal_is_left_in_the_sql() -> None:
    bind, bound = binder()
    sql = made(where="\"Event.context\" = 'x' AND results IN (1, 2.5) OR cached = true").render(lambda _: "c", bind)
    assert sql == "(((c = $p1) AND (c IN ($p2, $p3))) OR (c = $p4))"
    assert all(text not in sql for text in ("x", "2.5", "true", "TRUE"))
    assert "x" in bound.values()


def test_the_same_condition_written_otherwise_has_the_same_text() -> None:
    one, two = made(where="plan='pro' and (results>0)"), made(where="((\"plan\") = 'pro')   AND results > 0")
    assert one.text == two.text


def test_values_are_typed_as_the_property_is_declared() -> None:
    bind, bound = binder()
    made(where="results = '3' AND rate > 1", filter={"cached": "TRUE"}).render(bare, bind)
    assert [(type(value), value) for value in bound.values()] == [(bool, True), (int, 3), (int, 1)]


ATTACKS = [
    ("plan = 'pro'; DROP TABLE events", ";"),
    ("plan = 'pro';", ";"),
    (";", ";"),
    ("plan = 'pro' -- rest", "--"),
    ("plan = 'pro' /* x */", "/*"),
    ("/*!*/ plan = 'pro'", "/*"),
    ("plan = '' UNION SELECT 1", "UNION"),
    ("SELECT 1", "SELECT"),
    ("FROM events", "FROM"),
    ("plan IN (SELECT plan FROM users)", None),
    ("plan = (SELECT 1)", None),
    ("EXISTS (SELECT 1)", None),
    ("plan IN (FROM events)", None),
    ("plan = ANY (VALUES ('a'))", None),
    ("results = (VALUES (1))", None),
    ("results IN unnest([1, 2])", None),
    ("read_csv('/etc/passwd') = 'x'", "read_csv"),
    ("plan = read_text('/etc/passwd')", "read_text"),
    ("plan IN (SELECT * FROM read_parquet('s3://x'))", None),
    ("plan IN (SELECT * FROM 'file.csv')", None),
    ("glob('/**') = 'x'", "glob"),
    ("COPY events TO '/tmp/x'", None),
    ("ATTACH '/tmp/x.duckdb'", None),
    ("PRAGMA database_list", None),
    ("INSTALL httpfs", None),
    ("LOAD httpfs", None),
    ("SET memory_limit = '1GB'", None),
    ("EXPORT DATABASE 'x'", None),
    ("CALL pragma_version()", None),
    ("getenv('HOME') = 'x'", "getenv"),
    ("current_setting('x') = 'x'", "current_setting"),
    ("getvariable('x') = 1", "getvariable"),
    ("my_macro(plan)", "my_macro"),
    ("query('SELECT 1') = 1", "query"),
    ("query_table('events') = 1", "query_table"),
    ("nextval('s') = 1", "nextval"),
    ("len(list_filter(tags, x -> x = 'a')) > 0", None),
    ("len(list_filter(tags, lambda x: x = 'a')) > 0", None),
    ("list_transform(tags, x -> getenv(x)) = tags", None),
    ("[x FOR x IN tags] = tags", None),
    ("tags[1] = 'a'", None),
    ("{'a': 1} = plan", None),
    ("[1, 2] = tags", None),
    ("MAP {'a': 1} = plan", None),
    ("sum(results) > 1", "sum"),
    ("count(*) > 1", "count"),
    ("max(results) FILTER (WHERE cached) > 1", None),
    ("row_number() OVER () = 1", None),
    ("sum(results) OVER (PARTITION BY plan) > 1", None),
    ("now() > at", "now"),
    ("at > current_timestamp", None),
    ("at > current_date", None),
    ("at > today()", "today"),
    ("plan = current_user", None),
    ("plan = current_user()", None),
    ("plan = session_user", None),
    ("plan = current_schema()", None),
    ("random() < 0.5", "random"),
    ("plan = uuid()", "uuid"),
    ("plan = version()", "version"),
    ("plan = $1", None),
    ("plan = $p1", None),
    ("plan = ?", None),
    ("plan = :name", None),
    ("results = @results", None),
    ("#1 = 2", None),
    ("plan::regclass = 1", None),
    ("CAST(plan AS BLOB) = 'x'", None),
    ("CAST(tags AS VARCHAR[]) = tags", None),
    ("TRY_CAST(plan AS INTEGER) = 1", None),
    ("CAST(plan AS DECIMAL(10, 2)) = 1", None),
    ("events.plan = 'pro'", None),
    ("main.events.plan = 'pro'", None),
    ("information_schema.tables.table_name = 'x'", None),
    ("*", None),
    ("events.*", None),
    ("COLUMNS('.*') = 1", None),
    ("plan", "plan"),
    ("1", "1"),
    ("'x'", "x"),
    ("NULL", None),
    ("results + 1", None),
    ("plan AND cached", "plan"),
    ("lower(plan)", "lower"),
    ("plan = 'a' 'b' c", None),
    ("plan = 'pro' AS x", "AS"),
    ("plan = 'pro' LIMIT 1", "LIMIT"),
    ("plan = 'pro' ORDER BY 1", "ORDER BY"),
    ("plan = 'pro' GROUP BY 1", None),
    ("plan = 'pro' QUALIFY true", None),
    ("plan := 'pro'", None),
    ("plan = 'pro", None),
    ('plan = "pro', None),
    ("plan = $$pro$$", None),
    ("plan = E'pro'", None),
    ("plan = x'ff'", None),
    ("plan LIKE 'a!%' ESCAPE '!'", None),
    ("plan SIMILAR TO 'a'", None),
    ("plan GLOB '*'", None),
    ("plan COLLATE nocase = 'x'", None),
    ("at AT TIME ZONE 'UTC' > '2026-01-01'", None),
    ("at > at - INTERVAL '1 day'", None),
    ("results IN ()", None),
    ("(plan, results) = ('a', 1)", None),
    ("row(plan) = row('a')", None),
    ("trim(plan, 'x') = 'a'", None),
    ("regexp_matches(plan, 'a', 'i')", None),
    ("plan = \uff07pro\uff07", "\uff07"),
    ("plan = \u2018pro\u2019", "\u2018"),
    ("pl\u0430n = 'pro'", "\u0430"),
    ("plan\u00a0= 'pro'", None),
    ("plan = 'pro\u202e'", "\u202e"),
    ("plan = 'pro'\u200b", "\u200b"),
    ("plan = 'pro\x00'", "\x00"),
    ("results = 1\uff1b DROP TABLE x", "\uff1b"),
    ("(" * 200 + "cached" + ")" * 200, "("),
    ("(" * 1_500 + "cached" + ")" * 1_500, "("),
    ("NOT " * 900 + "cached", None),
    ("results = " + "-" * 1 + " -" * 1_000 + "1", None),
    ("results = 1" + " + 1" * 500, None),
    ("CASE WHEN " * 200 + "cached" + " THEN true END" * 200, None),
    ("results = " + "1" * 5_000, None),
    ("results = 1e999", None),
    ("results = 9" + "9" * 400, None),
    ("", None),
    ("   ", None),
]


@pytest.mark.parametrize(("text", "mark"), ATTACKS)
def test_whatever_is_more_than_a_condition_is_refused_with_place_and_reason(text: str, mark: str | None) -> None:
    with pytest.raises(FlawedError) as caught:
        made(where=text)
    (flaw,) = caught.value.flaws
    assert flaw.code.startswith("E3") or flaw.code in {"E107", "E207"}
    assert flaw.path == ("where",)
    assert len(flaw.message) > 10
    if mark is not None:
        assert flaw.start is not None
        assert text[flaw.start : flaw.start + flaw.length].strip("'\"").startswith(mark)


@pytest.mark.parametrize("raw", [None, 1, True, ["plan = 'pro'"], {"sql": "plan = 'pro'"}])
def test_a_where_is_text(raw: object) -> None:
    with pytest.raises(FlawedError):
        made(where=raw)


@pytest.mark.parametrize("name", ["plan", "Event.context", 'a"b', "A", "größe"])
def test_names_of_columns_are_quoted_where_sql_needs_it(name: str) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT 1 AS {bare(name)}").description[0][0] == name
