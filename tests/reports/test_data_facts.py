"""Definitions against data: each check's own examples over a real refresh, and what the examples leave out."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prodops_metrics.cli.app import app
from prodops_metrics.definitions import CHECKS, Check, Fault
from prodops_metrics.definitions.checks import data as checks_of_data
from prodops_metrics.errors import WarehouseError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.check import check_project
from prodops_metrics.warehouse.refresh import refresh
from prodops_metrics.warehouse.report import Silent

EXAMPLE = Path(__file__).parent.parent / "definitions" / "example_project"
MARK = re.compile("«([^»]*)»")
OF_DATA = [check for check in CHECKS.values() if check.code.startswith("D")]
EVERY = [pytest.param(check, id=f"{check.code}-{check.name}") for check in OF_DATA]
ACCOUNTS = "account_id,plan,seats,signed_up\na1,free,3,2026-01-01\na2,pro,5,2026-01-02\na3,business,9,2026-01-03\n"

PROJECT = """\
project:
  name: Demo
  timezone: UTC
  entities: {user: {column: user}}
  exclusions: {staff: {description: Our own people, filter: {plan: pro}}}
"""
SOURCES = """\
sources:
  log:
    kind: events
    files: events.csv
    columns: {id: id}
    time: {timezone: UTC}
  people:
    kind: units
    entity: user
    key: user
    files: people.csv
    properties: {plan: {enum: [free, pro]}, seats: integer, city: string}
"""
DEFINITIONS = """\
properties: {device: {enum: [phone, desktop]}, screen: string}
events:
  opened: {description: Opened, properties: {size: {type: number, required: true}, via: {required: true}}}
  closed: {description: Closed}
  soon: {description: Not sent yet, status: draft}
  gone: {description: Not sent any more, status: deprecated}
segments:
  payers: {description: Those who pay, filter: {plan: pro}}
features:
  reading: {description: Reading, used: {event: opened, filter: {via: Menu}}, eligible: {city: Paris}}
metrics:
  large: {description: Large ones, type: count, event: opened, where: "size > 100"}
  any_phone: {description: On phones, type: count, event: any, filter: {device: phone}}
  both: {description: Both, type: count, event: [{event: opened, filter: {via: menu}}, {event: closed, filter: {screen: s}}]}
  of_nothing: {description: Closed, type: count, event: closed, filter: {device: phone}}
"""
EVENTS = """\
id,event,user,time,device,size,via
1,opened,u1,2026-06-01T09:00,phone,1,menu
2,opened,u2,2026-06-01T10:00,tablet,big,
3,opened,u2,2026-06-02T10:00,,,menu
"""
PEOPLE = "user,plan,seats,city\nu1,free,many,Rome\nu2,free,2,\n"


def project(folder: Path, **files: str) -> Path:
    given = {"metric_defs/project.yml": PROJECT, "metric_defs/sources.yml": SOURCES, "metric_defs/product.yml": DEFINITIONS}
    given |= {"events.csv": EVENTS, "people.csv": PEOPLE}
    for name, text in {**given, **{f"metric_defs/{name}.yml": text for name, text in files.items()}}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def refreshed(folder: Path) -> Path:
    refresh(load_catalog(folder), progress=Silent())
    return folder


def findings(folder: Path) -> list[Fault]:
    return [fault for fault in check_project(folder, data=True).faults if fault.code.startswith("D")]


def marked(fault: Fault) -> str:
    line, carets = fault.excerpt.split("\n")
    return line[carets.index("^") : carets.rindex("^") + 1]


def in_example(text: str, data: str, folder: Path) -> list[Fault]:
    """What is found in the example project with this text as one more file, and this export as its data."""
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    (folder / "metric_defs" / "example.yml").write_text(text, encoding="utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "events.csv").write_text(data)
    (folder / "accounts.csv").write_text(ACCOUNTS)
    return [fault for fault in findings(refreshed(folder)) if fault.place.file == "metric_defs/example.yml"]


@pytest.mark.parametrize("check", EVERY)
def test_the_valid_example_of_a_check_agrees_with_its_data(check: Check, tmp_path: Path) -> None:
    assert [str(fault) for fault in in_example(check.valid, check.data, tmp_path)] == []


@pytest.mark.parametrize("check", EVERY)
def test_the_invalid_example_of_a_check_is_told_where_it_is_marked(check: Check, tmp_path: Path) -> None:
    marks = [match.start() - 2 * index for index, match in enumerate(MARK.finditer(check.invalid))]
    text = MARK.sub(r"\1", check.invalid)
    places = [(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) for at in marks]
    found = in_example(text, check.data, tmp_path)
    assert [(fault.code, fault.place.line, fault.place.column) for fault in found] == [(check.code, *at) for at in places]
    assert places


def test_every_check_of_data_is_documented() -> None:
    functions = [name for name, value in vars(checks_of_data).items() if callable(value) and name in set(_names())]
    assert len(functions) == len(OF_DATA) == 8
    assert all(check.advice and check.data and len(check.why) > 40 for check in OF_DATA)


def _names() -> list[str]:
    return [check.name for check in OF_DATA]


def test_everything_that_does_not_agree_is_told_at_its_place(tmp_path: Path) -> None:
    found = [
        (fault.code, fault.place.file.rpartition("/")[2], marked(fault)) for fault in findings(refreshed(project(tmp_path)))
    ]
    assert found == [
        ("D608", "project.yml", "filter"),
        ("D605", "product.yml", "enum"),
        ("D604", "product.yml", "desktop"),
        ("D606", "product.yml", "screen"),
        ("D603", "product.yml", "number"),
        ("D607", "product.yml", "true"),
        ("D607", "product.yml", "true"),
        ("D602", "product.yml", "closed"),
        ("D608", "product.yml", "filter"),
        ("D608", "product.yml", "filter"),
        ("D608", "product.yml", "eligible"),
        ("D608", "product.yml", '"size > 100"'),
        ("D604", "sources.yml", "pro"),
        ("D603", "sources.yml", "integer"),
    ]


def test_findings_say_how_many_rows_and_what_stands_there(tmp_path: Path) -> None:
    told = {fault.code: fault.message for fault in findings(refreshed(project(tmp_path)))}
    assert told["D605"] == "`device` also holds values that are not declared: `tablet` (1 row)"
    assert told["D607"] == "1 of 3 rows have no `via`, which is declared as required"
    assert told["D606"] == "`screen` is declared, and none of 3 rows has a value for it"
    assert told["D608"] == "no row of `opened` fulfils this condition"
    missing = [fault.message for fault in findings(tmp_path) if fault.code == "D607"]
    assert missing[0] == "1 of 3 rows have no `size`, which is declared as required"
    types = [fault.message for fault in findings(tmp_path) if fault.code == "D603"]
    assert types == [
        "1 of 3 rows of `size` are not of type number, such as `big`",
        "1 of 2 rows of `seats` are not of type integer, such as `many`",
    ]


def test_an_event_of_another_name_is_told_on_both_sides(tmp_path: Path) -> None:
    events = "events: {search_submited: {description: Sent}}\n"
    project(tmp_path, product=events, project="project: {name: Demo, timezone: UTC, entities: {user: {column: user}}}\n")
    (tmp_path / "events.csv").write_text("id,event,user,time\n1,search_submitted,u1,2026-06-01T09:00\n")
    cures = {fault.code: fault.cure for fault in findings(refreshed(tmp_path))}
    assert cures["D601"] == "Did you mean `search_submited`? Then add `search_submitted` to its `aliases`."
    assert cures["D602"] == "Did you mean `search_submitted`? Add that name to `aliases`."


def test_a_property_declared_since_the_refresh_is_read_all_the_same(tmp_path: Path) -> None:
    without = DEFINITIONS.replace("size: {type: number, required: true}, ", "").replace(
        'where: "size > 100"', "where: \"via = 'menu'\""
    )
    refreshed(project(tmp_path, product=without))
    assert "D603" in [fault.code for fault in findings(tmp_path)]  # of the attribute `seats`
    project(tmp_path)
    found = [fault.message for fault in findings(tmp_path) if fault.place.file.endswith("product.yml")]
    assert "1 of 3 rows of `size` are not of type number, such as `big`" in found


def test_a_snapshot_of_other_definitions_is_no_ground(tmp_path: Path) -> None:
    refreshed(project(tmp_path))
    project(tmp_path, product=DEFINITIONS.replace("closed: {", "closed: {aliases: [opened_again], "))
    with pytest.raises(WarehouseError, match="built by other definitions"):
        check_project(tmp_path, data=True)


def test_no_data_is_no_finding_about_properties(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "events.csv").write_text("id,event,user,time\n")
    codes = {fault.code for fault in findings(refreshed(tmp_path)) if fault.place.file.endswith("product.yml")}
    assert codes == {"D602", "D608"}


def test_advice_stops_nobody_unless_that_is_asked(tmp_path: Path) -> None:
    words = ["--project", str(refreshed(project(tmp_path))), "check", "--data"]
    advised, strict = CliRunner().invoke(app, words), CliRunner().invoke(app, [*words, "--strict"])
    assert (advised.exit_code, strict.exit_code) == (0, 1)
    assert "No faults, " in advised.stdout
    annotated = CliRunner().invoke(app, [*words, "--format", "github"]).stdout
    assert annotated.count("title=D6") == 14
    assert "::error" not in annotated
    values = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert (values["errors"], values["advice"], values["data"]) == (0, len(values["faults"]), True)


def test_a_comment_silences_what_the_data_says_there(tmp_path: Path) -> None:
    comment = "  # prodops: allow {} because it comes next week\n"
    refreshed(project(tmp_path, product=DEFINITIONS.replace("  soon:", "  # about the next\n  soon:")))
    told = DEFINITIONS.replace("  closed:", f"{comment.format('D602')}  closed:", 1)
    assert "D602" not in [fault.code for fault in findings(project(tmp_path, product=told))]
    idle = project(tmp_path, product=DEFINITIONS.replace("  soon:", f"{comment.format('D602')}  soon:", 1))
    assert "W506" in [fault.code for fault in check_project(idle, data=True).faults]
    assert "W506" not in [fault.code for fault in check_project(idle).faults]  # nobody looked at the data


def test_the_sample_product_agrees_with_its_data_but_for_what_was_planted(sample_project: Path) -> None:
    (found,) = findings(sample_project)
    assert (found.code, found.place.file) == ("D603", "metric_defs/product.yml")
    assert "of `seconds` are not of type integer, such as `n/a`" in found.message
