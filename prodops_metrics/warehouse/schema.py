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
NUMBER = 2
"""Raised by every change of these tables, or of what stands in them: a snapshot of another number is made anew."""
ANOTHER = "made by another version of prodops"
EVENT_TYPE = "event_name"
BEGINNING, END_OF_TIME = "DATE '0001-01-01'", "DATE '9999-12-31'"

_ENGINE_COLUMNS = frozenset(
    {
        *("event", "ts", "day", "extra", "event_id", "load_id", "key", "since", "until", "rowid"),
        *("fault", "received", "ordinal", "set_aside", "code", "written"),  # of the tables that new rows go through
    }
)

_TABLES = """
CREATE TABLE meta(key VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE loads(load_id UINTEGER, source VARCHAR, path VARCHAR, bytes UBIGINT, hash VARCHAR, rows_read UBIGINT,
    loaded UBIGINT, duplicates UBIGINT, quarantined UBIGINT, control UBIGINT, values_set_aside UBIGINT,
    first_ts TIMESTAMP, last_ts TIMESTAMP, loaded_at TIMESTAMP, snapshot UINTEGER, version VARCHAR, due TIMESTAMP);
CREATE TABLE quarantine(load_id UINTEGER, source VARCHAR, path VARCHAR, line UBIGINT, raw VARCHAR, reason VARCHAR,
    column_name VARCHAR);
CREATE TABLE runs(month DATE, snapshot UINTEGER, rows UBIGINT);
CREATE TABLE sources(source VARCHAR, kind VARCHAR, newest TIMESTAMP, newest_day DATE);
CREATE TABLE stated(source VARCHAR, entity VARCHAR, id VARCHAR, since DATE, parent_id VARCHAR, attributes JSON,
    ordinal BIGINT, load_id UINTEGER);
CREATE TABLE identities(source VARCHAR, entity VARCHAR, id VARCHAR, canonical VARCHAR, moment TIMESTAMP, ordinal BIGINT,
    load_id UINTEGER);
CREATE TABLE merges(entity VARCHAR, id VARCHAR, canonical VARCHAR);
CREATE TABLE refused_ids(entity VARCHAR, id VARCHAR, others UBIGINT);
CREATE TABLE dropped_values(load_id UINTEGER, source VARCHAR, property VARCHAR, values UBIGINT);
CREATE TABLE merge_history(snapshot UINTEGER, entity VARCHAR, merged UBIGINT, parted UBIGINT, redated UBIGINT);
"""

_STATED = {"source": "VARCHAR", "id": "VARCHAR", "ts": "TIMESTAMP", "attributes": "JSON"}
RECORD_TABLES: Mapping[str, Mapping[str, str]] = {
    "releases": {**_STATED, "rolled_back_at": "TIMESTAMP"},
    "feedback": {
        **_STATED,
        "units": "JSON",
        **dict.fromkeys(("feature", "kind", "theme", "text"), "VARCHAR"),
        **dict.fromkeys(("score", "scale"), "DOUBLE"),
    },
}
"""What is kept of each row of a source of records; ``in_force`` says which row of an id counts."""


def quote(identifier: str) -> str:
    """A name as SQL spells it; every name that comes from a person goes through here."""
    return '"' + identifier.replace('"', '""') + '"'


def column_name(name: str) -> str:
    """The column of a declared property or attribute: its name, with an underscore where the engine uses it."""
    plain = name.rstrip("_").lower()
    return f"{name}_" if plain in _ENGINE_COLUMNS or plain.endswith(("_key", "_own")) else name


def key_column(entity: str) -> str:
    """The column of ``events`` that holds an entity's key."""
    return f"{entity}_key"


def own_column(entity: str) -> str:
    """The column of ``events`` that holds the key of the export's own id, where the event counts for another unit."""
    return f"{entity}_own"


def units_table(entity: str) -> str:
    """The dictionary from the export's ids to keys."""
    return f"{entity}_units"


def parents_table(entity: str) -> str:
    """How many events of each unit name which parent."""
    return f"{entity}_parents"


def attributes_table(entity: str) -> str:
    """What is known of each unit, with the days it was in force."""
    return f"{entity}_attributes"


def event_days_table(entity: str) -> str:
    """Events per event name, unit and local day."""
    return f"{entity}_event_days"


def day_masks_table(entity: str) -> str:
    """The local days on which each unit was active, as bits: a row for each unit and block of days (``metrics.blocks``)."""
    return f"{entity}_day_masks"


def attribute_columns(attributes: Mapping[str, str]) -> str:
    """Column definitions of declared properties or attributes, each led by a comma."""
    return "".join(f", {quote(column_name(name))} {SQL_TYPES[kind]}" for name, kind in attributes.items())


def enum_type(names: Iterable[str]) -> str:
    """The ENUM of event names. DDL takes no parameters, so the names are quoted here."""
    labels = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    return f"ENUM ({labels})"


def is_of_another_version(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a snapshot has tables that this version does not know, as its ``meta`` says."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    return found is None or found[0] != str(NUMBER)


def create(connection: duckdb.DuckDBPyConnection, entities: Iterable[str], properties: Mapping[str, str]) -> None:
    """Makes every table of an empty snapshot; the event type starts with no names."""
    connection.execute(_TABLES)
    connection.execute(f"CREATE TYPE {EVENT_TYPE} AS {enum_type(())}")
    names = tuple(entities)
    create_events(connection, names, properties)
    connection.execute(
        f"CREATE TABLE event_sources(event {EVENT_TYPE}, source VARCHAR, events UBIGINT, first_ts TIMESTAMP, "
        "last_ts TIMESTAMP)"
    )
    for table, columns in RECORD_TABLES.items():
        described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"CREATE TABLE {quote(table)}({described}, ordinal BIGINT, load_id UINTEGER, in_force BOOLEAN)")
    for entity in names:
        _create_unit_tables(connection, entity)


def create_events(connection: duckdb.DuckDBPyConnection, entities: Iterable[str], properties: Mapping[str, str]) -> None:
    """Makes the empty table of events, with a column for each declared property.

    ``written`` is the name that the export has for the event, where it is another; ``runs`` of the tables beside it says
    how many rows each refresh appended to each month.
    """
    keys = "".join(f", {quote(key_column(entity))} UINTEGER, {quote(own_column(entity))} UINTEGER" for entity in entities)
    connection.execute(
        f"CREATE TABLE events(event {EVENT_TYPE}{keys}, ts TIMESTAMP, day DATE{attribute_columns(properties)}, "
        "extra JSON, event_id UUID, written VARCHAR, load_id UINTEGER)"
    )


def _create_unit_tables(connection: duckdb.DuckDBPyConnection, entity: str) -> None:
    connection.execute(
        f"CREATE TABLE {quote(units_table(entity))}(key UINTEGER, id VARCHAR, first_seen TIMESTAMP, parent_key UINTEGER, "
        "merged_into UINTEGER)"
    )
    connection.execute(f"CREATE TABLE {quote(attributes_table(entity))}(key UINTEGER, since DATE, until DATE)")
    connection.execute(
        f"CREATE TABLE {quote(event_days_table(entity))}(event {EVENT_TYPE}, key UINTEGER, day DATE, events UINTEGER)"
    )
    connection.execute(f"CREATE TABLE {quote(day_masks_table(entity))}(block INTEGER, key UINTEGER, days BIGINT)")
