"""Names that the warehouse could not tell apart are faults at the second place, which name the first."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops_metrics.warehouse.schema import (
    attributes_table,
    column_name,
    day_masks_table,
    event_days_table,
    units_table,
)
from tests.definitions.sample import EVENTS, PROJECT, fault, faults, loaded

PEOPLE = """\
sources:
  people:
    kind: units
    entity: user
    key: id
    files: people.csv
    properties: {role: string, seats: integer}
"""


def test_a_property_that_differs_only_in_case_names_the_first(tmp_path: Path) -> None:
    text = EVENTS.replace("{rank: integer}", "{Ranks: integer}")
    loaded(tmp_path / "a", events=text)
    found = fault(tmp_path / "b", events=text.replace("Ranks", "Results"))
    assert (str(found.place), found.code) == ("metric_defs/events.yml:15:67", "E214")
    assert found.message == "`Results` differs only in case from `results` at metric_defs/events.yml:9:7"


def test_common_properties_are_compared_with_those_of_events(tmp_path: Path) -> None:
    found = fault(tmp_path, events=EVENTS.replace("{rank: integer}", "{component: string}"))
    assert (str(found.place), found.code) == ("metric_defs/events.yml:15:67", "E214")
    assert "`Component` at metric_defs/events.yml:1:14" in found.message


def test_two_properties_of_one_event_are_compared_too(tmp_path: Path) -> None:
    found = fault(tmp_path, events=EVENTS.replace("{rank: integer}", "{rank: integer, RANK: integer}"))
    assert (str(found.place), found.code) == ("metric_defs/events.yml:15:82", "E214")


def test_an_attribute_that_differs_only_in_case_names_the_first(tmp_path: Path) -> None:
    loaded(tmp_path / "a", z=PEOPLE)
    found = fault(tmp_path / "b", z=PEOPLE.replace("seats: integer", "Role: string"))
    assert (str(found.place), found.code) == ("metric_defs/z.yml:7:32", "E214")
    assert found.message == "`Role` differs only in case from `role` at metric_defs/z.yml:7:18"


def test_inherited_attributes_are_compared_too(tmp_path: Path) -> None:
    found = fault(tmp_path, z=PEOPLE.replace("seats: integer", "Seats: integer"))
    assert (str(found.place), found.code) == ("metric_defs/z.yml:7:32", "E214")
    assert "`seats` at metric_defs/sources.yml:12:67" in found.message


def test_entities_that_inherit_nothing_from_each_other_may_differ_in_case(tmp_path: Path) -> None:
    alone = PROJECT.replace("{column: user, parent: account}", "{column: user}").replace("plan: internal", "role: staff")
    loaded(tmp_path, project=alone, features="", z=PEOPLE.replace("seats: integer", "Seats: integer"))


def test_an_attribute_has_one_type_in_all_sources_of_an_entity(tmp_path: Path) -> None:
    again = PEOPLE.replace("sources:\n", "").replace("people:", "staff:")
    loaded(tmp_path / "a", z=PEOPLE + again)
    found = fault(tmp_path / "b", z=PEOPLE + again.replace("role: string", "role: integer"))
    assert (str(found.place), found.code) == ("metric_defs/z.yml:13:18", "E209")
    assert found.message == "`role` is integer here and string at metric_defs/z.yml:7:24"


def test_an_entity_may_type_an_attribute_unlike_its_parent(tmp_path: Path) -> None:
    catalog = loaded(tmp_path, z=PEOPLE.replace("seats: integer", "seats: string"))
    assert (catalog.attributes("user")["seats"], catalog.attributes("account")["seats"]) == ("string", "integer")


@pytest.mark.parametrize("name", ["since", "event", "arrived"])
def test_an_entity_is_not_called_like_what_the_warehouse_reads(tmp_path: Path, name: str) -> None:
    text = PROJECT.replace("account: {column: account}", f"account: {{column: account}}, {name}: {{column: x}}")
    found = fault(tmp_path, project=text)
    assert (str(found.place), found.code) == ("metric_defs/project.yml:4:81", "E108")


def test_all_collisions_are_found_in_one_run(tmp_path: Path) -> None:
    events = EVENTS.replace("{rank: integer}", "{Results: integer}")
    assert [each.code for each in faults(tmp_path, events=events, z=PEOPLE.replace("seats:", "SEATS:"))] == ["E214", "E214"]


WORDS = st.sampled_from(["day", "key", "event", "user", "a", "_", "X"])
NAMES = st.lists(WORDS, min_size=1, max_size=4).map("_".join)


@given(NAMES, NAMES)
def test_columns_collide_only_where_names_differ_in_case(one: str, other: str) -> None:
    """The law that lets definitions look at case alone: the rule that spells columns keeps names apart."""
    assert (column_name(one).lower() == column_name(other).lower()) == (one.lower() == other.lower())


@given(NAMES.map(str.lower), NAMES.map(str.lower))
def test_no_table_of_an_entity_is_one_of_another(one: str, other: str) -> None:
    kinds = (units_table, attributes_table, event_days_table, day_masks_table)
    shared = {table(one) for table in kinds} & {table(other) for table in kinds}
    assert bool(shared) == (one == other)
