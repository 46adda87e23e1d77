"""The rows of a body of an export file, on their way into SQL: a relation, and which of its columns is which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from prodops_metrics.definitions import Source
from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import Body, Kind
from prodops_metrics.warehouse.files import ExportFile

_AS_THEY_ARE = frozenset({"VARCHAR", "BOOLEAN", "DOUBLE", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"})
WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
"""Types of whole numbers that JSON gives back as they were."""


@dataclass(frozen=True, slots=True)
class Column:
    """A raw column: its expression in SQL and its DuckDB type.

    What is kept of it as JSON, while nobody declares it, gives the same values when somebody does later (``kept``,
    ``plain``): a decimal stands as text, and what nests as it does in JSON.
    """

    sql: str
    type: str

    @property
    def plain(self) -> "Column":
        """The column, as text where its type is none that JSON gives back: what its text says is what it is."""
        if self.type in _AS_THEY_ARE or self.type in WHOLE:
            return self
        if self.type.startswith("TIMESTAMP"):
            return Column(f"{self.sql}::TIMESTAMP", "TIMESTAMP")
        return self.as_text

    @property
    def as_text(self) -> "Column":
        """The column as the text that JSON gives back."""
        if self.type == "VARCHAR":
            return self
        if self._nests:
            return Column(f"json_extract_string(to_json({self.sql})::VARCHAR, '$')", "VARCHAR")
        if self.type == "FLOAT":
            return Column(f"nullif({self.sql}::VARCHAR, 'nan')", "VARCHAR")
        return Column(self.text, "VARCHAR")

    @property
    def kept(self) -> str:
        """The column as JSON text, NULL for NULL."""
        column = self.plain
        if column.type == "DOUBLE":
            # Large, tiny and infinite numbers, which JSON would write in another way, stand as text.
            short = f"abs({column.sql}) BETWEEN 1e-4 AND 1e15 OR {column.sql} = 0"
            whole = f"TRY_CAST({column.sql} AS BIGINT)"
            return (
                f"CASE WHEN NOT ({short}) THEN to_json({column.text}) WHEN {whole} = {column.sql} THEN to_json({whole}) "
                f"ELSE to_json({column.sql}) END::VARCHAR"
            )
        if column.type in WHOLE or column.type == "BOOLEAN":
            return f"to_json({column.sql})::VARCHAR"
        return f"to_json({self.sql if self._nests else column.as_text.sql})::VARCHAR"

    @property
    def _nests(self) -> bool:
        return self.type == "JSON" or self.type.endswith("]") or self.type.startswith(("STRUCT", "MAP", "UNION"))

    @property
    def text(self) -> str:
        """The column as text; whole numbers kept as floats (ids with gaps) read like whole numbers."""
        if self.type == "VARCHAR":
            return self.sql
        if self.type in {"FLOAT", "DOUBLE"}:
            whole = f"TRY_CAST({self.sql} AS BIGINT)"
            return (
                f"CASE WHEN isnan({self.sql}) THEN NULL WHEN {whole} = {self.sql} THEN {whole}::VARCHAR "
                f"ELSE {self.sql}::VARCHAR END"
            )
        return f"{self.sql}::VARCHAR"


@dataclass(frozen=True, slots=True)
class Piece:
    """A body of a file, and the load that its rows belong to."""

    load_id: int
    file: ExportFile
    body: Body


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one body, or of several alike: a relation with ``c0``, ``c1``, … and which of them is which column.

    ``load_id`` says which of the ``pieces`` a row belongs to; ``ordinal`` counts the rows as its file has them, broken
    ones included; ``position`` is under ``total`` and another one for each row, so that much can be staged part by part.

    Rows that are JSON objects also have ``doc``, the object with all their properties (``documents`` is true); ``inner``
    are columns that stand inside of an object of it, such as ``page.url``, and stay there as well.
    """

    pieces: Pieces
    relation: str
    columns: Mapping[str, Column]
    parameters: Mapping[str, object]
    total: int = 0
    documents: bool = False
    inner: frozenset[str] = field(default_factory=frozenset)
    written: Mapping[str, Column] = field(default_factory=dict)
    """The columns as they were written, where some of them are kept otherwise."""

    @property
    def source(self) -> Source:
        """The source that all files are of."""
        return self.pieces[0].file.source

    @property
    def kind(self) -> Kind:
        """What the rows are in all bodies."""
        return self.pieces[0].body.kind

    def column(self, name: str) -> Column:
        """A column that the source maps.

        Raises:
            ExportError: the file has no such column.
        """
        if name in self.columns:
            return self.columns[name]
        taken = set(map(str, self.source.columns.values()))
        near = get_close_matches(name, [column for column in self.columns if column not in taken], n=1, cutoff=0.5)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        raise ExportError(
            f"{self.pieces[0].file.path}: there is no column `{name}`, which source `{self.source.id}` maps. "
            f"The file has {', '.join(f'`{column}`' for column in self.columns)}.{hint}"
        )
