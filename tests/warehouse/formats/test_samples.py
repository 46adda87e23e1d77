"""Every export format against a sample as its vendor writes it: rows, users, times, duplicates and identities."""

from dataclasses import dataclass, field
from importlib import import_module
from inspect import getdoc
from pathlib import Path

import duckdb
import pytest

from prodops_metrics.definitions.sources import FORMATS, STATED_ZONE, WITHOUT_ID
from prodops_metrics.warehouse.formats import LAYOUTS
from prodops_metrics.warehouse.formats.snowplow import NAMES
from tests.warehouse.formats.staged import identities
from tests.warehouse.projects import TestProject, make_project


@dataclass(frozen=True)
class Sample:
    """What a sample holds: ``users`` are people after all merges; ``row`` is one loaded event as (event, user, time)."""

    format: str
    file: str
    loaded: int
    users: int
    row: tuple[str, str | None, str]
    duplicates: int = 0
    quarantined: int = 0
    control: int = 0
    keys: str = ""
    same: list[tuple[str, str]] = field(default_factory=list)


SAMPLES = [
    # Four of its ten times are written 05:51:07000, which is no time; what they were meant to be nobody can know.
    Sample(
        *("amplitude", "amplitude_export_constructed.jsonl", 6, 2),
        ("watch_test_amplitude", "75805000264", "2025-03-01 19:42:58.123"),
        quarantined=4,
    ),
    Sample(
        *("amplitude", "amplitude_fivetran_seed.csv", 10, 3),
        ("test_event_01", "74580711464", "2025-02-10 05:51:07"),
    ),
    # The second row is the first one again, processed later.
    Sample(
        *("mixpanel", "mixpanel_export_constructed.jsonl", 2, 1),
        ("Signed up", "u-42", "2020-10-13 17:48:31"),
        duplicates=1,
        keys=", time: {timezone: UTC}",
        same=[("$device:d-1", "u-42"), ("d-1", "u-42")],
    ),
    Sample(
        *("mixpanel", "mixpanel_export_sample.jsonl", 2, 0),
        ("Signed up", None, "2020-10-15 11:38:41"),
        keys=", time: {timezone: Etc/GMT-7}",
    ),
    Sample(
        *("mixpanel", "mixpanel_fivetran_seed.csv", 5, 3),
        ("plays", "9e308c27-42ab-57af-beef-555708cde092", "2020-08-01 10:16:46"),
        keys=", time: {timezone: UTC}",
    ),
    # One row is $identify, one was exported twice.
    Sample(
        *("posthog", "posthog_batch_export_constructed.jsonl", 2, 1),
        ("$pageview", "p-1", "2024-05-01 10:00:00"),
        duplicates=1,
        control=1,
        same=[("anon-1", "p-1"), ("anon-1", "u-42"), ("u-42", "p-1")],
    ),
    Sample("posthog", "posthog_s3_plugin_fixture.jsonl", 2, 1, ("test2", "did1", "2022-08-18 15:42:32.597")),
    Sample(
        *("segment", "segment_common_track.jsonl", 1, 1),
        ("Report Submitted", "97980cfea0067", "2015-12-10 04:08:31.905"),
        same=[("507f191e810c19729de860ea", "97980cfea0067")],
    ),
    Sample(
        *("segment", "segment_warehouse_pages_seed.csv", 1, 1),
        ("page", "97980cfea0067", "2015-02-23 22:28:55"),
        same=[("507f191e810c19729de860ea", "97980cfea0067")],
    ),
    Sample(
        *("rudderstack", "rudderstack_tracks_constructed.csv", 2, 1),
        ("Report Opened", "u-42", "2024-05-01 10:05:00.5"),
        duplicates=1,
        same=[("an-1", "u-42")],
    ),
    Sample(
        *("snowplow", "snowplow_enriched.tsv", 1, 1),
        ("link_click", "jon.doe@email.com", "2013-11-26 00:03:57.886"),
        same=[("bc2e92ec6c204a14", "jon.doe@email.com")],
    ),
    # One row has no pseudo id: nobody's, and never one more user.
    Sample(
        *("ga4", "ga4_export_constructed.jsonl", 4, 1),
        ("report_exported", "u-42", "2024-05-01 07:53:20.123456"),
        same=[("1111111111.2222222222|123", "u-42")],
    ),
    # Muscat is four hours ahead of UTC.
    Sample(
        *("moodle", "moodle_log_export_sample.csv", 39, 9),
        ("Log report viewed", "4", "2021-10-17 08:39:00"),
        keys=", time: {timezone: Asia/Muscat}, duplicates: keep",
    ),
    Sample("otto", "otto_nested_sample.jsonl", 341, 3, ("orders", "0", "2022-08-01 16:07:07.105")),
]


def project_of(root: Path, format: str, keys: str = "", **definitions: str) -> TestProject:
    sources = f"sources:\n  app: {{kind: events, files: exports, format: {format}, max_quarantine: 1{keys}}}"
    return make_project(root, sources=sources, **definitions)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.file)
def test_a_sample_comes_in(tmp_path: Path, shared: Path, sample: Sample) -> None:
    project = project_of(tmp_path, sample.format, sample.keys)
    project.export(sample.file, (shared / "formats" / sample.file).read_bytes())
    totals = project.refresh().totals
    assert (totals["loaded"], totals["duplicates"]) == (sample.loaded, sample.duplicates)
    assert (totals["quarantined"], totals["control"]) == (sample.quarantined, sample.control)
    assert totals["rows_read"] == sample.loaded + sample.duplicates + sample.quarantined + sample.control
    own = "SELECT e.event::VARCHAR, u.id, e.ts::VARCHAR FROM events AS e LEFT JOIN user_units AS u ON u.key = e.user_key"
    assert sample.row in project.query(own)
    assert identities(tmp_path / "staged", project) == sample.same
    assert project.column("SELECT count(DISTINCT user_key) FROM events") == [sample.users]


def test_every_format_has_a_sample_and_stands_in_the_documents(repository: Path) -> None:
    assert set(LAYOUTS) == {"generic", *(sample.format for sample in SAMPLES)} == set(FORMATS)
    page = (repository / "docs" / "sources.md").read_text()
    for name in LAYOUTS:
        said = getdoc(import_module(f"prodops_metrics.warehouse.formats.{name}"))
        assert f"### {name}\n\n{said}\n" in page


def test_what_a_format_needs_of_a_source_is_what_its_layout_lacks() -> None:
    assert {name for name, layout in LAYOUTS.items() if layout.id is None} == set(WITHOUT_ID)
    assert set(STATED_ZONE) == {"generic", "mixpanel", "moodle"}
    assert len(NAMES) == len(set(NAMES)) == 131


def test_snowplow_fields_are_those_of_its_list(shared: Path) -> None:
    assert list(NAMES) == (shared / "formats" / "snowplow_enriched_columns.txt").read_text().split()


def test_a_snowplow_row_of_two_fields_is_set_aside_and_a_collision_is_no_duplicate(tmp_path: Path, shared: Path) -> None:
    line = (shared / "formats" / "snowplow_enriched.tsv").read_text().rstrip("\n")
    fields = line.split("\t")
    fields[NAMES.index("event_fingerprint")] = "another"
    project = project_of(tmp_path, "snowplow")
    project.export("run=1/part-00000", "")  # no rows, and no kind in its name
    project.export("good.tsv", "\n".join([line, "only\ttwo", "\t".join(fields), line, ""]))
    totals = project.refresh().totals
    assert (totals["rows_read"], totals["loaded"], totals["duplicates"], totals["quarantined"]) == (4, 2, 1, 1)
    assert project.query("SELECT line, raw, reason FROM quarantine") == [(2, "only\ttwo", "columns")]
    assert project.column("SELECT DISTINCT extra->>'targetUrl' FROM events") == ["http://www.example.com"]


def test_ga4_clients_belong_to_the_last_user_that_they_were_seen_with(tmp_path: Path, shared: Path) -> None:
    fixture = (shared / "formats" / "ga4_identity_mapping_fixture.md").read_text()
    given, expected = fixture.split("events:\n")[1].split("expected")
    rows = [line.split(",") for line in given.strip().splitlines()[1:]]
    lines = [
        f'{{"event_name": "seen", "event_timestamp": "{1_700_000_000_000_000 + int(at)}", "user_pseudo_id": "{client}", '
        f'"stream_id": "1", "user_id": {f""" "{user}" """ if user else "null"}}}'
        for client, user, at in rows
    ]
    project = project_of(tmp_path, "ga4")
    project.export("events.jsonl", "\n".join(lines))
    assert project.refresh().totals["loaded"] == 7
    wanted = [line.split(",")[:2] for line in expected.strip().splitlines()[2:]]
    assert identities(tmp_path / "staged", project) == sorted((f"{client}|1", user) for user, client in wanted)


def test_ga4_tables_that_overlap_count_once_and_a_purchase_once_for_its_transaction(tmp_path: Path, shared: Path) -> None:
    rows = (shared / "formats" / "ga4_export_constructed.jsonl").read_text()
    bought = '{"event_name": "purchase", "event_timestamp": "171455010000000%d", "user_pseudo_id": "a", "stream_id": "1", '
    bought += '"event_params": [{"key": "transaction_id", "value": {"string_value": "T1"}}]}\n'
    project = project_of(tmp_path, "ga4")
    project.export("events_20240501.jsonl", rows + bought % 1)
    project.export("events_intraday_20240501.jsonl", rows + bought % 2)
    totals = project.refresh().totals
    assert (totals["rows_read"], totals["loaded"], totals["duplicates"]) == (10, 5, 5)
    assert project.column("SELECT extra->>'rows' FROM events WHERE event = 'report_exported'") == ["12"]


def test_segment_control_rows_tell_identities_and_are_no_events(tmp_path: Path) -> None:
    at = '"timestamp": "2026-05-01T10:00:0%d.000Z", "messageId": "m%d"'
    lines = [
        '{"type": "track", "event": "Opened", "anonymousId": "a1", "properties": {"type": "big"}, ' + at % (1, 1) + "}",
        '{"type": "identify", "anonymousId": "a1", "userId": "u1", "traits": {"plan": "pro"}, ' + at % (2, 2) + "}",
        '{"type": "alias", "previousId": "old", "userId": "u1", ' + at % (3, 3) + "}",
        '{"type": "group", "groupId": "g", "userId": "u1", ' + at % (4, 4) + "}",
        '{"type": "page", "name": "Home", "userId": "u1", ' + at % (5, 5) + "}",
    ]
    project = project_of(tmp_path, "segment", events="events: {opened: {description: Opened., aliases: [Opened]}}")
    project.export("s.jsonl", "\n".join(lines))
    totals = project.refresh().totals
    assert (totals["rows_read"], totals["loaded"], totals["control"]) == (5, 2, 3)
    assert identities(tmp_path / "staged", project) == [("a1", "u1"), ("old", "u1")]
    assert project.column("SELECT event::VARCHAR FROM events ORDER BY ts") == ["opened", "page"]
    assert project.column("SELECT extra->>'type' FROM events ORDER BY ts") == ["big", None]


def test_posthog_parquet_holds_its_properties_as_text(tmp_path: Path, shared: Path) -> None:
    project = project_of(
        tmp_path, "posthog", events="events: {report_exported: {description: E., properties: {format: {}}}}"
    )
    given = shared / "formats" / "posthog_batch_export_constructed.jsonl"
    (tmp_path / "exports").mkdir()
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT * REPLACE (
            json_extract_string(properties, '$') AS properties, timestamp::TIMESTAMP AS timestamp,
            created_at::TIMESTAMP AS created_at) FROM read_json('{given}', columns = {{uuid: 'VARCHAR', event: 'VARCHAR',
            distinct_id: 'VARCHAR', person_id: 'VARCHAR', properties: 'JSON', timestamp: 'VARCHAR', created_at: 'VARCHAR'}}))
            TO '{tmp_path / "exports" / "events.parquet"}'"""
        )
    totals = project.refresh().totals
    assert (totals["loaded"], totals["duplicates"], totals["control"]) == (2, 1, 1)
    assert project.query("SELECT event::VARCHAR, format, ts::VARCHAR FROM events ORDER BY ts") == [
        ("$pageview", None, "2024-05-01 10:00:00"),
        ("report_exported", "csv", "2024-05-01 10:01:00"),
    ]


def test_amplitude_counts_an_insert_id_once_and_keeps_what_was_uploaded_last(tmp_path: Path) -> None:
    row = (
        '{"event_type": "Opened", "amplitude_id": 7, "device_id": "d", "event_id": 1, "$insert_id": "i1", '
        '"event_time": "2026-05-01 10:00:00.000000", "client_upload_time": "2026-05-01 10:00:0%d.000000", '
        '"event_properties": {"size": %d}}\n'
    )
    project = project_of(
        tmp_path, "amplitude", events="events: {opened: {description: O., properties: {size: {type: integer}}}}"
    )
    project.export("1.json", row % (2, 20))
    project.export("2.json", row % (1, 10))
    assert project.refresh().totals["duplicates"] == 1
    assert project.column("SELECT size FROM events") == [20]


def test_people_whom_amplitude_merged_are_one_from_the_first_event_on(tmp_path: Path) -> None:
    project = make_project(
        tmp_path,
        sources="""
        sources:
          app: {kind: events, format: amplitude, files: exports/events}
          merged:
            kind: identities
            files: exports/merged
            columns: {anonymous: amplitude_id, known: merged_amplitude_id, time: merge_time}
            time: {timezone: UTC}
        """,
    )
    ids = (75805000264, 75605632776, 75000000001)
    row = '{{"event_type": "opened", "amplitude_id": {}, "$insert_id": "i{}", "event_time": "2026-01-0{} 10:00:00.5"}}\n'
    project.export("events/a.jsonl", "".join(row.format(own, n, n) for n, own in enumerate(ids, 1)))
    project.export("merged/m.jsonl", "")
    project.refresh()
    assert len(project.column("SELECT DISTINCT user_key FROM events")) == 3
    project.export(
        "merged/m.jsonl",
        '{"scope": 1, "merge_time": "2026-02-01 00:00:00", "merge_server_time": "2026-02-01 00:00:01", '
        f'"amplitude_id": {ids[0]}, "merged_amplitude_id": {ids[1]}}}\n',
    )
    report = project.refresh()
    assert report.totals["loaded"] == 1
    counted = (
        "SELECT u.id, count(*), min(u.first_seen)::VARCHAR FROM events JOIN user_units AS u ON u.key = user_key GROUP BY 1"
    )
    assert project.query(f"{counted} ORDER BY 1") == [
        ("75000000001", 1, "2026-01-03 10:00:00.5"),
        ("75605632776", 2, "2026-01-01 10:00:00.5"),
    ]
