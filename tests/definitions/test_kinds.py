"""The smaller kinds and fields: releases, feedback, identities, work, findings, durations, markets, personal data."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BeforeValidator

from prodops_metrics.definitions import EventMatch, EventPosition, MetricDefinition, Part, inspect
from prodops_metrics.metrics import inspect_project
from tests.definitions.sample import EVENTS, FEATURES, PROJECT, SOURCES, fault, loaded, project, seen

KINDS = Path(__file__).with_name("kinds")
RELEASES = """\
  shipped:
    kind: releases
    files: releases.csv
    columns: {id: version}
    time: {timezone: UTC}
    properties: {customer_impacting: boolean, team: string}
"""
SURVEYS = """\
  surveys:
    kind: feedback
    files: [surveys.csv, more/*.csv]
    columns: {score: nps, user: uid}
    time: {timezone: UTC}
"""
MERGES = "  merges: {kind: identities, files: merges.csv, columns: {known: uid}, entity: user}\n"
FEEDBACK = {role: role for role in ("id", "time", "feature", "kind", "score", "scale", "theme", "text")}
RECORDS = SOURCES + RELEASES + SURVEYS + MERGES


def test_sources_of_other_kinds_stand_apart_with_the_columns_of_their_roles(tmp_path: Path) -> None:
    catalog = loaded(tmp_path, sources=RECORDS)
    assert list(catalog.sources) == ["app", "accounts"]
    assert {name: (each.kind, each.columns) for name, each in catalog.records.items()} == {
        "shipped": ("releases", {"id": "version", "time": "time", "rolled_back_at": "rolled_back_at"}),
        "surveys": ("feedback", {**FEEDBACK, "score": "nps", "user": "uid"}),
        "merges": ("identities", {"anonymous": "anonymous_id", "known": "uid", "time": "time"}),
    }


def test_a_source_of_releases_has_columns_of_its_own_accord(tmp_path: Path) -> None:
    text = SOURCES + RELEASES.replace("    columns: {id: version}\n", "")
    roles = ("id", "time", "rolled_back_at")
    assert loaded(tmp_path, sources=text).records["shipped"].columns == {role: role for role in roles}


def test_releases_bring_their_events_and_their_entity(tmp_path: Path) -> None:
    metric = "metrics: {r: {description: x, type: count, event: release_rolled_back, "
    metric += "filter: {customer_impacting: true}, entity: release}}"
    catalog = loaded(tmp_path, sources=RECORDS, m=metric)
    assert list(catalog.project.entities) == ["user", "account", "release"]
    assert (catalog.metric("r").entity, catalog.events["release_shipped"].place.file) == (
        "release",
        "metric_defs/sources.yml",
    )
    without = loaded(tmp_path / "b")
    assert "release" not in without.project.entities
    assert "release_shipped" not in without.events


def test_a_project_may_say_more_of_releases_itself(tmp_path: Path) -> None:
    events = (
        EVENTS + "  release_shipped: {description: Out, aliases: [Shipped], activity: false, properties: {size: integer}}\n"
    )
    entities = PROJECT.replace("account: {column: account}", "account: {column: account}, release: {column: rel}")
    catalog = loaded(tmp_path, project=entities, sources=RECORDS, events=events)
    shipped = catalog.events["release_shipped"]
    assert (shipped.description, shipped.activity, list(shipped.properties)) == (
        "Out",
        False,
        ["customer_impacting", "team", "size"],
    )
    assert catalog.project.entities["release"].column == "rel"


RECORD_FAULTS = [
    (RELEASES, "{id: version}", "{version: id}", "E101 version"),
    (RELEASES, "    time: {timezone: UTC}\n", "", "E113 shipped"),
    (RELEASES, "{timezone: UTC}", "{timezone: UTC}\n    entity: user", "E110 entity"),
    (RELEASES, "kind: releases", "kind: release", "E103 release"),
    (RELEASES, "team: string", "team: text", "E103 text"),
    (RELEASES, "team: string", "rank: string", "E209 rank"),
    (SURVEYS, "user: uid", "usr: uid", "E101 usr"),
    (SURVEYS, "files: [surveys.csv, more/*.csv]", "file: surveys.csv", "E101 file"),
    (MERGES, "known: uid", "none: uid", "E101 none"),
    (MERGES, "entity: user", "entity: usr", "E204 usr"),
    (MERGES, "entity: user", "properties: {a: string}", "E110 properties"),
]


@pytest.mark.parametrize(("source", "old", "new", "expected"), RECORD_FAULTS)
def test_faults_of_such_sources_are_found(tmp_path: Path, source: str, old: str, new: str, expected: str) -> None:
    assert old in source
    assert seen(fault(tmp_path, sources=SOURCES + source.replace(old, new))) == expected


def test_work_and_findings_stand_beside_the_metrics(tmp_path: Path) -> None:
    features = FEATURES + "    succeeded: search_clicked\n"
    catalog = loaded(tmp_path, features=features, k=(KINDS / "kinds.yml").read_text(encoding="utf-8"))
    sheet, interviews = catalog.work["weekly_adoption_sheet"], catalog.insights["search_interviews_q3"]
    assert (sheet.owner.official, sheet.owner.actual, sheet.hours_a_year) == (None, ("mara", "jens"), 156)
    assert sheet.replaced_by is not None
    assert (sheet.replaced_by.metric, interviews.people) == ("search.adoption", 8)
    assert [(each.metric, each.direction) for each in interviews.supports] == [("search.activation", "low")]
    assert interviews.date == date(2026, 8, 14)


KIND_FAULTS = [
    ("pillar: data_analytics", "pillar: analytics", "E103 analytics"),
    ("every: week", "every: fortnight", "E103 fortnight"),
    ("hours: 3", "hours: 0", "E116 0"),
    ("hours: 3", "hours: three", "E105 three"),
    ("metric: search.adoption", "metric: search.adopton", "E205 search.adopton"),
    ("official: null", "offical: null", "E101 offical"),
    ("method: interviews", "method: interview", "E103 interview"),
    ("people: 8", "people: many", "E105 many"),
    ("direction: low", "direction: lower", "E103 lower"),
    ("{metric: search.activation, direction: low}", "[{metrc: search.activation, direction: low}]", "E101 metrc"),
    ("{metric: search.activation, direction: low}", "{metrc: search.activation, direction: low}", "E101 metrc"),
    ("feature: search", "feature: serch", "E202 serch"),
    ("date: 2026-08-14", "date: August", "E104 August"),
]


@pytest.mark.parametrize(("old", "new", "expected"), KIND_FAULTS)
def test_faults_of_work_and_findings_are_found(tmp_path: Path, old: str, new: str, expected: str) -> None:
    text = (KINDS / "kinds.yml").read_text(encoding="utf-8")
    assert old in text
    features = FEATURES + "    succeeded: search_clicked\n"
    assert seen(fault(tmp_path, features=features, k=text.replace(old, new, 1))) == expected


def test_a_feature_says_how_long_a_use_takes_and_where_it_is_offered(tmp_path: Path) -> None:
    more = "    duration: {event: search_submitted, property: rate, unit: s}\n    markets: [de, NO]\n    product: Folio\n"
    standard = "standard: {waiting: {type: sum_of, description: x, event: feature.duration.event, "
    standard = standard.replace("sum_of", "count_distinct") + "filter: {rate: {at_least: 1}}}}"
    catalog = loaded(tmp_path, features=FEATURES + more, standard=standard)
    feature = catalog.feature("search")
    assert feature.duration is not None
    assert (feature.duration.property, feature.duration.unit, feature.markets) == ("rate", "s", ("de", "NO"))
    assert catalog.metric("search.waiting").event == EventPosition(  # type: ignore[attr-defined]
        (EventMatch("search_submitted"),)
    )
    assert loaded(tmp_path / "b", standard=standard).absent["search.waiting"] == "no `duration` declared"


def test_a_standard_metric_may_add_up_the_duration_of_a_feature(tmp_path: Path) -> None:
    standard = (
        "standard: {waited: {type: sum, description: x, event: feature.duration.event, property: feature.duration.property}}"
    )
    features = FEATURES + "    duration: {event: search_submitted, property: rate}\n"
    found = inspect_project(project(tmp_path, features=features, standard=standard))
    assert found.catalog is not None
    assert found.catalog.metric("search.waited").property == "rate"  # type: ignore[attr-defined]


def test_a_feature_says_how_people_rate_it_and_what_its_numbers_are_in(tmp_path: Path) -> None:
    more = "    rated: {event: search_submitted, property: rate, unit: of 5}\n"
    more += "    duration: {event: search_submitted, property: rate, unit: s}\n"
    catalog = loaded(tmp_path, features=FEATURES + more)
    satisfaction, latency = (catalog.metric(f"search.{name}") for name in ("satisfaction", "latency_p90"))
    assert (satisfaction.unit, latency.unit) == ("of 5", "s")
    assert satisfaction.per == "event"  # type: ignore[attr-defined]
    without = loaded(tmp_path / "b", features=FEATURES + more.replace(", unit: of 5", ""))
    assert without.metric("search.satisfaction").unit == "points"


DURATIONS = [
    ("{event: search_submitted, property: source}", "E207 source"),
    ("{event: search_submitted, property: rank}", "E206 rank"),
    ("{event: search_submitted, property: rate, unit: hours}", "E103 hours"),
    ("{property: rate}", "E102 duration"),
]


@pytest.mark.parametrize(("written", "expected"), DURATIONS)
def test_a_duration_is_a_number_of_its_event(tmp_path: Path, written: str, expected: str) -> None:
    assert seen(fault(tmp_path, features=FEATURES + f"    duration: {written}\n")) == expected


def test_personal_data_is_dropped_or_hashed_and_a_hash_is_a_text(tmp_path: Path) -> None:
    written = "source: {enum: [navbar, page, NO]}"
    assert written in EVENTS
    hashed = EVENTS.replace(written, "source: {type: string, personal: hash}")
    assert loaded(tmp_path, events=hashed).events["search_submitted"].properties["source"].personal == "hash"
    for number, wrong in enumerate(("{type: integer, personal: hash}", "{enum: [a, b], personal: hash}")):
        found = fault(tmp_path / str(number), events=EVENTS.replace(written, f"source: {wrong}"))
        assert seen(found) == "E116 hash"
    assert seen(fault(tmp_path / "keep", events=hashed.replace("personal: hash", "personal: keep"))) == "E103 keep"


class Inner(Part):
    known: str = ""


class Wrapping(MetricDefinition):
    type: Literal["wrapping"]
    inner: Annotated[Inner, BeforeValidator(lambda raw: {"other": raw})]


def test_no_definition_is_dropped_without_a_word(tmp_path: Path) -> None:
    """Even where every error of pydantic seems to follow from another one that was never reported."""
    folder = project(tmp_path, m="metrics: {w: {description: x, type: wrapping, inner: y}}\n")
    found = inspect(folder, {"wrapping": Wrapping}).faults
    assert [seen(each) for each in found if "standard" not in each.place.file] == ["E116 y"]


def test_a_feature_is_rated_by_feedback_unless_it_says_how(tmp_path: Path) -> None:
    catalog = loaded(tmp_path, sources=RECORDS)
    assert dict(catalog.events["feedback_given"].properties)["score"].type == "number"
    assert not catalog.events["feedback_given"].activity
    rated = catalog.feature("search").rated
    assert rated is not None
    assert (rated.property, [match.event for match in rated.event]) == ("score", ["feedback_given"])
    assert loaded(tmp_path / "b").absent["search.satisfaction"] == "no `rated` declared"


def test_a_name_that_the_taxonomy_knows_keeps_its_type_in_feedback(tmp_path: Path) -> None:
    events = EVENTS + "  answered: {description: x, properties: {score: integer}}\n"
    catalog = loaded(tmp_path, sources=RECORDS, events=events)
    assert catalog.events["feedback_given"].properties["score"].type == "integer"
