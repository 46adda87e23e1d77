"""A definition file can read no file, reach no network and change nothing: each attempt is refused where it stands."""

import json
import time
from pathlib import Path

import pytest

from prodops_metrics.definitions import contents_of
from prodops_metrics.metrics import inspect_project
from tests.definitions.test_conditions import ATTACKS

BASE = Path(__file__).with_name("example_project")
HOMES = {
    "a_metric": (
        "metrics: {m: {description: Attacked, type: count, event: search_submitted, owner: team-discovery,\n"
        "  where: WHERE}}\n"
    ),
    "an_input": (
        "metrics: {m: {description: Attacked, type: ratio, owner: team-discovery, denominator: {type: count, event: any},\n"
        "  numerator: {type: count, event: search_submitted,\n  where: WHERE}}}\n"
    ),
    "a_step": (
        "metrics: {m: {description: Attacked, type: funnel, window: none, owner: team-discovery,\n"
        "  steps: [any, {event: search_submitted,\n  where: WHERE}]}}\n"
    ),
    "a_segment": "segments: {s: {description: Attacked, entity: account,\n  where: WHERE}}\n",
    "a_feature": "features: {f: {used: search_submitted, description: Attacked, eligible: {\n  where: WHERE}}}\n",
}
CALLS = (
    *("read_text('/etc/passwd') = ''", "read_blob('/etc/passwd') = ''", "read_csv('/etc/passwd') = ''", "glob('/**') = ''"),
    *(
        "read_parquet('https://example.org/x.parquet') = 1",
        "parquet_scan('s3://bucket/x') = 1",
        "sniff_csv('/etc/passwd') = 1",
    ),
    *("sqlite_scan('x.db', 't') = 1", "postgres_scan('host=x', 's', 't') = 1", "http_get('https://example.org') = ''"),
    *("getenv('HOME') = ''", "current_setting('home_directory') = ''", "which_secret('s3://x', 's3') = ''"),
    *("duckdb_secrets() = ''", "duckdb_settings() = ''", "current_database() = ''", "txid_current() = 1"),
    *("write_blob('/tmp/x') = 1", "nextval('s') = 1", "setseed(0.5) = 1", "pragma_version() = ''", "system('ls') = 0"),
    *("EXISTS (SELECT * FROM '/etc/passwd')", "1 IN (FROM 'https://example.org/x.csv')", "1 = (TABLE events)"),
    *("1 = 1; COPY events TO '/tmp/x'", "1 = 1; ATTACH '/tmp/x.db'", "1 = 1; INSTALL httpfs", "1 = 1; LOAD httpfs"),
    *("1 = 1; SET enable_external_access = true", "1 = 1; PRAGMA enable_profiling", "1 = 1; EXPORT DATABASE '/tmp/x'"),
    *("COPY events TO '/tmp/x'", "ATTACH '/tmp/x.db'", "INSTALL httpfs", "LOAD httpfs", "SET threads = 1"),
    *(
        "DROP TABLE events",
        "CALL force_checkpoint()",
        "UPDATE events SET x = 1",
        "DELETE FROM events",
        "CREATE TABLE x AS SELECT 1",
        "VACUUM",
    ),
)


@pytest.mark.parametrize("home", HOMES.values(), ids=HOMES)
@pytest.mark.parametrize("attack", CALLS)
def test_an_attack_is_refused_with_its_place_wherever_a_condition_may_stand(home: str, attack: str) -> None:
    text = home.replace("WHERE", json.dumps(attack))
    found = inspect_project(BASE, {**contents_of(BASE), "metric_defs/m.yml": text.encode()})
    assert found.catalog is None
    (fault,) = found.faults
    assert fault.place.file == "metric_defs/m.yml"
    assert text.split("\n")[fault.place.line - 1].startswith("  where: ")
    assert fault.place.column >= len("  where: ")
    assert fault.code.startswith("E3")
    assert len(fault.message) > 15


@pytest.mark.parametrize("attack", [text for text, _ in ATTACKS])
def test_every_condition_that_is_refused_alone_is_refused_in_a_file(attack: str) -> None:
    text = HOMES["a_metric"].replace("WHERE", json.dumps(attack))
    found = inspect_project(BASE, {**contents_of(BASE), "metric_defs/m.yml": text.encode()})
    assert found.catalog is None
    assert {fault.place.line for fault in found.faults} == {2}


BOMBS = {
    "aliases": "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n" for n in range(12)),
    "merges": "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9) if n else ''}], k{n}: 1}}\n" for n in range(12)),
    "an_anchor_in_itself": "metrics: &a {m: *a}\n",
    "brackets": "metrics: " + "[" * 100_000,
    "braces": "metrics: " + "{a: " * 50_000,
    "dashes": "metrics:\n" + "- " * 100_000,
    "question_marks": "metrics:\n" + "? " * 100_000,
    "indentation": "".join("  " * level + "a:\n" for level in range(1_200)),
    "a_python_object": "metrics: !!python/object/apply:os.system [ls]\n",
    "a_key_of_a_million_letters": f"metrics: {{{'a' * 1_000_000}: {{}}}}\n",
    "a_number_of_a_million_digits": f"project: {{small_sample: {'9' * 1_000_000}}}\n",
    "a_million_values": "metrics: [" + "a," * 1_000_000 + "]\n",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_file_made_to_do_harm_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    found = inspect_project(BASE, {**contents_of(BASE), "metric_defs/m.yml": text.encode()})
    assert time.process_time() - start < 6, "it takes under a second; six leave room for a busy machine"
    assert found.catalog is None
    assert {fault.place.file for fault in found.faults} == {"metric_defs/m.yml"}
    assert all(len(str(fault)) < 3_000 for fault in found.faults)
