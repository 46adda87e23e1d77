"""Raw rows as staged events: names resolved, times placed, values typed, each row with what is wrong with it."""

from collections.abc import Callable, Mapping

from prodops_metrics.warehouse.schema import SQL_TYPES, column_name, quote
from prodops_metrics.warehouse.staging.area import StagingArea, Values, id_column
from prodops_metrics.warehouse.staging.expressions import (
    always_fits,
    document_rest,
    given_back,
    identifier,
    instant,
    local_day,
    ordered,
    rest,
    typed,
    whole,
)
from prodops_metrics.warehouse.staging.layout import Layout, Same
from prodops_metrics.warehouse.staging.roles import Roles, laid_out_roles, mapped_roles, text_of
from prodops_metrics.warehouse.staging.rows import Column, Rows

FLOOR = "TIMESTAMP '1990-01-01'"
"""Nobody's product logged an event before: such a time is a count since 1970 in a unit that is not the stated one."""
ROWS_OF_A_PART = 2_000_000
_UNIT_SEPARATOR = "chr(31)"

_STAGE = """
INSERT INTO temp.arrived BY NAME
WITH typed AS (SELECT *, {typed} FROM {relation} WHERE position >= $start_row AND position < $stop_row),
numbered AS (SELECT *, {occurrence} AS occurrence, {told_id} AS told_id FROM typed),
judged AS (SELECT *, {event_id} AS row_id, {fault} AS row_fault, {extra} AS spare FROM numbered)
SELECT load_id, event_name AS event, {ids}, happened AS ts, {day} AS day, {properties} {spare} AS extra,
    row_id AS event_id, received_at AS received, ({set_aside})::USMALLINT AS set_aside, row_fault AS fault,
    CASE WHEN row_fault IS NOT NULL THEN ordinal END AS ordinal
FROM judged
"""

_SAME = """
INSERT INTO temp.arrived_identities BY NAME
WITH told AS (SELECT load_id, {id} AS id, {known} AS canonical, {moment} AS moment, ordinal FROM {relation})
SELECT load_id, $source AS source, {entity}::VARCHAR AS entity, id, canonical, max(moment) AS moment,
    min(ordinal) AS ordinal
FROM told WHERE id <> canonical AND moment BETWEEN {floor} AND $latest GROUP BY load_id, id, canonical
"""


def stage(area: StagingArea, rows: Rows) -> None:
    """Stages every row of events, with columns as the source maps them, part by part.

    What is good of a part is taken over before the next.

    Raises:
        ExportError: the file lacks a column that the source maps, or times have no declared unit.
    """
    _stage(area, rows, lambda values: mapped_roles(area, rows, values))


def stage_laid_out(area: StagingArea, rows: Rows, layout: Layout) -> None:
    """Stages every row of events in a vendor's format, and the identities that they tell.

    Raises:
        ExportError: the file lacks a column that the source maps.
    """
    roles = _stage(area, rows, lambda values: laid_out_roles(area, rows, layout, values))
    for same in roles.same:
        _stage_same(area, rows, layout, same)


def _stage(area: StagingArea, rows: Rows, read: Callable[[Values], Roles]) -> Roles:
    values = Values(dict(rows.parameters))
    roles = read(values)
    sql = _Stage(area, rows, roles, values).sql()
    used = values.used(sql)
    # How often a row stands in a file can only be told over the whole of it.
    part = max(rows.total, 1) if rows.source.duplicates == "row" else ROWS_OF_A_PART
    area.connection.execute("SET preserve_insertion_order = false")
    for start in range(0, rows.total, part):
        area.connection.execute(sql, used | {"start_row": start, "stop_row": start + part})
        area.drain()
    return roles


def _stage_same(area: StagingArea, rows: Rows, layout: Layout, same: Same) -> None:
    own = {"source": rows.source.id, "latest": area.latest}
    values = Values({**rows.parameters, **own})
    roles = laid_out_roles(area, rows, layout, values)
    sql = _SAME.format(
        id=text_of(same.id, values).sql,
        known=text_of(same.known, values).sql,
        moment=instant(roles.time, roles.time_as, values),
        relation=rows.relation,
        floor=FLOOR,
        entity=values.bind(roles.entity),
    )
    area.connection.execute(sql, values.used(sql))


class _Stage:
    """Writes the statement that stages one body."""

    def __init__(self, area: StagingArea, rows: Rows, roles: Roles, values: Values) -> None:
        self.area, self.rows, self.roles, self.values = area, rows, roles, values
        self.source = rows.source
        self.declared = {name: kind for name, kind in area.properties.items() if name in rows.columns}

    def sql(self) -> str:
        return _STAGE.format(
            typed=self._typed(),
            relation=self.rows.relation,
            occurrence="row_number() OVER (PARTITION BY load_id, canonical)" if self.source.duplicates == "row" else "1",
            told_id="TRY_CAST(canonical AS UUID)" if self.source.duplicates == "id" else "NULL::UUID",
            event_id=self._event_id(),
            fault=self._fault(),
            ids=", ".join(quote(id_column(entity)) for entity in self.area.entities),
            day=self._day(),
            properties="".join(f"{self._typed_name(name)} AS {quote(column_name(name))}, " for name in self.declared),
            extra=self._extra(),
            spare=ordered("spare") if self.rows.documents else "spare",
            set_aside=self._set_aside(),
        )

    def _typed(self) -> str:
        roles, bound = self.roles, self.values
        received = roles.received
        parts = [
            f"{self._event()} AS event_name",
            f"{instant(roles.time, roles.time_as, bound)} AS happened",
            f"{instant(received, roles.received_as, bound) if received else 'NULL'} AS received_at",
            f"{self._canonical()} AS canonical",
            *(f"{sql} AS {quote(id_column(entity))}" for entity, sql in roles.entities.items()),
        ]
        parts += [
            f"{typed(self.rows.columns[name], kind, self.source.time, bound)} AS {self._typed_name(name)}"
            for name, kind in self.declared.items()
        ]
        return ", ".join(parts)

    def _typed_name(self, name: str) -> str:
        return f"t{list(self.declared).index(name)}"

    def _event(self) -> str:
        return identifier(self.roles.event, self.source.null_values, self.values)

    def _canonical(self) -> str:
        """What makes two rows equal, whatever the order of columns; for ids, the id."""
        match self.source.duplicates:
            case "id":
                return self.roles.id or "NULL::VARCHAR"
            case "row" | "row_once":
                source = f"{self.values.bind(self.source.id)}::VARCHAR"
                return f"md5(concat_ws({_UNIT_SEPARATOR}, {source}, {whole(self.rows)}))"
        return "NULL"

    def _event_id(self) -> str:
        match self.source.duplicates:
            case "id":
                source = f"{self.values.bind(self.source.id)}::VARCHAR"
                hashed = f"md5({source} || {_UNIT_SEPARATOR} || canonical)::UUID"
                return f"coalesce(told_id, {hashed})"
            case "row":
                return "md5(canonical || occurrence)::UUID"
            case "row_once":
                return "canonical::UUID"
        return f"md5({self._place()} || ordinal)::UUID"

    def _place(self) -> str:
        """Source, file and body of a row, as text."""
        places = ["\x1f".join((self.source.id, one.file.path, one.body.member or "")) for one in self.rows.pieces]
        if len(places) == 1:
            return f"{self.values.bind(places[0])}::VARCHAR"
        loads = self.values.bind([piece.load_id for piece in self.rows.pieces])
        return f"map({loads}::UINTEGER[], {self.values.bind(places)}::VARCHAR[])[load_id]"

    def _fault(self) -> str:
        latest = self.values.bind(self.area.latest)
        is_text = self.rows.kind == "text" and not self.rows.documents
        header = f"WHEN {header_repeated(self.rows, self.values)} THEN 'header' " if is_text else ""
        control = f"WHEN {self.roles.control} THEN 'control' " if self.roles.control else ""
        return (
            f"CASE {header}{control}WHEN happened IS NULL THEN 'time' WHEN happened < {FLOOR} THEN 'past' "
            f"WHEN happened > {latest}::TIMESTAMP THEN 'future' "
            "WHEN event_name IS NULL THEN 'event' WHEN row_id IS NULL THEN 'id' END"
        )

    def _day(self) -> str:
        return local_day(self.area.timezone, "happened", self.values)

    def _extra(self) -> str:
        kept = {name: (self.rows.columns[name], condition) for name, condition in self._kept().items()}
        if not self.rows.documents:
            return rest(self._undeclared() | kept, self.values)
        taken = {*self.declared, *self.roles.spent} - self.rows.inner
        always = {name for name, (_, condition) in kept.items() if condition == "TRUE"}
        sometimes = {name: one for name, one in kept.items() if name not in always and name not in self.rows.inner}
        return document_rest(taken - always, sometimes, self.values)

    def _undeclared(self) -> dict[str, tuple[Column, str]]:
        return {
            name: (column, "TRUE")
            for name, column in self.rows.columns.items()
            if name not in self.roles.spent and name not in self.declared
        }

    def _kept(self) -> Mapping[str, str]:
        """Columns that stay in the JSON column, and when: values that are not of their type, and what roles keep."""
        misfits = {name: self._not_given_back(name) for name in self._losing()}
        return misfits | {name: condition for name, condition in self.roles.kept.items() if name in self.rows.columns}

    def _losing(self) -> list[str]:
        """The declared properties of which some value may not be of its type; of the others no row has to be looked at."""
        named = self.declared.items()
        return [name for name, kind in named if self.rows.documents or not always_fits(self.rows.columns[name], kind)]

    def _not_given_back(self, name: str) -> str:
        """Whether the typed column does not hold what the export wrote, to the letter, so that another type could."""
        value, column, kind = self._typed_name(name), self.rows.columns[name], self.declared[name]
        if given_back(column, kind):
            return f"{value} IS NULL"
        if column.type == "VARCHAR":
            return f"{value}::VARCHAR IS DISTINCT FROM {column.sql}"
        return f"{Column(value, SQL_TYPES[kind]).kept} IS DISTINCT FROM {column.kept}"

    def _set_aside(self) -> str:
        lost = (
            f"({self.rows.columns[n].sql} IS NOT NULL AND {self._typed_name(n)} IS NULL)::INTEGER" for n in self._losing()
        )
        return " + ".join(lost) or "0"


def header_repeated(rows: Rows, values: Values) -> str:
    """Whether a row is the header once more, as in files that were put together."""
    first, *others = (rows.written or rows.columns).items()
    equal = " AND ".join(f"coalesce({column.sql}, '') = {values.bind(name)}" for name, column in others)
    # The first column decides nearly always; the others are compared only where it says header.
    return f"CASE WHEN coalesce({first[1].sql}, '') = {values.bind(first[0])} THEN {equal or 'TRUE'} ELSE FALSE END"
