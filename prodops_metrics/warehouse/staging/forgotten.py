"""Rows of units that are to stay forgotten: staged like all others, and taken no further."""

from prodops_metrics.warehouse.personal import hashed_sql
from prodops_metrics.warehouse.schema import quote
from prodops_metrics.warehouse.staging.area import StagingArea, Values, id_column
from prodops_metrics.warehouse.staging.layout import pointer


def set_forgotten_apart(area: StagingArea) -> None:
    """Marks the staged rows that belong to somebody who was forgotten; they are counted as control rows."""
    for entity in area.entities:
        hashes = area.forgotten.of(entity)
        for table, column, of_entity in _places(entity) if hashes else ():
            values = Values({"hashes": hashes})
            known = f"list_contains($hashes, {hashed_sql('id', area.forgotten.secret, values)})"
            only = f"AND entity = {values.bind(entity)}" if of_entity else ""
            met = f"SELECT DISTINCT {column} AS id FROM temp.{table} WHERE fault IS NULL {only}"
            area.connection.execute(
                f"UPDATE temp.{table} SET fault = 'forgotten' WHERE fault IS NULL {only} "
                f"AND {column} IN (SELECT id FROM ({met}) WHERE {known})",
                values.bound,
            )
        if hashes:
            _orphan(area, entity, hashes)


def _orphan(area: StagingArea, entity: str, hashes: list[str]) -> None:
    """Takes whose they are out of what files state of other units, where that was forgotten."""
    values = Values({"hashes": hashes, "children": [child for child, parent in area.parents.items() if parent == entity]})
    known = f"list_contains($hashes, {hashed_sql('id', area.forgotten.secret, values)})"
    met = "SELECT DISTINCT parent_id AS id FROM temp.arrived_units WHERE parent_id IS NOT NULL"
    area.connection.execute(
        "UPDATE temp.arrived_units SET parent_id = NULL WHERE list_contains($children, entity) "
        f"AND parent_id IN (SELECT id FROM ({met}) WHERE {known})",
        values.bound,
    )


def _places(entity: str) -> list[tuple[str, str, bool]]:
    """Tables and columns that hold ids of an entity, and whether rows say of which entity they are."""
    places = [
        ("arrived", quote(id_column(entity)), False),
        ("arrived_units", "id", True),
        ("arrived_identities", "id", True),
        ("arrived_identities", "canonical", True),
        ("arrived_feedback", f"json_extract_string(units, '{pointer(entity, inner=False)}')", False),
    ]
    return [*places, ("arrived_releases", "id", False)] if entity == "release" else places
