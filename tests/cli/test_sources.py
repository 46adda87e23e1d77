"""`prodops sources add`: an export that nobody has described is looked at, told of, and written down."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from prodops_metrics.cli import main  # noqa: F401  registers every command
from prodops_metrics.cli.app import app
from prodops_metrics.metrics import load_catalog

BEFORE = """\
# Where our exports lie.
sources:
  first: {kind: events, files: x.csv, columns: {id: id}, time: {timezone: UTC}}  # kept
"""
EXPORT = "event_id,action,uid,account_id,ts,size\n" + "".join(
    f"e{i},{'opened' if i % 3 else 'closed'},u{i % 4},a{i % 2},{1_767_600_000_000 + i},{i}\n" for i in range(20)
)


def prodops(project: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--project", str(project), "sources", *words], env={"COLUMNS": "200"})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "metric_defs").mkdir()
    entities = "{user: {column: user_id, parent: account}, account: {column: account_id}}"
    (tmp_path / "metric_defs" / "project.yml").write_text(
        f"project: {{name: T, timezone: Europe/Berlin, entities: {entities}}}\n"
    )
    (tmp_path / "metric_defs" / "sources.yml").write_text(BEFORE)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "app-log.csv").write_text(EXPORT)
    return tmp_path


def text(project: Path) -> str:
    return (project / "metric_defs" / "sources.yml").read_text()


def test_a_source_is_proposed_with_reasons_and_rows_and_nothing_else_changes(project: Path) -> None:
    shown = prodops(project, "add", str(project / "exports" / "app-log.csv"))
    assert shown.exit_code == 0
    assert text(project) == BEFORE, "nothing is written without a yes"
    assert "Read as ms since 1970 it is 2026-01-05 08:00 UTC" in shown.stdout
    assert "No two of the first 20 rows have the same" in shown.stdout
    assert "2026-01-05 08:00:00  closed  u0" in shown.stdout
    assert "Of the rows looked at 20 can be loaded." in shown.stdout
    done = prodops(project, "add", str(project / "exports" / "app-log.csv"), "--yes")
    assert done.exit_code == 0
    assert text(project) == BEFORE + (
        "  app_log:\n"
        "    kind: events\n"
        "    files: exports/app-log.csv\n"
        "    columns: {event: action, time: ts, user: uid, account: account_id, id: event_id}\n"
        "    time: {unit: ms}\n"
    )
    assert load_catalog(project).sources["app_log"].duplicates == "id"


def test_an_id_that_exists_is_refused(project: Path) -> None:
    refused = prodops(project, "add", str(project / "exports"), "--name", "first", "--yes")
    assert refused.exit_code == 1
    assert "There is a source `first` already." in refused.stderr
    assert text(project) == BEFORE


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("action,at\nopened,2026-01-05T10:00:00+02:00\n", {"timezone": "UTC"}),
        ("action,at\nopened,2026-01-05 10:00:00\n", {"timezone": "Europe/Berlin"}),
        ('action,at\nopened,"25/12/25, 10:00"\n', {"timezone": "Europe/Berlin", "format": "%d/%m/%y, %H:%M"}),
        ("action,at\nopened,12/25/2025 10:00\n", {"timezone": "Europe/Berlin", "format": "%m/%d/%Y %H:%M"}),
        ("action,at\nopened,1767600000\n", {"unit": "s"}),
    ],
)
def test_times_are_told_by_what_they_look_like(project: Path, rows: str, said: dict[str, str]) -> None:
    (project / "exports" / "one.csv").write_text(rows)
    told = json.loads(prodops(project, "add", str(project / "exports" / "one.csv"), "--json").stdout)
    assert (told["values"]["time"], told["values"]["duplicates"], told["written"]) == (said, "row", False)
    assert len(told["rows"]) == 1
    assert text(project) == BEFORE


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("amplitude", "amplitude_export_constructed.jsonl"),
        ("amplitude", "amplitude_fivetran_seed.csv"),
        ("mixpanel", "mixpanel_export_sample.jsonl"),
        ("mixpanel", "mixpanel_fivetran_seed.csv"),
        ("posthog", "posthog_s3_plugin_fixture.jsonl"),
        ("segment", "segment_common_track.jsonl"),
        ("segment", "segment_warehouse_pages_seed.csv"),
        ("rudderstack", "rudderstack_tracks_constructed.csv"),
        ("snowplow", "snowplow_enriched.tsv"),
        ("ga4", "ga4_export_constructed.jsonl"),
        ("moodle", "moodle_log_export_sample.csv"),
        ("otto", "otto_nested_sample.jsonl"),
    ],
)
def test_a_format_is_known_by_its_fields(project: Path, shared: Path, name: str, file: str) -> None:
    told = json.loads(prodops(project, "add", str(shared / "formats" / file), "--json").stdout)
    assert told["values"]["format"] == name
    assert told["loaded"] > 0


def test_what_has_no_time_is_no_source_of_events(project: Path) -> None:
    (project / "exports" / "accounts.csv").write_text("account_id,plan\na1,pro\n")
    refused = prodops(project, "add", str(project / "exports" / "accounts.csv"))
    assert refused.exit_code == 1
    assert "no column holds a time. It has `account_id`, `plan`." in refused.stderr


def test_at_a_terminal_it_asks(project: Path) -> None:
    terminal, inside = os.openpty()
    command = [sys.executable, "-c", "from prodops_metrics.cli import main; main()", "--project", str(project)]
    with subprocess.Popen(
        [*command, "sources", "add", str(project / "exports")],
        stdin=inside,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as running:
        os.write(terminal, b"y\n")
        said = running.communicate(timeout=60)[0].decode()
    os.close(terminal)
    os.close(inside)
    assert "Write it?" in said
    assert "Written to metric_defs/sources.yml." in said
    assert "  exports:\n    kind: events\n    files: exports\n" in text(project)
