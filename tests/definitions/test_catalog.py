"""What a loaded catalog holds: positions, sources, attributes, standard metrics, and ids that do not exist."""

import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from prodops_metrics.definitions import Constant, EventMatch, EventPosition, Place
from prodops_metrics.errors import UnknownIdError
from tests.definitions.sample import (
    EVENTS,
    FEATURES,
    METRIC,
    SOURCES,
    CountDistinct,
    Funnel,
    Retention,
    fault,
    faults,
    loaded,
)

Match = tuple[str | None, str | None, str | None]

SUBMITTED: Match = ("search_submitted", None, None)
OPENED: Match = ("search_opened", None, None)
FAILED: Match = ("search_failed", None, None)
CLICKED = "search_clicked"
POSITIONS: list[tuple[str, list[Match]]] = [
    ("search_submitted", [SUBMITTED]),
    ("Search Submitted", [SUBMITTED]),
    ("any", [(None, None, None)]),
    ("{event: any, filter: {rank: 1}}", [(None, "(rank = 1)", None)]),
    ("{event: search_clicked, first_time: matching}", [(CLICKED, None, "matching")]),
    ("[search_opened, {event: search_clicked, where: rank < 3}]", [OPENED, (CLICKED, "(rank < 3)", None)]),
    ("[[search_opened], search_failed]", [OPENED, FAILED]),
    ("{event: [search_opened, search_failed], first_time: event}", [(*OPENED[:2], "event"), (*FAILED[:2], "event")]),
    (
        "{event: search_clicked, filter: {rank: 1}, where: Component = 'x'}",
        [(CLICKED, "((rank = 1) AND (\"Component\" = 'x'))", None)],
    ),
]
NO_POSITIONS = ["", "[]", "{filter: {rank: 1}}", "{event: serch}", "{event: any, first_time: ever}", "feature.used"]


@pytest.mark.parametrize(("written", "matches"), POSITIONS)
def test_a_position_has_many_forms(tmp_path: Path, written: str, matches: list[Match]) -> None:
    metric = loaded(tmp_path, m=METRIC.replace("event: search_submitted", f"event: {written}")).metric("weekly")
    assert isinstance(metric, CountDistinct)
    found = [(each.event, each.condition and each.condition.text, each.first_time) for each in metric.event]
    assert found == matches


@pytest.mark.parametrize("written", NO_POSITIONS)
def test_what_is_no_position_is_refused(tmp_path: Path, written: str) -> None:
    assert len(faults(tmp_path, m=METRIC.replace("event: search_submitted", f"event: {written}"))) == 1


def test_a_feature_has_defaults_and_roles(tmp_path: Path) -> None:
    feature = loaded(tmp_path).feature("search")
    assert (feature.name, feature.stage, feature.launched, feature.grain) == ("Search", "ga", date(2026, 5, 4), "week")
    assert feature.activation_window == timedelta(days=7)
    assert feature.attempted == EventPosition((EventMatch("search_submitted"), EventMatch("search_failed")))
    assert feature.eligible
    assert feature.eligible.text == "(plan IS DISTINCT FROM 'viewer')"
    assert feature.place == Place("metric_defs/features.yml", 2, 3)


def test_only_an_idea_goes_without_used(tmp_path: Path) -> None:
    assert fault(tmp_path / "a", m="features: {later: {}}").code == "E102"
    catalog = loaded(tmp_path / "b", m="features: {later: {stage: idea}}")
    assert catalog.absent["later.adoption"] == "no `used` declared"


def test_every_feature_has_the_standard_metrics_that_its_roles_allow(tmp_path: Path) -> None:
    catalog = loaded(tmp_path)
    names = (
        *("eligible", "exposure", "adoption", "active_units", "active_units_7_days", "time_to_adopt", "adopted_in_7_days"),
        *("adopted_in_28_days", "frequency", "uses_per_unit", "stickiness", "active_days", "retention", "retention_so_far"),
        *("lifecycle", "failure_rate"),
    )
    assert list(catalog.metrics) == [f"search.{name}" for name in names]
    assert catalog.absent == {
        "search.activation": "no `succeeded` declared",
        "search.satisfaction": "no `rated` declared",
        "search.latency_p90": "no `duration` declared",
    }
    adoption, retention = catalog.metric("search.adoption"), catalog.metric("search.retention")
    assert (adoption.feature, adoption.owner, adoption.window) == ("search", "team-discovery", timedelta(days=28))
    assert (adoption.question, adoption.eligible) == ("Who uses it?", catalog.feature("search").eligible)
    assert isinstance(retention, Retention)
    assert (retention.grain, retention.headline) == ("week", 4)
    assert catalog.metric("search.failure_rate").place.file.endswith("standard.yml")


def test_a_feature_changes_or_skips_standard_metrics(tmp_path: Path) -> None:
    more = "    succeeded: search_clicked\n    activation_window: 2 days\n    frequency: daily\n"
    more += "    standard: {failure_rate: {skip: never fails}, adoption: {window: 56 days, of: active}}\n"
    catalog = loaded(tmp_path, features=FEATURES + more)
    activation = catalog.metric("search.activation")
    assert isinstance(activation, Funnel)
    assert activation.window == timedelta(days=2)
    assert activation.steps[0] == EventPosition((EventMatch("search_opened", first_time="matching"),))
    assert catalog.metric("search.retention").grain == "day"
    assert catalog.metric("search.adoption").window == timedelta(days=56)
    assert catalog.absent["search.failure_rate"] == "skipped: never fails"


def test_a_project_overrides_standard_metrics_id_by_id(tmp_path: Path) -> None:
    standard = "standard: {adoption: {type: share, description: Ours, event: feature.used, of: all}, "
    standard += "lost: {type: count_distinct, description: Failed, event: {event: feature.failed, filter: {Component: x}}}}"
    catalog = loaded(tmp_path, standard=standard)
    assert (catalog.metric("search.adoption").description, catalog.metric("search.exposure").description[:8]) == (
        "Ours",
        "Eligible",
    )
    assert catalog.metric("search.lost").event.columns == {"Component"}  # type: ignore[attr-defined]


def test_faults_of_standard_overrides_are_placed_in_the_feature(tmp_path: Path) -> None:
    found = faults(tmp_path, features=FEATURES + "    standard: {adoption: {windw: 1 day}, adaption: {skip: x}}\n")
    assert [(each.code, each.place.file) for each in found] == [
        ("E101", "metric_defs/features.yml"),
        ("E212", "metric_defs/features.yml"),
    ]


def test_users_inherit_the_attributes_of_their_account(tmp_path: Path) -> None:
    catalog = loaded(tmp_path)
    assert catalog.attributes("user") == {"plan": "string", "seats": "integer", "signed_up": "time"}
    assert catalog.attributes("user") == catalog.attributes("account")
    assert catalog.activity_off == {"search_failed"}
    assert catalog.property_types["rank"] == "integer"


def test_a_segment_is_a_condition_on_units(tmp_path: Path) -> None:
    segments = "segments: {big: {entity: account, where: seats > 10, filter: {plan: pro}, description: Big}}"
    assert loaded(tmp_path, s=segments).segment("big").condition.columns == {"seats", "plan"}


def test_unknown_is_no_segment(tmp_path: Path) -> None:
    text = "segments:\n  known: {where: seats > 10}\n"
    assert list(loaded(tmp_path / "a", s=text).segments) == ["known"]
    found = fault(tmp_path / "b", s=text.replace("known", "unknown"))
    assert (str(found.place), found.code) == ("metric_defs/s.yml:2:3", "E108")
    assert "units of which it is not known whether they belong" in found.message


def test_a_units_source_says_since_when_its_rows_hold(tmp_path: Path) -> None:
    text = SOURCES.replace("key: account_id", "key: account_id\n    columns: {since: valid_from}")
    assert loaded(tmp_path / "a", sources=text).sources["accounts"].columns == {"since": "valid_from"}
    found = fault(tmp_path / "b", sources=text.replace("{since:", "{sinse:"))
    assert (str(found.place), found.code, found.cure) == ("metric_defs/sources.yml:11:15", "E101", "Did you mean `since`?")
    found = fault(tmp_path / "c", sources=text.replace("since: valid_from", "since: {constant: x}"))
    assert (str(found.place), found.code) == ("metric_defs/sources.yml:11:15", "E116")


def test_an_events_source_has_no_since(tmp_path: Path) -> None:
    found = fault(tmp_path, sources=SOURCES.replace("{id: event_id}", "{id: event_id, since: valid_from}"))
    assert (str(found.place), found.code) == ("metric_defs/sources.yml:5:29", "E101")


def test_a_source_reads_its_defaults(tmp_path: Path) -> None:
    source = loaded(tmp_path).sources["app"]
    assert source.columns == {"event": "event", "time": "time", "id": "event_id"}
    assert (source.duplicates, source.complete_through, source.null_values) == ("id", "newest_day_minus_1", ("",))
    assert source.files == ("data/*.csv",)


def test_a_source_without_columns_reads_those_of_the_roles(tmp_path: Path) -> None:
    text = SOURCES.replace("columns: {id: event_id}", "duplicates: keep")
    assert loaded(tmp_path, sources=text).sources["app"].columns == {"event": "event", "time": "time"}


def test_a_source_may_name_one_event_for_all_rows(tmp_path: Path) -> None:
    text = SOURCES.replace("{id: event_id}", "{event: {constant: purchase}, user: CustomerID, id: x}").replace(
        "app:", "app:\n    complete_through: 2026-02-01"
    )
    source = loaded(tmp_path, sources=text).sources["app"]
    assert source.columns["event"] == Constant(constant="purchase")
    assert source.complete_through == date(2026, 2, 1)


SOURCE_FAULTS = [
    ("columns: {id: event_id}", "columns: {}", "E112"),
    ("columns: {id: event_id}", "duplicates: id", "E112"),
    ("time: {timezone: UTC}", "null_values: ['NA']", "E113"),
    ("time: {timezone: UTC}", "time: {format: '%d'}", "E113"),
    ("time: {timezone: UTC}", "time: {timezone: UTZ}", "E115"),
    ("time: {timezone: UTC}", "time: {timezone: UTC}\n    complete_through: newest_dya", "E103"),
    ("time: {timezone: UTC}", "time: {timezone: UTC}\n    max_quarantine: 5", "E105"),
    ("time: {timezone: UTC}", "time: {timezone: UTC}\n    key: id", "E110"),
    ("{id: event_id}", "{id: event_id, usr: uid}", "E101"),
    ("{id: event_id}", "{id: event_id, event: {const: x}}", "E101"),
    ("{id: event_id}", "{id: event_id, event: [x]}", "E107"),
    ("kind: events", "kind: event", "E103"),
    ("key: account_id", "delimiter: ';'", "E102"),
    ("seats: integer", "seats: int", "E103"),
    ("enum: [free", "enums: [free", "E101"),
    ("seats: integer", "seats: {type: integer, enum: [1, many]}", "E207"),
]


@pytest.mark.parametrize(("old", "new", "code"), SOURCE_FAULTS)
def test_faults_of_sources_are_found(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert fault(tmp_path, sources=SOURCES.replace(old, new)).code == code


TAXONOMY_FAULTS = [
    ("{rank: integer}", "{results: string}", "E209"),
    ("{rank: integer}", "{Component: integer}", "E209"),
    ("[Search Submitted]", "[Search Submitted, search_opened]", "E210"),
    ("activity: false", "activity: never", "E107"),
    ("activity: false", "status: live", "E103"),
    ("activity: false", "activty: false", "E101"),
]


@pytest.mark.parametrize(("old", "new", "code"), TAXONOMY_FAULTS)
def test_faults_of_the_taxonomy_are_found(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert fault(tmp_path, events=EVENTS.replace(old, new)).code == code


def test_an_unknown_id_names_the_nearest(tmp_path: Path) -> None:
    catalog = loaded(tmp_path)
    with pytest.raises(UnknownIdError, match=r"Did you mean `search.adoption`") as caught:
        catalog.metric("search.adopton")
    assert caught.value.nearest[0] == "search.adoption"
    with pytest.raises(UnknownIdError, match="feature"):
        catalog.feature("nothing_like_it")
    with pytest.raises(UnknownIdError):
        catalog.segment("x")


EVENT = """\
  event_{n}:
    description: Event number {n}
    aliases: [Event {n}]
    properties: {{size: integer, p{n}: string}}
"""
SHARE = """\
  metric_{n}:
    description: Share number {n}
    type: ratio
    feature: search
    numerator: {{type: count, event: event_{n}, filter: {{size: {{at_least: {n}}}}}, where: "p{n} <> 'x' and size < 9"}}
    denominator: {{type: count, event: any}}
"""


def test_four_hundred_metrics_and_fifteen_hundred_events_load_quickly(tmp_path: Path) -> None:
    events = "".join(EVENT.format(n=n) for n in range(1_500))
    metrics = "".join(SHARE.format(n=n) for n in range(400))
    loaded(tmp_path / "warm")
    start = time.process_time()
    catalog = loaded(tmp_path / "big", many_events=f"events:\n{events}", many_metrics=f"metrics:\n{metrics}")
    seconds = time.process_time() - start
    meanings = {catalog.meaning(metric) for metric in catalog.metrics}
    assert len(catalog.metrics) == 416
    assert len(meanings) == 416
    assert seconds < 4, "it takes about one second; four leave room for a busy machine"


@pytest.mark.parametrize("kind", ["int", "[integer]", "{of: integer}", "null"])
def test_an_enum_of_no_type_is_a_fault_of_the_type(tmp_path: Path, kind: str) -> None:
    events = EVENTS.replace("{rank: integer}", f"{{rank: {{type: {kind}, enum: [1, 2]}}}}")
    assert fault(tmp_path, events=events).code in {"E103", "E107"}
