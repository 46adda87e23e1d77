"""The rows of a body of an export file, on their way into SQL: a relation, and which of its columns is which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import Body
from prodops_metrics.warehouse.files import ExportFile


@dataclass(frozen=True, slots=True)
class Column:
    """A raw column: its expression in SQL and its DuckDB type."""

    sql: str
    type: str

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
class Rows:
    """The rows of a body: a relation with ``c0``, ``c1``, … and which of them is which column.

    ``ordinal`` counts the rows as the file has them, broken ones included; ``position`` is under ``total`` and another
    one for each row, so that a large body can be staged part by part.

    Rows that are JSON objects also have ``doc``, the object with all their properties (``documents`` is true); ``inner``
    are columns that stand inside of an object of it, such as ``page.url``, and stay there as well.
    """

    file: ExportFile
    body: Body
    relation: str
    columns: Mapping[str, Column]
    parameters: Mapping[str, object]
    total: int = 0
    documents: bool = False
    inner: frozenset[str] = field(default_factory=frozenset)
    written: Mapping[str, Column] = field(default_factory=dict)
    """The columns as they were written, where some of them are kept otherwise."""

    def column(self, name: str) -> Column:
        """A column that the source maps.

        Raises:
            ExportError: the file has no such column.
        """
        if name in self.columns:
            return self.columns[name]
        near = get_close_matches(name, self.columns, n=1, cutoff=0.5)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        raise ExportError(
            f"{self.file.path}: there is no column `{name}`, which source `{self.file.source.id}` maps. "
            f"The file has {', '.join(f'`{column}`' for column in self.columns)}.{hint}"
        )
