"""Raw rows as staged events: names resolved, times placed, values typed, each row with what is wrong with it."""

from collections.abc import Mapping

from prodops_metrics.definitions import Source
from prodops_metrics.warehouse.schema import column_name, quote
from prodops_metrics.warehouse.staging.area import StagingArea, Values, id_column
from prodops_metrics.warehouse.staging.expressions import identifier, instant, rest, typed
from prodops_metrics.warehouse.staging.landing import Column, Rows

_UNIT_SEPARATOR = "chr(31)"

_STAGE = """
INSERT INTO temp.arrived BY NAME
WITH typed AS (SELECT *, {typed} FROM {relation}),
numbered AS (SELECT *, {occurrence} AS occurrence FROM typed),
judged AS (SELECT *, {event_id} AS row_id, {fault} AS row_fault FROM numbered)
SELECT $load_id AS load_id, event_name AS event, {ids}, happened AS ts, {day} AS day, {properties} {extra} AS extra,
    row_id AS event_id, received_at AS received, ({set_aside})::USMALLINT AS set_aside, row_fault AS fault,
    CASE WHEN row_fault IS NOT NULL THEN ordinal END AS ordinal
FROM judged
"""


def stage(area: StagingArea, rows: Rows, load_id: int) -> None:
    """Stages every row of a file of events.

    Raises:
        ExportError: the file lacks a column that the source maps, or times have no declared unit.
    """
    values = Values({**rows.parameters, "load_id": load_id})
    sql = _Stage(area, rows, values).sql()
    area.connection.execute("SET preserve_insertion_order = false")
    area.connection.execute(sql, values.bound)


class _Stage:
    """Writes the statement that stages one file."""

    def __init__(self, area: StagingArea, rows: Rows, values: Values) -> None:
        self.area, self.rows, self.values = area, rows, values
        self.source: Source = rows.file.source
        self.declared = {name: kind for name, kind in area.properties.items() if name in rows.columns}

    def sql(self) -> str:
        return _STAGE.format(
            typed=self._typed(),
            relation=self.rows.relation,
            occurrence="row_number() OVER (PARTITION BY canonical)" if self.source.duplicates == "row" else "1",
            event_id=self._event_id(),
            fault=self._fault(),
            ids=", ".join(quote(id_column(entity)) for entity in self.area.entities),
            day=self._day(),
            properties="".join(f"{self._typed_name(name)} AS {quote(column_name(name))}, " for name in self.declared),
            extra=self._extra(),
            set_aside=self._set_aside(),
        )

    def _typed(self) -> str:
        received = self.source.columns.get("received")
        parts = [
            f"{self._event()} AS event_name",
            f"{instant(self._role('time'), self.source.time, self.values)} AS happened",
            f"{instant(self._role('received'), self.source.time, self.values) if received else 'NULL'} AS received_at",
            f"{self._canonical()} AS canonical",
            *(f"{self._entity(entity)} AS {quote(id_column(entity))}" for entity in self.area.entities),
        ]
        parts += [
            f"{typed(self.rows.columns[name], kind, self.source.time, self.values)} AS {self._typed_name(name)}"
            for name, kind in self.declared.items()
        ]
        return ", ".join(parts)

    def _typed_name(self, name: str) -> str:
        return f"t{list(self.declared).index(name)}"

    def _role(self, role: str) -> Column:
        mapped = self.source.columns[role]
        return self.rows.column(mapped) if isinstance(mapped, str) else self._constant(mapped.constant)

    def _constant(self, value: str) -> Column:
        return Column(f"{self.values.bind(value)}::VARCHAR", "VARCHAR")

    def _event(self) -> str:
        name = identifier(self._role("event"), ("", *self.source.null_values), self.values)
        if not self.area.aliases:
            return name
        bind = self.values.bind
        cases = " ".join(f"WHEN {bind(alias)} THEN {bind(event)}" for alias, event in self.area.aliases.items())
        return f"CASE {name} {cases} ELSE {name} END"

    def _entity(self, entity: str) -> str:
        if entity in self.source.columns:
            return identifier(self._role(entity), self.source.null_values, self.values)
        column = self.rows.columns.get(self.area.entities[entity])
        return identifier(column, self.source.null_values, self.values) if column else "NULL::VARCHAR"

    def _canonical(self) -> str:
        """What makes two rows equal, whatever the order of columns; for ids, the id."""
        match self.source.duplicates:
            case "id":
                return identifier(self._role("id"), self.source.null_values, self.values)
            case "row" | "row_once":
                texts = (f"coalesce({self.rows.columns[name].text}, '')" for name in sorted(self.rows.columns))
                source = f"{self.values.bind(self.source.id)}::VARCHAR"
                return f"md5(concat_ws({_UNIT_SEPARATOR}, {source}, {', '.join(texts)}))"
        return "NULL"

    def _event_id(self) -> str:
        match self.source.duplicates:
            case "id":
                source = f"{self.values.bind(self.source.id)}::VARCHAR"
                hashed = f"md5({source} || {_UNIT_SEPARATOR} || canonical)::UUID"
                return f"coalesce(TRY_CAST(canonical AS UUID), {hashed})"
            case "row":
                return "md5(canonical || occurrence)::UUID"
            case "row_once":
                return "canonical::UUID"
        place = self.values.bind("\x1f".join((self.source.id, self.rows.file.path, "")))
        return f"md5({place}::VARCHAR || ordinal)::UUID"

    def _fault(self) -> str:
        latest = self.values.bind(self.area.latest)
        header = f"WHEN {header_repeated(self.rows, self.values)} THEN 'header' " if not self.rows.file.parquet else ""
        return (
            f"CASE {header}WHEN happened IS NULL THEN 'time' WHEN happened > {latest}::TIMESTAMP THEN 'future' "
            "WHEN event_name IS NULL THEN 'event' WHEN row_id IS NULL THEN 'id' END"
        )

    def _day(self) -> str:
        if self.area.timezone == "UTC":
            return "happened::DATE"
        return f"timezone({self.values.bind(self.area.timezone)}, timezone('UTC', happened))::DATE"

    def _extra(self) -> str:
        return rest({**self._undeclared(), **self._set_aside_columns(), **self._kept_roles()}, self.values)

    def _undeclared(self) -> dict[str, tuple[Column, str]]:
        roles = {column for column in self.source.columns.values() if isinstance(column, str)}
        roles |= {column for entity, column in self.area.entities.items() if entity not in self.source.columns}
        return {
            name: (column, "TRUE")
            for name, column in self.rows.columns.items()
            if name not in roles and name not in self.declared
        }

    def _set_aside_columns(self) -> Mapping[str, tuple[Column, str]]:
        return {name: (self.rows.columns[name], f"{self._typed_name(name)} IS NULL") for name in self.declared}

    def _kept_roles(self) -> dict[str, tuple[Column, str]]:
        """Ids that are kept as a hash only, and the times by which the latest of two versions is found."""
        kept, columns = {}, self.source.columns
        if isinstance(own := columns.get("id"), str) and self.source.duplicates == "id":
            kept[own] = (self.rows.column(own), "TRY_CAST(canonical AS UUID) IS NULL")
        if isinstance(received := columns.get("received"), str):
            kept[received] = (self.rows.column(received), "TRUE")
        return kept

    def _set_aside(self) -> str:
        lost = (
            f"({self.rows.columns[n].sql} IS NOT NULL AND {self._typed_name(n)} IS NULL)::INTEGER" for n in self.declared
        )
        return " + ".join(lost) or "0"


def header_repeated(rows: Rows, values: Values) -> str:
    """Whether a row is the header once more, as in files that were put together."""
    first, *others = rows.columns.items()
    equal = " AND ".join(f"coalesce({column.sql}, '') = {values.bind(name)}" for name, column in others)
    # The first column decides nearly always; the others are compared only where it says header.
    return f"CASE WHEN coalesce({first[1].sql}, '') = {values.bind(first[0])} THEN {equal or 'TRUE'} ELSE FALSE END"
