"""Names and types of everything that is stored in a snapshot; the one place that spells tables and columns."""

from collections.abc import Iterable, Mapping

import duckdb

SQL_TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
    "list": "VARCHAR[]",
}
EVENT_TYPE = "event_name"
BEGINNING, END_OF_TIME = "DATE '0001-01-01'", "DATE '9999-12-31'"

_ENGINE_COLUMNS = frozenset(
    {
        *("event", "ts", "day", "extra", "event_id", "load_id", "key", "since", "until", "rowid"),
        *("fault", "received", "ordinal", "set_aside"),  # of the staging tables
    }
)

_TABLES = """
CREATE TABLE meta(key VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE loads(load_id UINTEGER, source VARCHAR, path VARCHAR, bytes UBIGINT, hash VARCHAR, rows_read UBIGINT,
    loaded UBIGINT, duplicates UBIGINT, quarantined UBIGINT, control UBIGINT, values_set_aside UBIGINT,
    first_ts TIMESTAMP, last_ts TIMESTAMP, loaded_at TIMESTAMP, snapshot UINTEGER);
CREATE TABLE quarantine(load_id UINTEGER, source VARCHAR, path VARCHAR, line UBIGINT, raw VARCHAR, reason VARCHAR,
    column_name VARCHAR);
CREATE TABLE sources(source VARCHAR, kind VARCHAR, newest TIMESTAMP, newest_day DATE);
CREATE TABLE stated(source VARCHAR, entity VARCHAR, id VARCHAR, since DATE, parent_id VARCHAR, attributes JSON,
    ordinal BIGINT, load_id UINTEGER);
"""


def quote(identifier: str) -> str:
    """A name as SQL spells it; every name that comes from a person goes through here."""
    return '"' + identifier.replace('"', '""') + '"'


def column_name(name: str) -> str:
    """The column of a declared property or attribute: its name, with an underscore where the engine uses it."""
    plain = name.rstrip("_").lower()
    return f"{name}_" if plain in _ENGINE_COLUMNS or plain.endswith("_key") else name


def key_column(entity: str) -> str:
    """The column of ``events`` that holds an entity's key."""
    return f"{entity}_key"


def units_table(entity: str) -> str:
    """The dictionary from the export's ids to keys."""
    return f"{entity}_units"


def attributes_table(entity: str) -> str:
    """What is known of each unit, with the days it was in force."""
    return f"{entity}_attributes"


def event_days_table(entity: str) -> str:
    """Events per event name, unit and local day."""
    return f"{entity}_event_days"


def days_table(entity: str) -> str:
    """The local days on which each unit was active."""
    return f"{entity}_days"


def attribute_columns(attributes: Mapping[str, str]) -> str:
    """Column definitions of declared properties or attributes, each led by a comma."""
    return "".join(f", {quote(column_name(name))} {SQL_TYPES[kind]}" for name, kind in attributes.items())


def enum_type(names: Iterable[str]) -> str:
    """The ENUM of event names. DDL takes no parameters, so the names are quoted here."""
    labels = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    return f"ENUM ({labels})"


def create(connection: duckdb.DuckDBPyConnection, entities: Iterable[str], properties: Mapping[str, str]) -> None:
    """Makes every table of an empty snapshot; the event type starts with no names."""
    connection.execute(_TABLES)
    connection.execute(f"CREATE TYPE {EVENT_TYPE} AS {enum_type(())}")
    names = tuple(entities)
    keys = "".join(f", {quote(key_column(entity))} UINTEGER" for entity in names)
    connection.execute(
        f"CREATE TABLE events(event {EVENT_TYPE}{keys}, ts TIMESTAMP, day DATE{attribute_columns(properties)}, "
        "extra JSON, event_id UUID, load_id UINTEGER)"
    )
    connection.execute(
        f"CREATE TABLE event_sources(event {EVENT_TYPE}, source VARCHAR, events UBIGINT, first_ts TIMESTAMP, "
        "last_ts TIMESTAMP)"
    )
    for entity in names:
        _create_unit_tables(connection, entity)


def _create_unit_tables(connection: duckdb.DuckDBPyConnection, entity: str) -> None:
    connection.execute(
        f"CREATE TABLE {quote(units_table(entity))}(key UINTEGER, id VARCHAR, first_seen TIMESTAMP, parent_key UINTEGER)"
    )
    connection.execute(f"CREATE TABLE {quote(attributes_table(entity))}(key UINTEGER, since DATE, until DATE)")
    connection.execute(
        f"CREATE TABLE {quote(event_days_table(entity))}(event {EVENT_TYPE}, key UINTEGER, day DATE, events UINTEGER)"
    )
    connection.execute(f"CREATE TABLE {quote(days_table(entity))}(key UINTEGER, day DATE)")
