"""The events without a browser: what is declared, what comes, and what may be told of it."""

from datetime import date
from pathlib import Path

import pytest

from prodops_metrics.reports.event_list import event_lines, event_sheet, found_events
from prodops_metrics.reports.health import health
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.held import FEWEST_UNITS, held
from tests.pages.test_catalogue import drawn, links, texts
from tests.projects import opened, write_project

DEFINED = """\
events:
  opened:
    description: It was opened
    aliases: [Opened It]
    properties:
      source: string
      plan: {type: string, enum: [pro, team]}
      size: integer
      mail: {type: string, personal: hash}
  closed: {description: It was closed}
features: {opening: {name: Opening, used: opened}}
metrics: {opens: {description: How often it was opened, type: count, event: opened}}
"""
HEADER = "user,event,time,source,plan,size,mail\n"


def rows(many: int, source: str, first: int = 0) -> str:
    return "".join(f"u{first + at},opened,2024-01-10 09:00,{source},pro,{at},m{at}@x.org\n" for at in range(many))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Session:
    text = HEADER + rows(FEWEST_UNITS, "menu") + rows(FEWEST_UNITS - 1, "secret", 50)
    text += "u1,Opened It,2024-01-17 23:30,menu,pro,7,\nu2,strange,2024-01-02 10:00,,,,\n"
    return opened(write_project(tmp_path_factory.mktemp("events"), DEFINED, text, timezone="Europe/Berlin"))


def test_what_nobody_declared_stands_first(small: Session) -> None:
    lines = event_lines(small)
    assert [(line.id, line.declared, line.rows) for line in lines] == [
        ("strange", False, 1),
        ("opened", True, 2 * FEWEST_UNITS),
        ("closed", True, 0),
    ]
    assert lines[1].features == ("opening",)
    assert lines[2].last_seen is None


def test_weeks_are_complete_ones_and_last_seen_is_local(small: Session) -> None:
    opened_ = event_lines(small)[1]
    assert opened_.last_seen is not None
    assert opened_.last_seen.date() == date(2024, 1, 18), "half past eleven in UTC is the next day in Berlin"
    assert opened_.weeks == (*(0,) * 10, 2 * FEWEST_UNITS - 1, 1), "the newest week ends with data through, the 18th"


def test_volumes_are_those_that_the_engine_counts(small: Session) -> None:
    from prodops_metrics.reports.query import Asked, query

    counted = query(small, "opens", Asked()).frame["numerator"].sum()
    assert event_sheet(small, "opened").days["events"].sum() == counted == 2 * FEWEST_UNITS


def test_an_alias_leads_to_its_event(small: Session) -> None:
    assert event_sheet(small, "Opened It").line.id == "opened"


def test_a_value_of_few_people_is_never_told(small: Session) -> None:
    event, since = small.catalog.events["opened"], date(2024, 1, 1)
    told = {name: held(small.warehouse, "opened", name, each, since) for name, each in event.properties.items()}
    assert told["source"].values == (("menu", FEWEST_UNITS + 1),)
    assert told["source"].kept_back, "`secret` is of one person less than is enough"
    assert told["plan"].values == (("pro", 2 * FEWEST_UNITS),)
    assert (told["size"].low, told["size"].high) == (0, 7)
    assert told["mail"].kept_back
    assert not told["mail"].values
    assert (told["mail"].rows, told["mail"].filled) == (2 * FEWEST_UNITS, 2 * FEWEST_UNITS - 1)


def test_what_was_declared_since_asks_for_a_refresh(small: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from prodops_metrics.reports.session import open_session

    file = small.catalog.root / "metric_defs" / "product.yml"
    before = file.read_text()
    try:
        file.write_text(before.replace("      source: string\n", "      source: string\n      later: string\n"))
        sheet = event_sheet(open_session(small.catalog.root), "opened")
    finally:
        file.write_text(before)
    assert [line.problem for line in sheet.properties if line.name == "later"] == [
        "`later` was declared since the last refresh. Run `prodops refresh` to read it."
    ]


def test_the_list_shows_what_comes_undeclared_with_text_to_copy(small: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn("events.page", small.catalog.root, monkeypatch)
    assert not test.exception
    stub = next(one.stub for one in health(small).findings if one.kind == "unplanned")
    assert stub
    assert [code.value for code in test.code] == [stub.rstrip("\n")] or stub in texts(test)
    assert "1 event comes that nobody declared" in texts(test)
    assert test.dataframe[0].value["event"].to_list() == ["strange", "opened", "closed"]


def test_events_are_found_by_their_words_features_and_properties(sample: Session) -> None:
    lines = event_lines(sample)
    assert [line.id for line in found_events(lines, "smart duration_ms")] == []
    assert [line.id for line in found_events(lines, "search duration_ms")] == ["search_submitted"]
    assert not found_events(lines, "nothing_has_this_word")


def test_a_sheet_shows_properties_and_what_rests_on_the_event(
    sample: Session, sample_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = drawn("events.sheet_page", sample_project, monkeypatch, event="search_submitted")
    assert not test.exception
    sheet = event_sheet(sample, "search_submitted")
    said = texts(test)
    assert ("search", "used") in sheet.roles
    assert "feature=search" in links(test)
    assert {"search_count", "search_zero_result_rate", "search.adoption"} <= set(sheet.metrics)
    assert all(f"metric={name}" in links(test) for name in sheet.metrics if "." not in name)
    for line in sheet.properties:
        assert f"**`{line.name}`**" in said
        assert line.held
        assert f"{line.held.filled:,} of {line.held.rows:,} rows have it" in said


def test_an_unknown_event_is_named_with_the_nearest(sample_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = drawn("events.sheet_page", sample_project, monkeypatch, event="search_submited")
    assert not test.exception
    assert "Did you mean `search_submitted`?" in texts(test)
